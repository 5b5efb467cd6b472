"""Asking the cloud for rooms: making one, under a lease that the caller holds, and finding unanswered ones.

A CreateRoom call carries no token that would make it safe to repeat, so each is written down before
it is made (RoomRequest). When its answer is lost, the room is looked for, by teacher and start,
before another one is asked for. Rooms that a lost answer left behind are removed at night
(`unknown_rooms`).
"""

from __future__ import annotations

import datetime as dt
import logging

from django.db import transaction
from django.utils import timezone

from accounts.services.registration import ensure_registered, register_again
from classroom.client import rooms as cloud_rooms
from classroom.client import users as cloud_users
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudProtocolError, CloudRejected, CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.rooms import RoomDetails, RoomPlan
from classroom.client.transport import sdk_app_id
from edu_platform.lib.leases import LEASE_ENDED
from edu_platform.lib.statements import Statement
from schedule import hooks
from schedule.enums import CloudStatus, RecordMode
from schedule.models import Lesson, Room, RoomRequest, lesson_of, lock_lesson_of
from schedule.rooms.plans import described_columns, plan_room, sent_columns
from schedule.rooms.remedies import remedied_plan
from schedule.rooms.time_left import late_plan

logger = logging.getLogger(__name__)


# The cloud's clock may be ahead of ours; by more than this it refuses our signature.
CLOUD_AHEAD_AT_MOST = dt.timedelta(minutes=5)
# The cloud lists rooms by start; a minute on both sides allows for its reading of the bounds.
LOOK_AROUND = dt.timedelta(seconds=60)
# The cloud may refuse several things in one request, one after the other.
MOST_ADJUSTMENTS = 5


class RoomBeingMade(CloudUnavailable):
    """Somebody else is asking the cloud for this room right now."""

    def __init__(self) -> None:
        super().__init__("CreateRoom", "the room is being made", outcome_is_known=True)


def make_room(room: Room, priority: Priority, at: dt.datetime) -> Room:
    """Make the room of its lesson, or find the one that an unanswered call made before.

    Raises:
        Lesson.DoesNotExist: the lesson was deleted.
        NoTimeLeft: nothing of the planned time is left.
        RoomBeingMade: the lease ran out and somebody else holds it now.
        CloudUnavailable, CloudRejected, CloudProtocolError: the cloud did not make the room.
    """
    # Read anew: a change since the caller read it, before the room's row existed, flagged no room.
    lesson = lesson_of(room)
    lost_room = _find_lost_room(room, priority)
    if lost_room is not None:
        return lost_room
    plan = late_plan(registered_plan(room, lesson, priority), at)
    try:
        return _request_adjusted(room, lesson, plan, priority)
    except (CloudUnavailable, CloudProtocolError) as err:
        if isinstance(err, CloudUnavailable) and err.outcome_is_known:
            raise
        # The answer was lost, perhaps not the room.
        lost_room = _find_lost_room(room, priority)
        if lost_room is None:
            raise
        return lost_room


def _request_adjusted(room: Room, lesson: Lesson, plan: RoomPlan, priority: Priority) -> Room:
    """Request a room, and again without what the cloud refuses."""
    for _attempt in range(MOST_ADJUSTMENTS):
        try:
            return _request_room(room, plan, priority)
        except CloudRejected as err:
            plan = _adjusted_plan(err, room, lesson, plan, priority)
    return _request_room(room, plan, priority)


def registered_plan(room: Room, lesson: Lesson, priority: Priority) -> RoomPlan:
    """Return what the cloud should hold for this lesson; register its people who are not registered yet.

    Raises:
        CloudUnavailable, CloudRejected, CloudProtocolError: the cloud did not register somebody.
    """
    teacher = ensure_registered(lesson.teacher, priority)
    assistants = [ensure_registered(user, priority) for user in lesson.assistants.all()]
    return plan_room(
        lesson,
        room,
        teacher_user_id=teacher.classroom_user_id,
        assistant_user_ids=tuple(sorted(a.classroom_user_id for a in assistants)),
    )


def _adjusted_plan(
    err: CloudRejected, room: Room, lesson: Lesson, plan: RoomPlan, priority: Priority
) -> RoomPlan:
    """Return what to ask for instead.

    Raises:
        CloudRejected: there is no remedy.
    """
    remedied = remedied_plan(err, room, lesson, plan)
    if remedied is not None:
        return remedied
    if is_kind(err, ErrorKind.START_IN_PAST):
        return late_plan(plan, timezone.now() + CLOUD_AHEAD_AT_MOST)
    if is_kind(err, ErrorKind.USER_GONE):
        _register_forgotten_people(lesson, priority)
        adjusted = registered_plan(room, lesson, priority)
        return adjusted.starting_at(plan.starts_at)
    raise err


