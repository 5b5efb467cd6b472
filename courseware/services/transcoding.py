"""Bringing courseware to the cloud, and asking what becomes of it there until that is known.

When the next question is due stands in the database; a run that has asked sends the next one on, so
that people see the percent move. No public function that asks may run inside a transaction.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Iterable, Sequence
from functools import partial

from django.db import transaction
from django.db.models import F, Min, Q
from django.utils import timezone

from classroom.client import documents as cloud_documents
from classroom.client.budgets import Priority
from classroom.client.documents import PAGE_SIZE, DocumentDetails
from classroom.client.errors import CloudError, CloudRejected, CloudUnavailable
from classroom.client.transport import is_configured
from classroom.enums import Source
from courseware.enums import CoursewareState, Failure, TranscodeType
from courseware.formats import FORMATS
from courseware.models import Courseware, CoursewareQuerySet
from courseware.services.documents import (
    CLOUD_FIELDS,
    is_own_fault,
    save_document,
    save_refusal,
    start_over,
)
from courseware.services.readiness import tell_owner_of_failure
from courseware.services.submitting import ClaimLost, submit
from courseware.states import HAND_IN_LIMIT, IN_PROGRESS, LAST_ASK, TIME_LIMIT, next_try
from edu_platform.lib.batches import in_halves
from edu_platform.lib.queueing import enqueue_on_commit, send_in_background
from edu_platform.lib.text import error_summary

logger = logging.getLogger(__name__)

# Together shorter than the pause between two runs of the schedule, so that these do not overlap.
SUBMITTING_LIMIT_S = 15.0
ASKING_LIMIT_S = 10.0
# Longer than the calls about one file, or one page of files, may take with their repetitions.
LEASE = dt.timedelta(minutes=5)
FAILURES_IN_A_ROW = 3
# What is due later than this is left to the schedule's own next run.
FOLLOWED_WITHIN = dt.timedelta(seconds=30)
SHORTEST_PAUSE_S = 1.0


class NotFailed(Exception):
    """Only what failed is tried again."""


class NothingToTranscode(Exception):
    """It is ready, and shown as it is; the classes that have it load it from its present address."""


def bring_to_cloud(at: dt.datetime) -> int:
    """Hand in what waits and ask about what is due; say how many files got an answer.

    Each of the two stops when the cloud does not answer it. What has taken too long counts as stuck,
    answer or not.
    """
    answered: set[int] = set()
    if is_configured():
        _submit_due(at, answered)
        # Whatever became of that: a cloud that takes no files may still tell of those that it has.
        _ask_due(answered)
    note_stuck(timezone.now() if is_configured() else at)
    _follow_up(answered)
    return len(answered)


def retry(courseware: Courseware, *, at: dt.datetime) -> None:
    """Have a file that failed handed in again, as a new document and by the usual way.

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
    """Have the cloud asked now about what it has, whatever is known of it; say how many."""
    with transaction.atomic():
        handed_in = courseware.filter(deleted_at=None).exclude(document_id="")
        asked = handed_in.update_in_order(next_ask_at=at, unanswered_since=None)
        enqueue_on_commit("courseware.bring_to_cloud")
    return asked


@transaction.atomic
def _begin_again(
    courseware: Courseware, *, states: Iterable[CoursewareState], at: dt.datetime
) -> None:
    fitting = Courseware.objects.kept().filter(pk=courseware.pk, state__in=list(states))
    row = fitting.select_for_update(of=("self",), no_key=True).first()
    if row is None:
        raise NotFailed
    if row.is_ready and not row.is_transcoded:
        raise NothingToTranscode
    form = FORMATS.get(row.suffix)
    usual = form.transcode_type if form else TranscodeType(row.transcode_type)
    start_over(row, usual, at=at)
    row.save(update_fields=CLOUD_FIELDS)
    courseware.refresh_from_db()


# --- Handing in ---------------------------------------------------------------------------------


