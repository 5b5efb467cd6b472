"""Work that is due stands in the database; one engine does it, for every app.

A run goes through due rows one by one, or in batches where the cloud takes many at once. Each row is
leased first, by one conditional update, so that of several runs one gets it; after the lease the row
counts as abandoned. What a row brings up, expected or not, ends no run: it is logged and the row is due
again later. A run ends at its time limit, and when the cloud is silent for several rows in a row.

No handler may be called inside a transaction.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Generic, Self, TypeVar

from django.db import models, transaction
from django.db.models import Case, F, Value, When

from edu_platform.lib.database import release_database
from edu_platform.lib.leases import LEASE_ENDED, Leased, LeasedQuerySet, new_lease
from edu_platform.lib.text import error_summary
from edu_platform.lib.trace_ids import in_this_context

logger = logging.getLogger(__name__)

SILENCES_IN_A_ROW = 3
# Beyond so many doublings the longest pause is reached anyway; the database limits the column.
MOST_ATTEMPTS = 1000


class DueWork(Leased):
    """A row with one kind of due work. A second kind has its own one-to-one table."""

    # Empty: nothing is to be done.
    due_at = models.DateTimeField(null=True, blank=True)
    # Since the last success; counted when one begins, so that one which kills its worker counts as well.
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    unreachable_since = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=255, blank=True)

    class Meta:
        abstract = True


Row = TypeVar("Row", bound=DueWork)
Item = TypeVar("Item")


class DueQuerySet(LeasedQuerySet[Row]):
    def due(self, at: dt.datetime) -> Self:
        """Return what is due and nobody's; what failed of late comes last."""
        last = F("unreachable_since").desc(nulls_first=True)
        return self.unleased(at=at).filter(due_at__lte=at).order_by(last, "due_at", "pk")

    def plan_missing(self, at: dt.datetime) -> None:
        """Make rows due whose other columns say that there is work, and which have no turn yet.

        What somebody has locked is left to the next run, so that nobody waits for another here.
        """
        with transaction.atomic():
            rows = self.filter(due_at=None).order_by("pk")
            locked = rows.select_for_update(of=("self",), no_key=True, skip_locked=True)
            if pks := list(locked.values_list("pk", flat=True)):
                type(self)(self.model).filter(pk__in=pks).update(due_at=at)

    def lease(self, row: Row, for_: dt.timedelta, *, at: dt.datetime) -> bool:
        """Take a row, unless somebody has it or it has changed its turn since it was read."""
        lease = new_lease(at + for_)
        same = self.unleased(at=at).filter(pk=row.pk, due_at=row.due_at)
        attempts = min(row.attempts + 1, MOST_ATTEMPTS)
        if not same.update(**lease, attempts=attempts):
            return False
        row.lease_token, row.leased_until = lease["lease_token"], lease["leased_until"]
        row.attempts = attempts
        return True

    def end_lease(self, row: Row, *, due_at: dt.datetime | None, **values: Any) -> bool:
        """End the lease. When it is due next is left alone where somebody has changed that meanwhile."""
        unchanged = When(due_at=row.due_at, then=Value(due_at, models.DateTimeField()))
        mine = self.filter(pk=row.pk, lease_token=row.lease_token)
        return bool(
            mine.update(due_at=Case(unchanged, default=F("due_at")), **LEASE_ENDED, **values)
        )


def exponential(
    attempts: int, first: dt.timedelta, longest: dt.timedelta, jitter: float = 0.0
) -> dt.timedelta:
    """`first`, doubled with each further attempt up to `longest`; less up to that share of it."""
    pause = longest
    if attempts <= 1 or longest / first > 2 ** (attempts - 1):
        pause = first * 2 ** max(attempts - 1, 0)
    return pause * random.uniform(1 - jitter, 1)  # noqa: S311 -- spreads, guards nothing


def by_age(
    age: dt.timedelta, share: float, shortest: dt.timedelta, longest: dt.timedelta
) -> dt.timedelta:
    """A share of how long it has gone on already, within bounds."""
    return min(max(age * share, shortest), longest)


class NotReached(Exception):
    """The run was over before it was this row's turn: it is due as before, and no attempt is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The engine's knowledge of one loop. `expected` goes before `silent`; the rest is a fault."""

    name: str
    limit_s: float
    # No answer of whatever is asked: says nothing of the row. After so many in a row a run ends.
    silent: tuple[type[Exception], ...] = ()
    stop_after: int = SILENCES_IN_A_ROW
    # What may be said against one row: logged without a trace.
    expected: tuple[type[Exception], ...] = ()


