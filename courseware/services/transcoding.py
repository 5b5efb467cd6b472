"""Submitting courseware to the cloud, and polling it until it is done.

When the next question is due stands in the database; a run that has asked sends the next one on, so
that people see the percent move. No public function that asks may run inside a transaction.
"""

from __future__ import annotations

import datetime as dt
import logging
import math
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from itertools import takewhile

from django.db import transaction
from django.db.models import F, Min, Q
from django.utils import timezone

from classroom.client import documents as cloud_documents
from classroom.client.documents import PAGE_SIZE, DocumentDetails
from classroom.client.error_codes import refuses_everybody
from classroom.client.errors import CloudError, CloudRejected, CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.transport import is_configured
from classroom.enums import Source
from courseware.enums import CoursewareState, Failure, FileKind
from courseware.models import Courseware, CoursewareQuerySet
from courseware.polling_times import IN_PROGRESS, LAST_ASK, pause_after_failure
from courseware.services.documents import (
    CLOUD_FIELDS,
    REFUSALS,
    save_document,
    save_refusal,
    start_over,
    usual_transcode_type,
)
from courseware.services.lost_documents import NotListedYet
from courseware.services.readiness import NOTIFIED, notify_owner_of_failure
from courseware.services.submitting import LeaseLost, NobodyOwns, submit
from courseware.services.versions import take_over_ready
from edu_platform.lib.due import DueLoop, Rules, each_batch
from edu_platform.lib.queueing import enqueue_on_commit, send_in_background

logger = logging.getLogger(__name__)

# Longer than this in the hands of the cloud, and the file counts as stuck.
TIME_LIMIT = {
    FileKind.IMAGE: dt.timedelta(minutes=2),
    FileKind.DOCUMENT: dt.timedelta(minutes=30),
    FileKind.AUDIO: dt.timedelta(minutes=30),
    FileKind.VIDEO: dt.timedelta(hours=2),
}
# How long submitting may take, whatever is submitted.
SUBMIT_LIMIT = dt.timedelta(minutes=30)
# Together shorter than the pause between two runs of the schedule, so that these do not overlap.
SUBMITTING = Rules(
    name="courseware to be submitted",
    limit_s=15.0,
    silent=(CloudUnavailable,),
    expected=(*REFUSALS, NobodyOwns, NotListedYet, LeaseLost),
)
ASKING = Rules(
    name="courseware to be asked about",
    limit_s=10.0,
    silent=(CloudUnavailable,),
    stop_after=1,
    expected=REFUSALS,
)
# The database alone is asked, in one statement for all.
NOTING_STUCK = Rules(name="courseware that is stuck", limit_s=math.inf)
ASKED_A_RUN = 10 * PAGE_SIZE
# Longer than the calls about one file, or one page of files, may take with their repetitions.
LEASE = dt.timedelta(minutes=5)
SUBMITTED_AT_ONCE = 200
# It took too long, and the cloud is still asked about it.
IS_STUCK = Q(state=CoursewareState.FAILED, failure=Failure.STUCK, due_at__isnull=False)
# What is due later than this is left to the schedule's own next run.
FOLLOWED_WITHIN = dt.timedelta(seconds=30)
SHORTEST_PAUSE_S = 1.0


class NotFailed(Exception):
    """Only what failed is tried again."""


class NothingToTranscode(Exception):
    """It is ready, and shown as it is; the classes that have it load it from its present address."""


def submit_and_poll(at: dt.datetime) -> int:
    """Submit what waits and ask about what is due; say how many files got an answer.

    Each of the two stops when the cloud does not answer it. What has taken too long counts as stuck,
    answer or not.
    """
    answered: set[int] = set()
    if is_configured():
        _submit_due(at, answered)
        # Whatever became of that: a cloud that takes no files may still tell of those that it has.
        _ask_due(answered)
    note_stuck(timezone.now() if is_configured() else at)
    take_over_ready(timezone.now())
    _follow_up(answered)
    return len(answered)


def retry(courseware: Courseware, *, at: dt.datetime) -> None:
    """Have a file that failed submitted again, as a new document and by the usual way.

    Raises:
        NotFailed: it did not fail, or somebody was quicker.
    """
    _begin_again(courseware, states=(CoursewareState.FAILED,), at=at)


def transcode_again(courseware: Courseware, *, at: dt.datetime) -> None:
    """Like `retry`, also for what is ready.

    Raises:
        NotFailed: it is on its way.
        NothingToTranscode: it is ready as it is.
    """
    _begin_again(courseware, states=(CoursewareState.FAILED, CoursewareState.READY), at=at)


