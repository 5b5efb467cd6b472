"""Ways out when the cloud refuses a change of a room.

A refused change must not keep its lesson's other changes from the cloud: the room is replaced, once for each
state of the lesson, or the cloud is told of people and times alone.

No function here that asks the cloud may run inside a transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.services.registration import ensure_registered, register_again
from classroom.client import rooms as cloud_rooms
from classroom.client.error_codes import ErrorKind, error_kind, is_kind, refuses_a_value
from classroom.client.errors import CloudRejected
from classroom.client.rate_limits import Priority
from classroom.client.rooms import RoomChanges
from classroom.enums import Source
from edu_platform.lib.statements import Statement
from schedule.enums import CloudStatus, RoomReason
from schedule.models import WITHOUT_SIGNALLING, Lesson, Room
from schedule.rooms.plans import SENT_COLUMNS, version_of_plan
from schedule.rooms.remedies import remedied_plan
from schedule.rooms.replacement import replace_refused_room, replace_room
from schedule.rooms.sending import Attempt, wanted_plan
from schedule.rooms.states import note_status
from schedule.rooms.time_left import LATE_START

logger = logging.getLogger(__name__)

PEOPLE = frozenset({"teacher_user_id", "assistant_user_ids"})
TIMES = frozenset({"starts_at", "ends_at"})
TIMES_REFUSED = (
    ErrorKind.START_IN_PAST,
    ErrorKind.END_BEFORE_START,
    ErrorKind.BOOKED_TOO_LONG,
)
# No change of a room that has not begun gets round these, but another room does.
NEED_ANOTHER_ROOM = (*TIMES_REFUSED, ErrorKind.ROOM_TYPE_REFUSED)

# How pages call what was refused. The seats go with the room type, and people are never left out.
LABELS = {
    "name": _("Title"),
    "starts_at": _("Time"),
    "ends_at": _("Time"),
    "room_type": _("Room type"),
    "disable_record": _("Recording"),
}


# --- The next attempt -----------------------------------------------------------------------------


def next_attempt(
    err: CloudRejected, room: Room, lesson: Lesson, attempt: Attempt, priority: Priority
) -> Attempt | None:
    """Return what to send instead of what was refused; None where nothing more is to be sent.

    Raises:
        CloudRejected: there is no remedy.
        CloudUnavailable, CloudProtocolError: ask again later.
    """
    kind = error_kind(err.action, err.code)
    if kind is not None and (end := _ENDS.get(kind)) is not None:
        end(room, lesson, attempt, priority)
        return None
    if kind in NEED_ANOTHER_ROOM and _replace_once(err, room, lesson, priority):
        return None
    remedy = _remedied(err, room, lesson, attempt, priority)
    if remedy is None and refuses_a_value(err):
        remedy = _narrowed(err, room, lesson, attempt)
    if remedy is None:
        raise err
    return remedy


def _remedied(
    err: CloudRejected, room: Room, lesson: Lesson, attempt: Attempt, priority: Priority
) -> Attempt | None:
    """Return the attempt with another value in place of the refused one, if there is one for it."""
    plan = remedied_plan(err, room, lesson, attempt.plan)
    if plan is not None:
        return attempt.with_plan(plan)
    if is_kind(err, ErrorKind.USER_GONE) and not attempt.has_registered_again:
        for user in (lesson.teacher, *lesson.assistants.all()):
            register_again(ensure_registered(user, priority), priority)
        plan = wanted_plan(lesson, room, priority)
        return replace(attempt, plan=plan, has_registered_again=True)
    return None


def _narrowed(err: CloudRejected, room: Room, lesson: Lesson, attempt: Attempt) -> Attempt:
    """Return the attempt with people and times alone, or, where times are refused, with people alone.

    Raises:
        CloudRejected: so little was sent already.
    """
    has_refused_times = error_kind(err.action, err.code) in TIMES_REFUSED
    sent_fields = PEOPLE if has_refused_times else PEOPLE | TIMES
    without = attempt.without | (SENT_COLUMNS.keys() - sent_fields)
    if without == attempt.without:
        raise err
    logger.warning("room %s is changed but for what was refused: %s", room.room_id, err)
    Room.objects.filter(pk=room.pk).update(failed_at=timezone.now())
    return replace(attempt, without=without, refused_version=version_of_plan(lesson))


def _replace_once(err: CloudRejected, room: Room, lesson: Lesson, priority: Priority) -> bool:
    """Replace a room whose class has not begun, unless that was done for this state of the lesson already.

    So little may be left of the lesson that no other room would be made.
    """
    version = version_of_plan(lesson)
    if room.refused_version == version or lesson.ends_at <= timezone.now() + LATE_START:
        return False
    details = cloud_rooms.describe_room(room.number, priority)
    if details is not None and details.status != CloudStatus.NOT_STARTED:
        _note(room, details.status)
        return False
    logger.warning("room %s is to be replaced: %s", room.room_id, err)
    replace_refused_room(room, version)
    return True


# --- Refusals after which the room takes nothing more ---------------------------------------------


def _replace_vanished(room: Room, _lesson: Lesson, _attempt: Attempt, _priority: Priority) -> None:
    replace_room(room, RoomReason.VANISHED)


def _replace_expired(room: Room, _lesson: Lesson, _attempt: Attempt, _priority: Priority) -> None:
    _note(room, CloudStatus.EXPIRED)
    replace_room(room, RoomReason.EXPIRED)


def _leave_ended(room: Room, lesson: Lesson, _attempt: Attempt, _priority: Priority) -> None:
    _leave_as_it_is(room, CloudStatus.ENDED)
    if lesson.starts_at > timezone.now():
        # The lesson was moved to later, after its class had ended by mistake.
        replace_room(room, RoomReason.FROZEN)


def _sync_running(room: Room, _lesson: Lesson, attempt: Attempt, priority: Priority) -> None:
    """Send a new title, which is all that a running class takes; another teacher needs another room."""
    plan = attempt.plan
    if plan.teacher_user_id != room.sent_teacher_user_id:
        _note(room, CloudStatus.RUNNING)
        replace_room(room, RoomReason.FROZEN)
        return
    if plan.name != room.sent_name and "name" not in attempt.without:
        cloud_rooms.modify_room(room.number, RoomChanges(name=plan.name), priority)
        Room.objects.filter(pk=room.pk).update(sent_name=plan.name)
    _leave_as_it_is(room, CloudStatus.RUNNING)


def _leave_as_it_is(room: Room, status: CloudStatus) -> None:
    """Send nothing more, unless the lesson was changed since the room was read."""
    _note(room, status)
    Room.objects.filter(pk=room.pk, due_at=room.due_at).update(must_change_in_cloud=False)


def _note(room: Room, status: int) -> None:
    note_status(room, status, asked_at=timezone.now(), source=Source.POLL)


# After these no change is sent to this room any more.
_ENDS: dict[ErrorKind, Callable[[Room, Lesson, Attempt, Priority], None]] = {
    ErrorKind.ROOM_GONE: _replace_vanished,
    ErrorKind.CLASS_EXPIRED: _replace_expired,
    ErrorKind.CLASS_ENDED: _leave_ended,
    ErrorKind.CLASS_STARTED: _sync_running,
}


# --- What was refused, for pages ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RoomRefusals:
    left_out: tuple[str, ...]
    lacks_signalling: bool


def refusals_of(lesson: Lesson) -> RoomRefusals | None:
    """Return what the cloud refused of the lesson's current room; None without a room."""
    row = _REFUSALS.first(lesson_id=lesson.pk)
    if row is None:
        return None
    fields, lacks_signalling = row
    return RoomRefusals(labels_of(fields), lacks_signalling)


def labels_of(fields: Collection[str]) -> tuple[str, ...]:
    """Return what the fields of a room's plan are called, each name once, in the order of the page."""
    return tuple(dict.fromkeys(str(label) for field, label in LABELS.items() if field in fields))


_REFUSALS = Statement(
    lambda lesson_id: (
        Room.objects.current()
        .filter(lesson=lesson_id)
        .annotate(lacks_signalling=WITHOUT_SIGNALLING)
        .values_list("left_out_fields", "lacks_signalling")
    )
)
