"""One click into the class: every check, the room, the ticket, the link.

No function here may run inside a transaction: each calls the cloud.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections import Counter
from contextlib import ExitStack
from functools import partial
from typing import Any

from django.utils import timezone

from accounts.models import SchoolSettings
from accounts.permissions import Relation
from accounts.services.registration import ensure_registered
from classroom.client import rooms as cloud_rooms
from classroom.client import users as cloud_users
from classroom.client.errors import CloudBusy, CloudProtocolError, CloudRejected
from classroom.client.rate_limits import Priority
from classroom.client.rooms import RoomDetails
from classroom.client.transport import sdk_app_id
from classroom.client.users import Ticket
from classroom.enums import Source
from classroom.links import class_link
from schedule.access import opens_at
from schedule.door import queue
from schedule.door.entrants import CloudIdentity, Entrant, IdentityT
from schedule.enums import CloudStatus, RoomReason
from schedule.models import Lesson, Room
from schedule.rooms.making import LessonWithdrawn, ensure_room
from schedule.rooms.replacement import replace_room
from schedule.rooms.states import note_status
from schedule.rooms.sync import sync_room

logger = logging.getLogger(__name__)

# Threads of a process that may wait for the cloud on entry; the others keep serving pages.
DOOR_PLACES = 48
# This many are for everybody but teacher and assistants: a crowd of students leaves them some.
QUEUE_PLACES = 40
# For one person: a second click gets in as the first does, and a hundred keep nobody else out.
PLACES_EACH = 2
ROOM_TRIES = 3
# People that the room names by id; under another id they would be students.
PEOPLE_OF_ROOM = frozenset({Relation.LESSON_TEACHER, Relation.ASSISTANT})

# A room that was found open is not looked at again by students and supervisors for so long.
LOOK_HOLDS = dt.timedelta(seconds=5)
NO_TIME = dt.timedelta()

_door = threading.BoundedSemaphore(DOOR_PLACES)
_queue = threading.BoundedSemaphore(QUEUE_PLACES)
_people: Counter[str] = Counter()
_people_lock = threading.Lock()


class EntryRefused(Exception):
    """The class cannot be entered now, for a reason that lies in the timetable or the class."""


class LessonCancelled(EntryRefused):
    pass


class EntryTooEarly(EntryRefused):
    """`opens_at` is when this person may enter."""

    def __init__(self, opens_at: dt.datetime) -> None:
        super().__init__(opens_at)
        self.opens_at = opens_at


class ClassEnded(EntryRefused):
    """The class is over: ended in the cloud, or its time has passed.

    `may_reopen`: it ended before its planned end, so another room can be opened.
    """

    def __init__(self, *, may_reopen: bool) -> None:
        super().__init__()
        self.may_reopen = may_reopen


class TicketRefused(CloudRejected):
    """The cloud gives no ticket for a room that it described a moment ago."""

    def __init__(self, refusal: CloudRejected) -> None:
        super().__init__(refusal.action, refusal.code, refusal.message, refusal.request_id)


def check_door(lesson: Lesson, relation: Relation, school: SchoolSettings, at: dt.datetime) -> None:
    """Check what the timetable alone decides. Both ends of the window are included.

    Raises:
        LessonCancelled, EntryTooEarly, ClassEnded: why the door is closed.
    """
    if lesson.is_cancelled:
        raise LessonCancelled
    opening = opens_at(lesson.starts_at, relation, school)
    if at < opening:
        raise EntryTooEarly(opening)
    if at > lesson.ends_at + school.overtime:
        raise ClassEnded(may_reopen=False)


def place_key(entrant: Entrant[Any], lesson: Lesson) -> str:
    """Return the name under which somebody stands in the queue at the door."""
    return f"{entrant.key}:{lesson.pk}"


def enter_lesson(
    entrant: Entrant[Any], lesson: Lesson, *, at: dt.datetime, arrived_us: int = 0
) -> str:
    """Return the link into the class, made for this click.

    Registers who enters, and makes or replaces the room, each when needed. The link holds a ticket: redirect
    to it and keep it nowhere. Who comes back to the door says when they arrived first.

    Raises:
        EntryRefused: see its kinds.
        DoorBusy: too many are going in; it is not this person's turn yet.
        NoTimeLeft: the planned end has passed and there is no room.
        CloudUnavailable, CloudRejected, CloudProtocolError: the cloud did not let us.
    """
    entrant.check_door(lesson, at)
    is_of_room = entrant.relation in PEOPLE_OF_ROOM
    enter = _go_past_queue if is_of_room else partial(_go_in_turn, arrived_us)
    try:
        link = enter(entrant, lesson, at)
    except (LessonWithdrawn, Lesson.DoesNotExist) as err:
        raise LessonCancelled from err
    entrant.note_entry(lesson, at)
    return link


def _go_in_turn(arrived_us: int, entrant: Entrant[Any], lesson: Lesson, at: dt.datetime) -> str:
    who = place_key(entrant, lesson)
    with ExitStack() as held:
        is_in = _take_own_place(entrant, held) and _take_place(_queue, held)
        if not (is_in and _take_place(_door, held)):
            raise queue.send_outside(who, arrived_us)
        arrived_us = held.enter_context(queue.turn(who, arrived_us))
        try:
            return _link_into(entrant, lesson, at)
        except CloudBusy as busy:
            raise queue.send_outside(who, arrived_us, at_least_s=busy.wait_s) from busy


def _go_past_queue(entrant: Entrant[Any], lesson: Lesson, at: dt.datetime) -> str:
    """Without those whom the room names there is no class: they wait for nobody in the queue."""
    with ExitStack() as held:
        if not (_take_own_place(entrant, held) and _take_place(_door, held)):
            raise queue.come_back_soon()
        try:
            return _link_into(entrant, lesson, at)
        except CloudBusy as busy:
            raise queue.come_back_soon(at_least_s=busy.wait_s) from busy


def _take_place(places: threading.BoundedSemaphore, held: ExitStack) -> bool:
    """Take one until `held` is closed; say whether there was one."""
    if not places.acquire(blocking=False):
        return False
    held.callback(places.release)
    return True


def _take_own_place(entrant: Entrant[Any], held: ExitStack) -> bool:
    with _people_lock:
        if _people[entrant.key] >= PLACES_EACH:
            return False
        _people[entrant.key] += 1
    held.callback(_give_back_own_place, entrant.key)
    return True


def _give_back_own_place(key: str) -> None:
    with _people_lock:
        _people[key] -= 1
        if not _people[key]:
            del _people[key]


def _link_into(entrant: Entrant[IdentityT], lesson: Lesson, at: dt.datetime) -> str:
    identity = entrant.register()
    try:
        room, ticket = _admit(entrant, identity, lesson, at, look_holds=LOOK_HOLDS)
    except TicketRefused as refused:
        # The room may have gone since it was looked at; the cloud does not say how it refuses then.
        logger.warning("lesson %s: its room is looked at once more: %s", lesson.pk, refused)
        room, ticket = _admit(entrant, identity, lesson, at, look_holds=NO_TIME)
    as_supervisor = entrant.relation is Relation.SUPERVISOR
    return class_link(room.number, ticket, as_supervisor=as_supervisor)


def _open_room(
    lesson: Lesson, relation: Relation, at: dt.datetime, look_holds: dt.timedelta
) -> Room:
    """The lesson's room as the cloud has it right now; one that is gone or expired is replaced."""
    reason = RoomReason.INTERACTIVE
    for _try in range(ROOM_TRIES):
        room = ensure_room(lesson, priority=Priority.INTERACTIVE, reason=reason, at=at)
        asked_at = timezone.now()
        if relation not in PEOPLE_OF_ROOM and _was_open(room, since=asked_at - look_holds):
            return room
        details = cloud_rooms.describe_room(room.number, Priority.INTERACTIVE)
        note = partial(note_status, room, asked_at=asked_at, source=Source.ENTRY)
        if details is None or details.sdk_app_id != sdk_app_id():
            reason = RoomReason.VANISHED
        elif details.status == CloudStatus.EXPIRED:
            note(details.status)
            if lesson.ends_at <= at:
                raise ClassEnded(may_reopen=False)
            reason = RoomReason.EXPIRED
        elif details.status == CloudStatus.ENDED:
            note(details.status)
            raise ClassEnded(may_reopen=lesson.ends_at > at)
        elif relation in PEOPLE_OF_ROOM and not _has_right_people(room, lesson, details):
            reason = RoomReason.FROZEN
        else:
            note(details.status)
            return room
        replace_room(room, reason)
    raise CloudProtocolError("DescribeRoom", "rooms vanish as soon as they are made")