def _submit_due(at: dt.datetime, answered: set[int]) -> None:
    """Hand in what waits, until the cloud does not answer for several in a row."""
    deadline = time.monotonic() + SUBMITTING_LIMIT_S
    failures = 0
    for pk in _waiting(at).values_list("pk", flat=True)[:PAGE_SIZE]:
        if failures == FAILURES_IN_A_ROW or time.monotonic() > deadline:
            return
        claim = _waiting(at).filter(pk=pk).claim(at=timezone.now(), lease=LEASE)
        if not claim:
            continue
        fault = _submit_claimed(pk, claim)
        if fault is None:
            answered.add(pk)
            failures = 0
        failures += isinstance(fault, CloudUnavailable)


def _submit_claimed(pk: int, claim: str) -> Exception | None:
    """Hand one file in; return what kept it from the cloud."""
    courseware = Courseware.objects.select_related("owner").get(pk=pk)
    try:
        submit(courseware)
    except ClaimLost as err:
        return err
    except CloudRejected as err:
        _refused(courseware, err)
        return err
    except CloudError as err:
        _put_off([courseware], err)
        return err
    except Exception as err:
        # What goes wrong with one file, whatever it is, holds up no other; the log has the trace.
        logger.exception("courseware %s", courseware.code)
        _put_off([courseware], err)
        return err
    finally:
        Courseware.objects.filter(pk=pk).release(claim)
    return None


def _waiting(at: dt.datetime) -> CoursewareQuerySet:
    """What is to be handed in; what was not answered of late comes last."""
    is_waiting = Q(state=CoursewareState.QUEUED) | Q(
        state=CoursewareState.FAILED, failure=Failure.STUCK
    )
    waiting = Courseware.objects.kept().filter(is_waiting, document_id="", next_ask_at__lte=at)
    return waiting.order_by(F("unanswered_since").desc(nulls_first=True), "uploaded_at", "pk")


def _refused(courseware: Courseware, err: CloudRejected) -> None:
    if is_own_fault(err):
        _put_off([courseware], err)
        return
    logger.warning("courseware %s: %s", courseware.code, err)
    reason = f"{err.code}: {err.message}"
    save_refusal(courseware.pk, reason, claim=courseware.claim, at=timezone.now())


# --- Asking -------------------------------------------------------------------------------------


def _ask_due(answered: set[int]) -> None:
    """Ask about all that is due, a page at a time."""
    deadline = time.monotonic() + ASKING_LIMIT_S
    while time.monotonic() < deadline:
        begun = timezone.now()
        claim = _claim_page(begun)
        if not claim:
            return
        claimed = Courseware.objects.filter(claim=claim)
        try:
            is_there = _ask(list(claimed), answered)
            # Whoever has asked is not asked again at once, even if nothing was saved of the answer.
            claimed.filter(deleted_at=None, next_ask_at__lte=begun).update_in_order(
                next_ask_at=timezone.now() + LAST_ASK
            )
        finally:
            claimed.release(claim)
        if not is_there:
            return


@transaction.atomic
def _claim_page(at: dt.datetime) -> str:
    """Claim a page of what is due; empty when nothing is."""
    page = list(_due(at).values_list("pk", flat=True)[:PAGE_SIZE])
    locked = _locked_pks(Courseware.objects.filter(pk__in=page))
    return _due(at).filter(pk__in=locked).claim(at=at, lease=LEASE) if locked else ""


def _locked_pks(rows: CoursewareQuerySet) -> list[int]:
    """Lock rows in an order that all keep, so that no two wait for each other."""
    return list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))


def _due(at: dt.datetime) -> CoursewareQuerySet:
    due = Courseware.objects.kept().filter(next_ask_at__lte=at).exclude(document_id="")
    free = due.filter(Q(claimed_until=None) | Q(claimed_until__lt=at))
    return free.order_by(F("unanswered_since").desc(nulls_first=True), "next_ask_at", "pk")