def _register_forgotten_people(lesson: Lesson, priority: Priority) -> None:
    for user in (lesson.teacher, *lesson.assistants.all()):
        identity = ensure_registered(user, priority)
        if cloud_users.find_user(identity.origin_id, priority) != identity.classroom_user_id:
            register_again(identity, priority)


def _request_room(room: Room, plan: RoomPlan, priority: Priority) -> Room:
    """Write the request down, make the call, and save what it made."""
    request = RoomRequest.objects.create(
        room=room,
        teacher_user_id=plan.teacher_user_id,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        sent_at=timezone.now(),
    )
    try:
        room_id = cloud_rooms.create_room(plan, priority)
    except CloudRejected:
        _settle(room)
        raise
    except CloudUnavailable as err:
        if err.outcome_is_known:
            RoomRequest.objects.filter(pk=request.pk).update(settled_at=timezone.now())
        raise
    try:
        return _save_made(room, room_id, sent_columns(plan))
    except RoomBeingMade:
        # Only what we made ourselves: what was found may be the next one's room, not saved yet.
        _give_up_late_room(room, room_id, priority)
        raise


def _find_lost_room(room: Room, priority: Priority) -> Room | None:
    """Look for the room that an unanswered request may have made."""
    for request in _UNSETTLED.rows(room_pk=room.pk):
        for room_id in _foreign_rooms_at(request.starts_at, priority):
            details = cloud_rooms.describe_room(room_id, priority)
            if details is not None and _answers(details, request):
                return _save_found(room, details)
    return None


_UNSETTLED = Statement(
    lambda room_pk: RoomRequest.objects.filter(room=room_pk, settled_at=None).order_by("pk")
)


def _foreign_rooms_at(moment: dt.datetime, priority: Priority) -> list[int]:
    """The cloud's rooms of exactly this start that are not ours yet."""
    listed = [
        listing.room_id
        for listing in cloud_rooms.list_rooms(
            starts_from=moment - LOOK_AROUND, starts_until=moment + LOOK_AROUND, priority=priority
        )
        if listing.starts_at == moment
    ]
    ours = set(Room.objects.filter(room_id__in=listed).values_list("room_id", flat=True))
    return [room_id for room_id in listed if room_id not in ours]


def _answers(details: RoomDetails, request: RoomRequest) -> bool:
    """A teacher is never in two lessons, so teacher and start name one room."""
    return (
        details.sdk_app_id == sdk_app_id()
        and details.teacher_user_id == request.teacher_user_id
        and details.starts_at == request.starts_at
    )


def _save_found(room: Room, details: RoomDetails) -> Room:
    """Take over the room that a lost answer was about, as the cloud describes it."""
    logger.warning("found room %s, whose making was not answered", details.room_id)
    # What changed here since the request is carried over by the next run; so is a recording that the
    # room goes without, unless the cloud is known to have refused it.
    Room.objects.filter(pk=room.pk, lease_token=room.lease_token).update(must_change_in_cloud=True)
    return _save_made(room, details.room_id, described_columns(details))


def _save_made(room: Room, room_id: int, columns: dict[str, object]) -> Room:
    """Save the number and what the cloud has, under our lease, and end it.

    Raises:
        RoomBeingMade: the lease ran out.
    """
    is_recorded = columns["sent_record_mode"] != RecordMode.NONE
    with transaction.atomic():
        lock_lesson_of(room.pk)
        saved = Room.objects.filter(pk=room.pk, lease_token=room.lease_token, room_id=None).update(
            room_id=room_id,
            **columns,
            asked_at=timezone.now(),
            last_error="",
            failed_at=None,
            due_at=None,
            attempts=0,
            unreachable_since=None,
            recording_refused=room.recording_refused and not is_recorded,
            **LEASE_ENDED,
        )
        if saved:
            hooks.rooms_changed([room.pk])
    if not saved:
        raise RoomBeingMade
    _settle(room)
    if is_recorded:
        ask_for_refused_recordings()
    room.refresh_from_db()
    return room


def ask_for_refused_recordings() -> None:
    """Mark the refused recordings of classes to come, to be asked for again now that the cloud has taken another."""
    refused = Room.objects.current().open().filter(cloud_status=CloudStatus.NOT_STARTED)
    refused.filter(recording_refused=True).flag_changed(must_ask_for_recording=True)


def _give_up_late_room(room: Room, room_id: int, priority: Priority) -> None:
    """Our lease ran out: delete what we made, unless the next process has found it, or may be about to."""
    is_unmade = Room.objects.filter(pk=room.pk, room_id=None).exists()
    if not is_unmade and not Room.objects.filter(room_id=room_id).exists():
        logger.warning("deleting room %s, made after its lease ran out", room_id)
        cloud_rooms.delete_room(room_id, priority)


def _settle(room: Room) -> None:
    room.requests.filter(settled_at=None).update(settled_at=timezone.now())