def _clock_s() -> float:
    return time.monotonic()


@dataclass(slots=True)
class Run:
    """One run: what became of it so far."""

    rules: Rules
    at: dt.datetime
    done: int = 0
    failed: int = 0
    silences: int = 0
    _began_s: float = field(default_factory=_clock_s)
    _last: Exception | None = None

    @property
    def took_s(self) -> float:
        return _clock_s() - self._began_s

    @property
    def now(self) -> dt.datetime:
        return self.at + dt.timedelta(seconds=self.took_s)

    @property
    def is_silent(self) -> bool:
        return self.silences >= self.rules.stop_after

    @property
    def is_late(self) -> bool:
        return self.took_s > self.rules.limit_s

    @property
    def is_over(self) -> bool:
        return self.is_silent or self.is_late

    def is_silence(self, err: Exception) -> bool:
        return isinstance(err, self.rules.silent) and not isinstance(err, self.rules.expected)

    def count(self, what: object, err: Exception | None) -> None:
        """Note what became of one row, or of whatever the loop goes through."""
        if isinstance(err, NotReached):
            return
        is_known, self._last = err is self._last, err
        self.done += err is None
        self.failed += err is not None
        if err is None or not self.is_silence(err):
            self.silences = 0
        elif not is_known:  # however many rows of a batch it is about
            self.silences += 1
        if err is None or is_known:
            return
        if isinstance(err, (*self.rules.silent, *self.rules.expected)):
            logger.warning("%s: %s: %s", self.rules.name, what, error_summary(err))
        else:
            logger.error("%s: %s", self.rules.name, what, exc_info=err)

    def in_halves(
        self, items: Sequence[Item], act: Callable[[Sequence[Item]], object]
    ) -> Iterator[tuple[Sequence[Item], Exception | None]]:
        """Act on all at once; where that fails, on each half, until the odd one stands alone.

        A silence goes for all. Each part comes with what stands against it, before the next one is tried;
        what comes when the run is over is not reached. Where a call that fails takes the last of the
        time, its first item has its turn all the same: or the next run might get no further than that call.
        """
        if not items:
            return
        fault = NotReached() if self.is_over else _tried(act, items)
        is_for_all = isinstance(fault, NotReached) or fault is None or self.is_silence(fault)
        if is_for_all or len(items) == 1:
            yield items, fault
            return
        if self.is_late:
            yield items[:1], _tried(act, items[:1])
            yield items[1:], NotReached()
            return
        middle = len(items) // 2
        yield from self.in_halves(items[:middle], act)
        yield from self.in_halves(items[middle:], act)

    def log(self) -> None:
        if self.done or self.failed:
            end = " (no answer)" if self.is_silent else " (out of time)" if self.is_over else ""
            told = (self.rules.name, self.done, self.failed, self.took_s, end)
            logger.info("%s: %s done, %s put off, in %.1f s%s", *told)


def each(
    rules: Rules,
    items: Iterable[Item],
    handle: Callable[[Item], object],
    at: dt.datetime,
    *,
    threads: int = 1,
) -> Run:
    """Go through what has no row of its own to be put off, such as files, or what the cloud lists.

    With several threads so many are handled at once, where one waits long for each answer.
    """
    run, waiting = Run(rules, at), iter(items)
    if threads > 1:
        _each_in_threads(run, waiting, handle, threads, run.count)
    while not run.is_over and (turn := list(islice(waiting, 1))):
        run.count(turn[0], _tried(handle, turn[0]))
    run.log()
    return run


def _each_in_threads(
    run: Run,
    items: Iterator[Item],
    handle: Callable[[Item], object],
    threads: int,
    conclude: Callable[[Item, Exception | None], object],
) -> None:
    """Handle so many items at once; they are taken, and concluded with what stands against them, in this thread."""

    def handle_one(item: Item) -> Exception | None:
        try:
            return _tried(handle, item)
        finally:
            release_database()

    with ThreadPoolExecutor(threads, thread_name_prefix="due") as pool:

        def begin(count: int) -> dict[Future[Exception | None], Item]:
            chosen = islice(items, count)
            return {pool.submit(in_this_context(handle_one), each): each for each in chosen}

        working = begin(threads)
        while working:
            for done in wait(working, return_when=FIRST_COMPLETED).done:
                conclude(working.pop(done), done.result())
                if not run.is_over:
                    working |= begin(1)


