"""Sync the courseware of lessons to the rooms of their classes.

What a class should have is decided by `binding`; what the cloud was told stands beside it, in the
row's `bound_` columns, and only differences are sent. A sweep looks for differences as well, so
nothing depends on a message when courseware becomes ready or a room is made. When a newer version has
taken the place of courseware, rooms not begun are told of its document; a class that runs keeps the other.

Assumed of the cloud, which says nothing of it: it lists what a class has in the order of binding, and
takes a second binding with the other BindType as a change of the first. So whatever is bound again before
the class has everything behind it bound once more.

A call whose answer is lost may have worked: what is about to be bound is noted first, without a place in
the order, and is taken out like everything else when nobody wants it any more.

No function here may run inside a transaction.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from dataclasses import dataclass, field, replace

from django.db import transaction
from django.utils import timezone

from classroom.client import documents
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudError, CloudRejected, CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.transport import is_configured
from courseware.enums import BindTrouble
from courseware.models import Binding, Courseware
from courseware.services import due_bindings
from courseware.services.binding import end_removed, lock_lesson
from courseware.services.course_binding import bring_missing
from edu_platform.lib.due import MOST_ATTEMPTS, Rules, each, exponential
from edu_platform.lib.text import error_summary
from schedule.enums import CloudStatus

logger = logging.getLogger(__name__)

LESSONS_A_RUN = 200
# Shorter than the pause between two runs, so that none overlaps with the next.
RULES = Rules(
    name="lessons whose courseware is to be bound", limit_s=25.0, silent=(CloudUnavailable,)
)
LEASE = dt.timedelta(minutes=5)
# The client itself tries a silent cloud three times, half a second apart at first, as the vendor asks.
FIRST_RETRY = dt.timedelta(seconds=30)
LAST_RETRY = dt.timedelta(hours=1)
# A refusal to take something out changes nothing for anybody: give up in the end.
MAX_REMOVAL_TRIES = 8
FINE_WHEN_LEAVING = (ErrorKind.CLASS_ENDED, ErrorKind.CLASS_EXPIRED)


@dataclass(frozen=True, slots=True)
class Position:
    """The place where a document is in the cloud, or should be."""

    room_pk: int
    room_number: int
    document_id: str
    is_shown_at_once: bool
    # None: it may be there, at an unknown place in the order.
    position: int | None
    # Before the class: afterwards nothing is taken off the board for the sake of order.
    is_orderly: bool = field(default=False, compare=False)


def sync_bindings(at: dt.datetime) -> None:
    """Bring every lesson whose turn it is up to date in the cloud, the next ones first.

    Lessons of which the cloud did not answer before come last. Stops when it does not answer for
    several in a row: the next run goes on.
    """
    bring_missing(at)
    if not is_configured():
        return
    _mark_differing(at)
    deadline = time.monotonic() + RULES.limit_s

    def sync(lesson_id: int) -> None:
        _sync_lesson(lesson_id, deadline)

    each(RULES, _due_lessons(at), sync, at)


def _due_lessons(at: dt.datetime) -> list[int]:
    rows = due_bindings.lessons(at)
    silent = {lesson_id for lesson_id, trouble in rows if trouble == BindTrouble.SILENT}
    lesson_ids = dict.fromkeys(lesson_id for lesson_id, _trouble in rows)
    return sorted(lesson_ids, key=silent.__contains__)[:LESSONS_A_RUN]


@transaction.atomic
def _mark_differing(at: dt.datetime) -> None:
    """Find what should be in a room and is not, or should not and is; nobody need have told."""
    pks = due_bindings.differing(at)
    # Rows of many lessons, without their lessons: what is being changed is looked at by the next run.
    free = Binding.objects.filter(pk__in=pks, due_at=None)
    locked = list(
        free.select_for_update(no_key=True, skip_locked=True).values_list("pk", flat=True)
    )
    Binding.objects.filter(pk__in=locked).update(due_at=at)


def _sync_lesson(lesson_id: int, deadline: float) -> None:
    """Bring one lesson's courseware up to date, unless somebody else does.

    Raises:
        CloudUnavailable: the cloud is silent; all of the lesson is put off.
    """
    token = _lease(lesson_id)
    if not token:
        return
    try:
        _sync_leased(lesson_id, token, deadline)
    finally:
        with transaction.atomic():
            lock_lesson(lesson_id)
            Binding.objects.filter(lesson=lesson_id).release(token)


@transaction.atomic
def _lease(lesson_id: int) -> str:
    """Take all rows of a lesson or none: two who bind would mix up the order."""
    lock_lesson(lesson_id)
    rows = Binding.objects.filter(lesson=lesson_id)
    at = timezone.now()
    return "" if rows.filter(leased_until__gt=at).exists() else rows.acquire(LEASE, at=at)


def _sync_leased(lesson_id: int, token: str, deadline: float) -> None:
    done: list[int] = []
    while time.monotonic() < deadline:
        # Looked up one by one: what is bound again makes others due.
        at = timezone.now()
        binding = due_bindings.next_of(lesson_id, token, but=done, at=at)
        if binding is None:
            return
        done.append(binding.pk)
        try:
            _try_to_sync(binding)
        except CloudUnavailable as err:
            # The others of the lesson would fail too, and delay other lessons.
            for other in due_bindings.all_of(lesson_id, token, but=done, at=at):
                _put_off(other, err, BindTrouble.SILENT)
            raise


def _try_to_sync(binding: Binding) -> None:
    """Bring one row up to date, or put it off.

    Raises:
        CloudUnavailable: the cloud is silent; the row is put off.
    """
    try:
        _sync_unless_refused(binding)
    except CloudUnavailable as err:
        _put_off(binding, err, BindTrouble.SILENT)
        raise
    except CloudError as err:
        _put_off(binding, err, BindTrouble.SILENT)
    except Exception as err:  # one odd row must not hold up the others, at every run
        logger.exception("binding %s was not bound", binding.pk)
        _put_off(binding, err, BindTrouble.FAULT)


def _sync_unless_refused(binding: Binding) -> None:
    try:
        _sync(binding)
    except CloudRejected as err:
        _handle_refusal(binding, err)


def _sync(binding: Binding) -> None:
    told, wanted = _told(binding), _wanted(binding)
    if _must_leave(binding):
        if told is not None:
            _take_out(told)
        _save_left(binding)
        return
    if wanted is None or told == wanted:
        _settle(binding)
        return
    if told is not None and told.room_pk != wanted.room_pk:
        told = None  # the old room stays as it was, with its recording
    if told is not None and not _has_to_leave_first(told, wanted):
        _bind(wanted)
        _save_told(binding, wanted)
        return
    if told is not None:
        _take_out(told, is_to_come_back=True)
    _put_last(binding, wanted, is_absent=told is None or told.position is not None)


def _put_last(binding: Binding, wanted: Position, *, is_absent: bool) -> None:
    """Bind what is not there, as far as is known, behind everything that is."""
    _note(binding, replace(wanted, position=None))
    try:
        _bind(wanted)
    except CloudRejected:
        if is_absent:
            _note(binding, None)
        raise
    _save_told(binding, wanted, is_last=True)


def _bind(wanted: Position) -> None:
    documents.bind_document(
        wanted.room_number,
        wanted.document_id,
        is_shown_at_once=wanted.is_shown_at_once,
        priority=Priority.BACKGROUND,
    )


def _told(binding: Binding) -> Position | None:
    room = binding.bound_room
    if room is None or not room.is_made:
        return None
    return Position(
        room_pk=room.pk,
        room_number=room.number,
        document_id=binding.bound_document_id,
        is_shown_at_once=binding.bound_shown_at_once,
        position=binding.bound_position,
    )


def _wanted(binding: Binding) -> Position | None:
    """Return where it should be; None while the courseware is not ready, or no class is to be held."""
    room = due_bindings.open_room_of(binding.lesson_id)
    courseware = binding.courseware
    if room is None or not (courseware.is_ready and courseware.document_id):
        return None
    if not binding.lesson.is_published:
        return None
    is_orderly = room.cloud_status == CloudStatus.NOT_STARTED
    keeps_version = not is_orderly and due_bindings.is_superseded_in(binding, room)
    is_placed = binding.bound_room_id == room.pk and binding.bound_position is not None
    position = binding.bound_position if is_placed and not is_orderly else binding.position
    return Position(
        room_pk=room.pk,
        room_number=room.number,
        document_id=binding.bound_document_id if keeps_version else courseware.document_id,
        is_shown_at_once=binding.is_shown_at_once,
        position=position,
        is_orderly=is_orderly,
    )


def _must_leave(binding: Binding) -> bool:
    is_gone = binding.courseware.deleted_at is not None
    return binding.removed_at is not None or binding.lesson.is_cancelled or is_gone


def _has_to_leave_first(told: Position, wanted: Position) -> bool:
    is_out_of_order = wanted.is_orderly and told.position != wanted.position
    return told.document_id != wanted.document_id or is_out_of_order


def _take_out(told: Position, *, is_to_come_back: bool = False) -> None:
    try:
        documents.unbind_document(told.room_number, told.document_id, Priority.BACKGROUND)
    except CloudRejected as err:
        # Perhaps it never was there; whether it may be is told by the next call.
        if is_to_come_back and told.position is None:
            return
        if not any(is_kind(err, fine) for fine in FINE_WHEN_LEAVING):
            raise


@transaction.atomic
def _note(binding: Binding, position: Position | None) -> None:
    """Note where the document is, or may be; None: nowhere."""
    lock_lesson(binding.lesson_id)
    Binding.objects.filter(pk=binding.pk).update(
        bound_room=position and position.room_pk,
        bound_document_id=position.document_id if position else "",
        bound_shown_at_once=bool(position and position.is_shown_at_once),
        bound_position=position and position.position,
    )


@transaction.atomic
def _save_told(binding: Binding, position: Position, *, is_last: bool = False) -> None:
    """Note what the cloud was told; what was changed meanwhile is due again."""
    _note(binding, position)
    if is_last and position.is_orderly:
        # What should stand behind it, and is in the class already, has to come once more.
        behind = Binding.objects.kept().filter(
            lesson=binding.lesson_id,
            bound_room=position.room_pk,
            bound_position__isnull=False,
            position__gt=binding.position,
        )
        Binding.objects.filter(pk__in=list(behind.values_list("pk", flat=True))).update(
            bound_position=None, due_at=timezone.now()
        )
    _settle(binding)


def _settle(binding: Binding) -> None:
    """Mark the binding as done, unless it was changed since it was read."""
    unchanged = Binding.objects.filter(
        pk=binding.pk,
        due_at=binding.due_at,
        removed_at=binding.removed_at,
        position=binding.position,
        is_shown_at_once=binding.is_shown_at_once,
    )
    unchanged.update(due_at=None, attempts=0, trouble="", last_error="")


@transaction.atomic
def _save_left(binding: Binding) -> None:
    _note(binding, None)
    there = Binding.objects.filter(pk=binding.pk).select_related("lesson").first()
    if there is not None and there.removed_at is not None:
        end_removed(there)
    else:
        _settle(binding)
    # Where the class was full there is a place now.
    full = Binding.objects.filter(lesson=binding.lesson_id, trouble=BindTrouble.LIMIT)
    full.update(due_at=timezone.now())


def _handle_refusal(binding: Binding, err: CloudRejected) -> None:
    if _must_leave(binding) and binding.attempts + 1 >= MAX_REMOVAL_TRIES:
        logger.warning("courseware %s is left in its room: %s", binding.courseware_id, err)
        _save_left(binding)
        return
    if is_kind(err, ErrorKind.DOCUMENT_GONE):
        # The cloud no longer has it: have its courseware asked about.
        Courseware.objects.filter(pk=binding.courseware_id, due_at=None).update(
            due_at=timezone.now()
        )
    is_full = is_kind(err, ErrorKind.TOO_MANY_DOCUMENTS)
    _put_off(binding, err, BindTrouble.LIMIT if is_full else BindTrouble.REFUSED)


def _put_off(binding: Binding, err: Exception, trouble: BindTrouble) -> None:
    """Try again later, at growing intervals; what was changed meanwhile stays due at once."""
    logger.warning("courseware %s of a lesson: not bound: %s", binding.courseware_id, err)
    attempts = min(binding.attempts + 1, MOST_ATTEMPTS)
    same = Binding.objects.filter(pk=binding.pk, due_at=binding.due_at)
    same.update(
        due_at=timezone.now() + exponential(attempts, FIRST_RETRY, LAST_RETRY),
        attempts=attempts,
        trouble=trouble,
        last_error=error_summary(err),
    )