def _ask(rows: list[Courseware], answered: set[int]) -> bool:
    """Ask about a page of files, and save what the cloud says; return whether it answered at all."""
    asked_at = timezone.now()
    try:
        listed = {each.document_id: each for each in _list([row.document_id for row in rows])}
    except CloudUnavailable as err:
        _put_off(rows, err)
        return False
    # What the list told first: a file that has to be asked for by itself keeps none of these waiting.
    rows.sort(key=lambda row: (row.document_id not in listed, row.unanswered_since is not None))
    for number, row in enumerate(rows):
        fault = _ask_about(row, listed, asked_at)
        if isinstance(fault, CloudUnavailable):
            _put_off(rows[number:], fault)
            return False
        if fault is None:
            answered.add(row.pk)
        else:
            _put_off([row], fault)
    return True


def _ask_about(
    row: Courseware, listed: dict[str, DocumentDetails], asked_at: dt.datetime
) -> Exception | None:
    """Save what the cloud says of one file; return what went wrong."""
    try:
        details = listed.get(row.document_id) or _describe(row.document_id)
        save_document(row.pk, details, asked_at=asked_at, source=Source.POLL)
    except CloudError as err:
        return err
    except Exception as err:
        # What goes wrong with one file, whatever it is, holds up no other; the log has the trace.
        logger.exception("courseware %s", row.code)
        return err
    return None


def _list(document_ids: list[str]) -> list[DocumentDetails]:
    """What the list of the cloud holds of them; a list that is refused or odd holds none."""
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


def _put_off(rows: list[Courseware], err: Exception) -> None:
    """Note that these were not answered, and when they are asked about again.

    What was deleted meanwhile stays due; what was begun again is no longer ours.
    """
    at = timezone.now()
    logger.warning(
        "courseware %s: %s", ", ".join(row.code for row in rows[:10]), error_summary(err)
    )
    for row in rows:
        since = row.unanswered_since or at
        Courseware.objects.kept().filter(pk=row.pk, claim=row.claim).update(
            unanswered_since=since,
            next_ask_at=next_try(row, since=since, at=at),
            last_error=error_summary(err),
        )


def note_stuck(at: dt.datetime) -> int:
    """Mark what has waited for longer than it may; it goes on all the same. Say how many."""
    late = list(_late(at).order_by("pk").values_list("pk", flat=True))
    return in_halves(late, partial(_note_stuck, at=at), told="noting that courseware %s is stuck")


def _late(at: dt.datetime) -> CoursewareQuerySet:
    is_late = Q(state=CoursewareState.QUEUED, state_since__lte=at - HAND_IN_LIMIT)
    for kind, limit in TIME_LIMIT.items():
        is_late |= Q(state=CoursewareState.TRANSCODING, kind=kind, state_since__lte=at - limit)
    return Courseware.objects.kept().filter(is_late)


@transaction.atomic
def _note_stuck(pks: Sequence[int], at: dt.datetime) -> int:
    late = _locked_pks(_late(at).filter(pk__in=pks))
    for courseware in Courseware.objects.filter(pk__in=late).select_related("owner"):
        tell_owner_of_failure(courseware, at)
    return Courseware.objects.filter(pk__in=late).update(
        state=CoursewareState.FAILED, failure=Failure.STUCK, state_since=at, next_ask_at=at
    )


def _follow_up(answered: set[int]) -> None:
    """Send the next run on for what this one asked about: whoever finds nothing due sends none."""
    if not answered:
        return
    now = timezone.now()
    soonest = (
        Courseware.objects.kept()
        .filter(pk__in=answered, state__in=IN_PROGRESS, next_ask_at__lte=now + FOLLOWED_WITHIN)
        .aggregate(soonest=Min("next_ask_at"))["soonest"]
    )
    if soonest is not None:
        delay_s = max((soonest - now).total_seconds(), SHORTEST_PAUSE_S)
        send_in_background("courseware.bring_to_cloud", delay_s=delay_s)