def each_batch(
    rules: Rules,
    batches: Iterable[tuple[Sequence[Item], Callable[[Sequence[Item]], object]]],
    at: dt.datetime,
) -> Run:
    """As `each`, in batches, each with its handler, which does all or nothing; one that fails is halved."""
    run = Run(rules, at)
    for batch, handle in batches:
        if run.is_over:
            break
        for items, fault in run.in_halves(batch, handle):
            for item in items:
                run.count(item, fault)
    run.log()
    return run


def _tried(handle: Callable[..., object], *args: object) -> Exception | None:
    try:
        handle(*args)
    except Exception as err:  # noqa: BLE001 -- whatever it is, it is logged and holds up no other
        return err
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLoop(Generic[Row]):
    """A loop over rows of one table. What is said here of the cloud goes for a mail server as well."""

    rules: Rules
    rows: DueQuerySet[Row]
    lease: dt.timedelta
    # How long a row waits after it has failed; None: it is given up.
    pause: Callable[[Row, Exception, dt.datetime], dt.timedelta | None]
    # What else is to be noted of a failure, when the row has been put off.
    failed: Callable[[Row, Exception, dt.datetime], object] | None = None

    def run(
        self,
        due: Iterable[Row],
        handle: Callable[[Row], object],
        at: dt.datetime,
        *,
        threads: int = 1,
    ) -> Run:
        """Handle rows one by one, or so many at once where one waits long for each answer.

        A handler that returns has done its row, or has planned its next turn.
        """
        if threads > 1:
            return self._run_in_threads(due, handle, at, threads)

        def handle_one(rows: Sequence[Row]) -> None:
            handle(rows[0])

        return self.run_batches(due, handle_one, at, size=1)

    def _run_in_threads(
        self, due: Iterable[Row], handle: Callable[[Row], object], at: dt.datetime, threads: int
    ) -> Run:
        run = Run(self.rules, at)
        mine = (row for row in due if self.rows.lease(row, self.lease, at=run.now))
        _each_in_threads(run, mine, handle, threads, lambda row, err: self._conclude(row, err, run))
        run.log()
        return run

    def run_batches(
        self,
        due: Iterable[Row],
        handle: Callable[[Sequence[Row]], Mapping[int, Exception] | None],
        at: dt.datetime,
        *,
        size: int,
        then: Callable[[Row, Run], object] | None = None,
    ) -> Run:
        """Handle so many rows at once; the handler returns what stands against some, by their keys.

        When it raises, that goes for all if it is a silence; otherwise it is called for each half, until
        the row at which it raises stands alone. What is still to be done about each row is done by
        `then`, also when the run is over.
        """
        run, waiting = Run(self.rules, at), iter(due)
        errors: dict[int, Exception] = {}

        def handle_all(rows: Sequence[Row]) -> None:
            errors.update(handle(rows) or {})

        while not run.is_over and (batch := list(islice(waiting, size))):
            mine = [row for row in batch if self.rows.lease(row, self.lease, at=run.now)]
            for rows, fault in run.in_halves(mine, handle_all):
                for row in rows:
                    against = fault or errors.get(row.pk)
                    if against is None and then is not None:
                        against = _tried(then, row, run)
                    self._conclude(row, against, run)
        run.log()
        return run

    def _conclude(self, row: Row, err: Exception | None, run: Run) -> None:
        """Save what became of a row; one that cannot be saved is due again when its lease is over."""
        run.count(row, err)
        try:
            if err is None:
                reset = {"attempts": 0, "unreachable_since": None, "last_error": ""}
                self.rows.end_lease(row, due_at=None, **reset)
            elif isinstance(err, NotReached):
                self.rows.end_lease(row, due_at=row.due_at, attempts=row.attempts - 1)
            else:
                self.put_off(row, err, run.now)
        except Exception:
            # Whatever it is, it holds up no other.
            logger.exception("%s: %s cannot be put off", self.rules.name, row)

    def put_off(self, row: Row, err: Exception, at: dt.datetime) -> None:
        """Make a leased row due again later; also for a caller that takes its turn by hand.

        Code that learns elsewhere what it was about ends its lease: then nothing is noted here.
        """
        row.unreachable_since = row.unreachable_since or at
        row.last_error = error_summary(err)
        pause = self.pause(row, err, at)
        noted = {"unreachable_since": row.unreachable_since, "last_error": row.last_error}
        is_mine = self.rows.end_lease(row, due_at=None if pause is None else at + pause, **noted)
        if is_mine and self.failed is not None:
            self.failed(row, err, at)