def ask_again(courseware: CoursewareQuerySet, *, at: dt.datetime) -> int:
    """Schedule a poll of everything in the cloud now; return how many."""
    with transaction.atomic():
        submitted = courseware.for_class().exclude(document_id="")
        asked = submitted.update_in_order(due_at=at, unreachable_since=None)
        enqueue_on_commit("courseware.submit_and_poll")
    return asked


def stuck() -> CoursewareQuerySet:
    """Return what took too long, and is still tried."""
    return Courseware.objects.for_class().filter(IS_STUCK)


def try_again(files: CoursewareQuerySet, *, at: dt.datetime) -> int:
    """Have files submitted again that failed, and the others asked about now; return how many.

    Of those that failed it takes the oldest, some hundreds at most: somebody waits for it.
    """
    count = 0
    # What took too long may still come, until it is given up: it is not begun anew.
    files = files.filter(superseded_at=None)
    on_way = files.filter(Q(state__in=IN_PROGRESS) | IS_STUCK, deleted_at=None)
    pks = list(on_way.values_list("pk", flat=True))
    failed = files.filter(state=CoursewareState.FAILED).exclude(IS_STUCK)
    for courseware in failed.order_by("state_since", "pk")[:SUBMITTED_AT_ONCE]:
        with suppress(NotFailed):
            retry(courseware, at=at)
            count += 1
    with transaction.atomic():
        waiting = Courseware.objects.filter(pk__in=pks, due_at__isnull=False).unleased(at=at)
        count += waiting.update_in_order(due_at=at)
        enqueue_on_commit("courseware.submit_and_poll")
    return count


@transaction.atomic
def _begin_again(
    courseware: Courseware, *, states: Iterable[CoursewareState], at: dt.datetime
) -> None:
    fitting = Courseware.objects.for_class().filter(pk=courseware.pk, state__in=list(states))
    row = fitting.select_for_update(of=("self",), no_key=True).first()
    if row is None:
        raise NotFailed
    if row.is_ready and not row.is_transcoded:
        raise NothingToTranscode
    start_over(row, usual_transcode_type(row), at=at)
    row.save(update_fields=CLOUD_FIELDS)
    courseware.refresh_from_db()


# --- Submitting ---------------------------------------------------------------------------------


def _submit_due(at: dt.datetime, answered: set[int]) -> None:
    """Submit what waits, until the cloud does not answer for several in a row."""

    def submit_one(row: Courseware) -> None:
        if _submit_leased(row):
            answered.add(row.pk)

    _loop(SUBMITTING).run(_waiting(at)[:PAGE_SIZE], submit_one, at)


def _loop(rules: Rules) -> DueLoop[Courseware]:
    return DueLoop(
        rules=rules, rows=Courseware.objects.all(), lease=LEASE, pause=pause_after_failure
    )


def _submit_leased(row: Courseware) -> bool:
    """Submit one file; False when the cloud refused it.

    Raises:
        Exception: whatever else kept it from the cloud: it is tried again.
    """
    # Read again: people may have renamed it, or given it to somebody, since the run began.
    courseware = Courseware.objects.select_related("owner").get(pk=row.pk)
    courseware.lease_token = row.lease_token
    try:
        submit(courseware)
    except CloudRejected as err:
        if refuses_everybody(err):
            raise
        logger.warning("courseware %s: %s", courseware.code, err)
        reason = f"{err.code}: {err.message}"
        save_refusal(row.pk, reason, lease_token=row.lease_token, at=timezone.now())
        return False
    return True


def _waiting(at: dt.datetime) -> CoursewareQuerySet:
    """Return what is to be submitted; recently unanswered ones last."""
    is_waiting = Q(state=CoursewareState.QUEUED) | Q(
        state=CoursewareState.FAILED, failure=Failure.STUCK
    )
    waiting = Courseware.objects.for_class().filter(is_waiting, document_id="", due_at__lte=at)
    return waiting.order_by(F("unreachable_since").desc(nulls_first=True), "uploaded_at", "pk")


# --- Asking -------------------------------------------------------------------------------------


