"""Long work: what somebody asked for and nobody should wait for at the other end of a request.

A worker does it, over the engine for due work. While it computes it can be stopped; what it writes is one
transaction, at whose end the row says that it is done, so that a worker which is killed leaves either all or
nothing, and the next one begins again. Progress goes to Redis, outside that transaction: it may be lost.

No function here may run inside a transaction, but `begin` and `stop`.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, Self, TypeVar, cast

import redis
from django.conf import settings
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.bulk_writing import rows_reported
from edu_platform.lib.due import DueLoop, DueQuerySet, DueWork, Rules, Run
from edu_platform.lib.leases import LEASE_ENDED
from edu_platform.lib.progress import Phase, Portion, reporting_to
from edu_platform.lib.redis_clients import client_without_retries

logger = logging.getLogger(__name__)

# A worker that was killed is missed after so long; a living one renews its lease four times in it.
LEASE = dt.timedelta(seconds=20)
RENEWALS_A_LEASE = 4
# What fails or kills its worker so often is given up, with this fault in its result.
MOST_TRIES = 3
ERROR = "error"
RETRY_AFTER = dt.timedelta(seconds=5)
# A worker looks this often whether somebody stopped its work, and says this often how far it is.
LOOKS_EVERY_S = 1.0
REPORTS_EVERY_S = 0.4
REDIS_TIMEOUT_S = 0.3
# After a failed try no progress is kept for this long: what writes must not wait for Redis again and again.
REDIS_REST_S = 5.0
PROGRESS_KEPT_S = 3600


class WorkState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    # It can no longer be stopped.
    WRITING = "writing", _("Being written")
    DONE = "done", _("Done")
    FAILED = "failed", _("Not done")
    STOPPED = "stopped", _("Stopped")


OPEN_STATES = (WorkState.WAITING, WorkState.RUNNING, WorkState.WRITING)
STOPPABLE = (WorkState.WAITING, WorkState.RUNNING)


class LongWork(DueWork):
    """A row of long work, due until it has ended."""

    kind = models.CharField(max_length=64)
    # What nobody else may work on meanwhile, such as a term; only one open row has it.
    scope = models.CharField(max_length=128)
    arguments = models.JSONField(default=dict)
    state = models.CharField(
        max_length=16, choices=WorkState.choices, default=WorkState.WAITING, db_default="waiting"
    )
    # How many rows it is about, as far as that was known when it was asked for.
    row_count = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField(default=timezone.now)
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(default=dict)

    class Meta:
        abstract = True

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def may_be_stopped(self) -> bool:
        return self.state in STOPPABLE


Row = TypeVar("Row", bound=LongWork)


class LongWorkQuerySet(DueQuerySet[Row]):
    def open(self) -> Self:
        return self.filter(state__in=OPEN_STATES)

    def stop(self, work: Row, *, result: Mapping[str, Any], at: dt.datetime) -> bool:
        """Stop what waits or computes; False when it is being written, or over."""
        mine = self.filter(pk=work.pk, state__in=STOPPABLE)
        ended = {"state": WorkState.STOPPED, "result": result, "due_at": None, "ended_at": at}
        return bool(mine.update(**ended, **LEASE_ENDED))


class WorkRefused(Exception):
    """It cannot be done as it was asked for; `result` says why, as the words of its kind read it."""

    def __init__(self, **result: Any) -> None:
        super().__init__(str(result))
        self.result = result


class WorkStopped(Exception):
    """Somebody stopped it, or another worker has it by now."""


# --- Progress, in Redis -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShownProgress(Portion):
    phase: str

    @property
    def label(self) -> str:
        return str(Phase(self.phase).label) if self.phase in Phase.values else ""


# When the rest of a Redis that did not answer ends, by its address.
_rest_ends_s: dict[str, float] = {}


@cache
def _client(redis_url: str) -> redis.Redis:
    return client_without_retries(redis_url, REDIS_TIMEOUT_S)


def _key(name: str) -> str:
    return f"long-work:{name}"


def keep_progress(name: str, phase: Phase, done: int, total: int) -> None:
    if time.monotonic() < _rest_ends_s.get(settings.REDIS_URL, 0.0):
        return
    value = json.dumps({"phase": phase.value, "done": done, "total": total})
    try:
        _client(settings.REDIS_URL).set(_key(name), value, ex=PROGRESS_KEPT_S)
    except redis.RedisError as err:
        _rest_ends_s[settings.REDIS_URL] = time.monotonic() + REDIS_REST_S
        logger.warning("the progress of %s is not kept: %s", name, err)


def progress_of(name: str) -> ShownProgress | None:
    """Return how far it is; None while nobody knows."""
    return progress_of_all([name]).get(name)


def progress_of_all(names: Sequence[str]) -> dict[str, ShownProgress]:
    """Return how far each of them is, asked for at once; without those of which nobody knows."""
    if not names:
        return {}
    try:
        values = _client(settings.REDIS_URL).mget([_key(name) for name in names])
    except redis.RedisError as err:
        logger.warning("the progress of %s cannot be read: %s", ", ".join(names), err)
        return {}
    return {
        name: ShownProgress(**json.loads(str(value, "utf-8")))
        for name, value in zip(names, cast("list[bytes | None]", values), strict=True)
        if value is not None
    }


# --- Doing it ---------------------------------------------------------------------------------------


class RunningWork(Generic[Row]):
    """A row that this worker has leased."""

    def __init__(self, runner: Runner[Row], row: Row) -> None:
        self.row, self.name = row, runner.name_of(row)
        self._runner = runner
        rows = runner.rows
        self._mine = rows.filter(pk=row.pk, lease_token=row.lease_token)
        self._is_writing = False
        self._reported_s = self._looked_s = 0.0
        # The phase whose end was reported last.
        self._ended_phase: Phase | None = None

    def report(self, phase: Phase, done: int, total: int) -> None:
        """Keep the progress, and break off what was stopped.

        Raises:
            WorkStopped: see there.
        """
        if self._is_writing and phase is not Phase.WRITING:
            return  # writers read too, but the page shows that it is being written
        now_s = time.monotonic()
        is_first_end = done == total and phase is not self._ended_phase
        if is_first_end or now_s - self._reported_s >= REPORTS_EVERY_S:
            self._reported_s = now_s
            self._ended_phase = phase if done == total else None
            keep_progress(self.name, phase, done, total)
        if not self._is_writing and now_s - self._looked_s >= LOOKS_EVERY_S:
            self._looked_s = now_s
            self.require_going_on()

    def require_going_on(self) -> None:
        if not self._mine.filter(state=WorkState.RUNNING).exists():
            raise WorkStopped

    @contextmanager
    def writing(self, units: int, *, rows_a_unit: int) -> Iterator[dict[str, Any]]:
        """Open the transaction that writes, and note in it that all is done, with the result that the block fills in.

        What is written of so many units, such as lessons, is reported by counting rows: about `rows_a_unit` each.

        Raises:
            WorkStopped: it was stopped before, or somebody else has it by the end; nothing is written then.
            WorkRefused: who asked for it may not have it done any more.
        """
        self._runner.check(self.row)
        if not self._mine.filter(state=WorkState.RUNNING).update(state=WorkState.WRITING):
            raise WorkStopped
        result: dict[str, Any] = {}
        self._is_writing = True
        try:
            with transaction.atomic(), rows_reported(units, rows_a_unit=rows_a_unit):
                yield result
                self._end_mine(result)
        except Exception:
            # Nothing is written: it may compute again, and be stopped in it.
            self._mine.filter(state=WorkState.WRITING).update(state=WorkState.RUNNING)
            raise
        finally:
            self._is_writing = False

    def _end_mine(self, result: dict[str, Any]) -> None:
        if not self._end(WorkState.DONE, result):
            raise WorkStopped

    def begin(self, at: dt.datetime) -> None:
        self._runner.check(self.row)
        if not self._mine.open().update(state=WorkState.RUNNING, began_at=at):
            raise WorkStopped
        self.row.state, self.row.began_at = WorkState.RUNNING, at

    @transaction.atomic
    def refuse(self, result: Mapping[str, Any]) -> None:
        self._end(WorkState.FAILED, dict(result))

    def _end(self, state: WorkState, result: dict[str, Any]) -> bool:
        ended = {"state": state, "result": result, "ended_at": timezone.now(), "due_at": None}
        is_mine = bool(self._mine.update(**ended, **LEASE_ENDED))
        if is_mine:
            self.row.state, self.row.result = state, result
            self._runner.ended(self.row)
        return is_mine

    def require_ended(self) -> None:
        """Look whether its handler wrote it, or refused: else the row would keep its scope for ever."""
        if self.row.is_open:
            raise RuntimeError(f"the handler of {self.row.kind} has written nothing")

    @contextmanager
    def keeping_lease(self) -> Iterator[None]:
        """Renew the lease from a thread of its own, so that only a worker that is gone loses it."""
        is_over = threading.Event()
        thread = threading.Thread(target=self._renew_until, args=(is_over,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()

    def _renew_until(self, is_over: threading.Event) -> None:
        pause_s = LEASE.total_seconds() / RENEWALS_A_LEASE
        while not is_over.wait(pause_s):
            try:
                self._mine.update(leased_until=timezone.now() + LEASE)
            except DatabaseError as err:
                # The next time may be better; if it is not, the end of the work finds the lease lost.
                logger.warning("the lease of %s is not renewed: %s", self.name, err)
            finally:
                connection.close()


# Does the work; it writes inside `writing`, or raises WorkRefused.
Handler = Callable[[RunningWork[Any]], None]


@dataclass(frozen=True, slots=True)
class Runner(Generic[Row]):
    """Runs the rows of one table, one after the other: of long work there is little, and it takes all of a database."""

    rows: LongWorkQuerySet[Row]
    # By their kinds.
    handlers: Mapping[str, Handler]
    name_of: Callable[[Row], str]
    # Raises WorkRefused where who asked may not have it done any more.
    check: Callable[[Row], None]
    # What else is to be done in the transaction in which it ends.
    ended: Callable[[Row], None]

    def run(self, at: dt.datetime) -> Run:
        """Do the next work that is due, unless another worker is at one."""
        loop = DueLoop(
            rules=Rules(name="long work", limit_s=LEASE.total_seconds()),
            rows=self.rows,
            lease=LEASE,
            pause=lambda _row, _err, _at: RETRY_AFTER,
        )
        # Read before it is asked who is busy: a row that another worker takes meanwhile keeps this one from the next.
        next_rows = list(self.rows.due(at)[:1])
        is_busy = self.rows.open().filter(leased_until__gt=at).exists()
        return loop.run(() if is_busy else next_rows, self._do, at)

    def _do(self, row: Row) -> None:
        work = RunningWork(self, row)
        try:
            # Whether they failed or killed their workers: the next worker ends it, as any other refusal.
            if row.attempts > MOST_TRIES:
                raise WorkRefused(fault=ERROR)  # noqa: TRY301 -- ends as any other refusal
            work.begin(timezone.now())
            with work.keeping_lease(), reporting_to(work.report):
                self.handlers[row.kind](work)
            work.require_ended()
        except WorkStopped:
            logger.info("long work %s was stopped", work.name)
        except WorkRefused as refused:
            work.refuse(refused.result)