def _was_open(room: Room, since: dt.datetime) -> bool:
    is_known = room.asked_at is not None and room.asked_at > since
    return is_known and room.is_open and not room.must_change_in_cloud


def _admit(
    entrant: Entrant[IdentityT],
    identity: IdentityT,
    lesson: Lesson,
    at: dt.datetime,
    *,
    look_holds: dt.timedelta,
) -> tuple[Room, Ticket]:
    """Return the lesson's room, and a ticket for it; somebody whom the cloud has forgotten is registered again.

    Raises:
        TicketRefused: the cloud lets nobody into the room that it has just described.
    """
    room = _open_room(lesson, entrant.relation, at, look_holds)
    ticket = _ticket(identity, room)
    if ticket is None:
        identity = _come_back(entrant, identity, room)
        room = _open_room(lesson, entrant.relation, at, NO_TIME)
        ticket = _ticket(identity, room)
    if ticket is None:
        raise CloudProtocolError("LoginUserWithRoom", "a person just registered is unknown")
    return room, ticket


def _has_right_people(room: Room, lesson: Lesson, details: RoomDetails) -> bool:
    """Make the cloud's room name our teacher and assistants by their current ids.

    They differ while a change is on its way, or when the cloud forgot a person and knows them by a
    new id. False when a running class with another teacher allows no change any more.
    """
    teacher = ensure_registered(lesson.teacher, Priority.INTERACTIVE)
    is_right = details.teacher_user_id == teacher.classroom_user_id
    if is_right and not room.must_change_in_cloud:
        return True
    if details.status == CloudStatus.RUNNING:
        return is_right
    try:
        sync_room(room, Priority.INTERACTIVE, details=details)
    except CloudRejected as err:
        if not is_right:
            raise
        # Some other change is refused: the worker goes on with it, and the class takes place.
        logger.warning("room %s: change refused at the door: %s", room.room_id, err)
    room.refresh_from_db()
    return room.is_current


def _ticket(identity: CloudIdentity, room: Room) -> Ticket | None:
    """Return a ticket for the room; None when the cloud has forgotten who enters."""
    try:
        return cloud_users.log_in_to_room(
            identity.classroom_user_id, identity.origin_id, room.number, Priority.INTERACTIVE
        )
    except CloudRejected as err:
        raise TicketRefused(err) from err


def _come_back(entrant: Entrant[IdentityT], identity: IdentityT, room: Room) -> IdentityT:
    """Register somebody forgotten again; their room may name an id that is gone."""
    rooms = Room.objects.current().filter(pk=room.pk)
    # Before, as this process may be killed; and after, as a sync in between finds nothing to change.
    rooms.flag_changed()
    known_again = entrant.register_again(identity)
    rooms.flag_changed()
    return known_again