def _ask_due(answered: set[int]) -> None:
    """Ask about all that is due, a page at a time, until the cloud does not answer."""
    at, is_silent = timezone.now(), False

    def ask(rows: Sequence[Courseware]) -> dict[int, Exception]:
        nonlocal is_silent
        faults = _ask(rows)
        is_silent = any(isinstance(fault, CloudUnavailable) for fault in faults.values())
        asked = {row.pk for row in rows if row.pk not in faults}
        # None is asked about again at once, even if nothing was saved of the answer.
        Courseware.objects.for_class().filter(pk__in=asked, due_at__lte=at).update_in_order(
            due_at=timezone.now() + LAST_ASK
        )
        answered.update(asked)
        return faults

    due = Courseware.objects.for_class().exclude(document_id="").due(at)[:ASKED_A_RUN]
    # Also when only some of a page were kept from an answer.
    _loop(ASKING).run_batches(takewhile(lambda _row: not is_silent, due), ask, at, size=PAGE_SIZE)


def _ask(rows: Sequence[Courseware]) -> dict[int, Exception]:
    """Ask about a page of files, and save what the cloud says; return what stands against some.

    Raises:
        CloudUnavailable: no answer about any of them.
    """
    asked_at, faults = timezone.now(), dict[int, Exception]()
    listed = {found.document_id: found for found in _list([row.document_id for row in rows])}
    # What the list told first: a file that has to be asked for by itself keeps none of these waiting.
    ordered = sorted(
        rows, key=lambda row: (row.document_id not in listed, row.unreachable_since is not None)
    )
    for number, row in enumerate(ordered):
        fault = _ask_about(row, listed, asked_at)
        if isinstance(fault, CloudUnavailable):
            return faults | {unasked.pk: fault for unasked in ordered[number:]}
        if fault is not None:
            faults[row.pk] = fault
    return faults


def _ask_about(
    row: Courseware, listed: dict[str, DocumentDetails], asked_at: dt.datetime
) -> Exception | None:
    """Save what the cloud says of one file; return what went wrong."""
    try:
        details = listed.get(row.document_id) or _describe(row.document_id)
        save_document(
            row.pk,
            details,
            document_id=row.document_id,
            asked_at=asked_at,
            source=Source.POLL,
        )
    except Exception as err:  # noqa: BLE001 -- whatever it is, it is logged and holds up no other
        return err
    return None


def _list(document_ids: list[str]) -> list[DocumentDetails]:
    """Return what the list of the cloud holds of them; a list that is refused or odd holds none."""
    try:
        return cloud_documents.list_documents(document_ids, Priority.BACKGROUND)
    except CloudUnavailable:
        raise
    except CloudError as err:
        logger.warning("documents are asked for one by one: %s", err)
        return []
    except Exception:
        # Whatever one of them is like, the others are asked for; the log has the trace.
        logger.exception("documents are asked for one by one")
        return []


def _describe(document_id: str) -> DocumentDetails | None:
    # Nothing is gone because a list leaves it out.
    return cloud_documents.describe_document(document_id, Priority.BACKGROUND)


def note_stuck(at: dt.datetime) -> int:
    """Mark what has waited for longer than it may; it is tried further. Return how many."""
    late = list(_late(at).order_by("pk").values_list("pk", flat=True))
    return each_batch(NOTING_STUCK, [(late, partial(_note_stuck, at=at))], at).done


def _late(at: dt.datetime) -> CoursewareQuerySet:
    is_late = Q(state=CoursewareState.QUEUED, state_since__lte=at - SUBMIT_LIMIT)
    for kind, limit in TIME_LIMIT.items():
        is_late |= Q(state=CoursewareState.TRANSCODING, kind=kind, state_since__lte=at - limit)
    return Courseware.objects.for_class().filter(is_late)


@transaction.atomic
def _note_stuck(pks: Sequence[int], at: dt.datetime) -> None:
    # In an order that all keep, so that no two wait for each other.
    locked = _late(at).filter(pk__in=pks).order_by("pk").select_for_update(no_key=True)
    late = list(locked.values_list("pk", flat=True))
    for courseware in Courseware.objects.filter(pk__in=late).select_related(*NOTIFIED):
        notify_owner_of_failure(courseware, at)
    Courseware.objects.filter(pk__in=late).update(
        state=CoursewareState.FAILED, failure=Failure.STUCK, state_since=at, due_at=at
    )


def _follow_up(answered: set[int]) -> None:
    """Send the next run on for what this one asked about; a run that finds nothing due sends none."""
    if not answered:
        return
    now = timezone.now()
    soonest = (
        Courseware.objects.for_class()
        .filter(pk__in=answered, state__in=IN_PROGRESS, due_at__lte=now + FOLLOWED_WITHIN)
        .aggregate(soonest=Min("due_at"))["soonest"]
    )
    if soonest is not None:
        delay_s = max((soonest - now).total_seconds(), SHORTEST_PAUSE_S)
        send_in_background("courseware.submit_and_poll", delay_s=delay_s)
