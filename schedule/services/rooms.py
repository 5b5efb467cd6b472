"""One current room of the cloud for each lesson, however many ask for it at once.

Whoever makes a room first claims its row by a conditional update with a lease; everybody else waits
for the outcome. A CreateRoom call is written down before it is made (RoomRequest), so that a room
whose answer was lost is looked for, by teacher and start, before another one is made.

No function here may run inside a transaction.
"""

from __future__ import annotations

import datetime as dt
import logging
import secrets
import time

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from accounts.models import SchoolSettings
from accounts.services.identities import ensure_registered, register_again
from classroom.client import rooms as cloud_rooms
from classroom.client import users as cloud_users
from classroom.client.budgets import Urgency
from classroom.client.codes import Meaning, means
from classroom.client.errors import (
    CloudError,
    CloudGarbled,
    CloudRejected,
    CloudUnavailable,
)
from classroom.client.rooms import RoomPlan
from classroom.client.transport import is_configured, sdk_app_id
from schedule.enums import LessonState, RoomReason
from schedule.models import Lesson, Room, RoomRequest
from schedule.services.room_plans import fallback_name, plan_room

logger = logging.getLogger(__name__)

# Longer than one making takes with these time limits; after it the claim counts as abandoned.
CLAIM_LEASE = {
    Urgency.AT_DOOR: dt.timedelta(seconds=40),
    Urgency.FRESH_END: dt.timedelta(seconds=120),
    Urgency.BACKGROUND: dt.timedelta(seconds=120),
}
WAIT_FOR_OTHERS_S = 12.0
WAIT_STEP_S = 0.1
# A room made for a class that has begun starts in the cloud a moment after it is asked for.
LATE_START = dt.timedelta(seconds=30)
# The cloud lists rooms by start; a minute on both sides allows for its reading of the bounds.
LOOK_AROUND = dt.timedelta(seconds=60)
RETRY_REFUSED_AFTER = dt.timedelta(minutes=10)
AHEAD_RUN_LIMIT_S = 240.0


class LessonOver(Exception):
    """The planned end has passed, so no room is made any more."""


class RoomBeingMade(CloudUnavailable):
    """Somebody else is asking the cloud for this room right now."""

    def __init__(self) -> None:
        super().__init__("CreateRoom", "the room is being made", outcome_is_known=True)


def ensure_room(
    lesson: Lesson, *, urgency: Urgency, reason: RoomReason, at: dt.datetime
) -> Room:
    """Return the lesson's current room, asking the cloud for it when there is none.

    Safe to call from any number of threads and processes at once: one asks, the others wait.

    Raises:
        LessonOver: the planned end has passed.
        CloudUnavailable, CloudRejected, CloudGarbled: the cloud did not make the room.
    """
    room = _current_row(lesson, reason)
    waiting_since = timezone.now()
    deadline = time.monotonic() + WAIT_FOR_OTHERS_S
    while not room.is_made:
        if lesson.ends_at <= at:
            raise LessonOver
        if _claim(room, urgency):
            return _make_claimed(room, lesson, urgency, at)
        if urgency is not Urgency.AT_DOOR or time.monotonic() > deadline:
            raise RoomBeingMade
        time.sleep(WAIT_STEP_S)
        room.refresh_from_db()
        if not room.is_current:
            room = _current_row(lesson, reason)
        elif room.failed_at and room.failed_at > waiting_since and not room.is_made:
            # Whoever asked got no answer: forty people asking in turn would get none either.
            raise CloudUnavailable("CreateRoom", room.last_error, outcome_is_known=True)
    return room


def replace_room(room: Room, reason: RoomReason) -> None:
    """Put a room aside, so that the lesson's next one is made. Of several at once one acts."""
    with transaction.atomic():
        updated = Room.objects.current().filter(pk=room.pk).update(
            is_current=False, must_change_in_cloud=False
        )
        if updated and room.lesson_id is not None:
            _add_row(room.lesson_id, reason)
            logger.warning("room %s is replaced: %s", room.room_id, reason)


def open_another_room(lesson: Lesson, *, at: dt.datetime) -> None:
    """Give the lesson a fresh room, after a class that was ended by mistake.

    Raises:
        LessonOver: the planned end has passed.
    """
    if lesson.ends_at <= at:
        raise LessonOver
    room = Room.objects.current().filter(lesson=lesson).first()
    if room is not None and room.is_made:
        replace_room(room, RoomReason.REOPENED)


def make_rooms_ahead(at: dt.datetime) -> int:
    """Make the missing rooms of the lessons inside the horizon, nearest first; say how many.

    Stops early when the cloud does not answer: the next run goes on.
    """
    if not is_configured():
        return 0
    started = time.monotonic()
    made = 0
    for lesson in _lessons_without_room(at):
        if time.monotonic() - started > AHEAD_RUN_LIMIT_S:
            break
        try:
            ensure_room(
                lesson,
                urgency=Urgency.BACKGROUND,
                reason=RoomReason.AHEAD,
                at=timezone.now(),
            )
            made += 1
        except (RoomBeingMade, LessonOver):
            continue
        except CloudRejected as err:
            logger.warning("no room for lesson %s: %s", lesson.pk, err)
        except CloudError as err:
            logger.warning("rooms ahead: stopping early: %s", err)
            break
    return made


def _lessons_without_room(at: dt.datetime) -> list[Lesson]:
    horizon = SchoolSettings.load().room_horizon
    has_room_or_waits = Room.objects.current().filter(
        Q(room_id__isnull=False) | Q(next_try_at__gt=at)
    )
    return list(
        Lesson.objects.filter(
            state=LessonState.PUBLISHED, starts_at__lt=at + horizon, ends_at__gt=at
        )
        .exclude(pk__in=has_room_or_waits.values("lesson"))
        .select_related("course", "teacher")
        .in_page_order()
    )


def _current_row(lesson: Lesson, reason: RoomReason) -> Room:
    room = Room.objects.current().filter(lesson=lesson).first()
    if room is not None:
        return room
    with transaction.atomic():
        # The lesson's row is the queue: the second in line finds the first one's room.
        Lesson.objects.select_for_update().get(pk=lesson.pk)
        room = Room.objects.current().filter(lesson=lesson).first()
        return room or _add_row(lesson.pk, reason)


def _add_row(lesson_id: int, reason: RoomReason) -> Room:
    last = Room.objects.filter(lesson=lesson_id).aggregate(last=Max("generation"))["last"]
    return Room.objects.create(
        lesson_id=lesson_id, sdk_app_id=sdk_app_id(), generation=(last or 0) + 1, reason=reason
    )


def _claim(room: Room, urgency: Urgency) -> bool:
    now = timezone.now()
    claim = secrets.token_hex(16)
    is_free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    claimed = Room.objects.filter(
        is_free, pk=room.pk, room_id=None, is_current=True, must_leave_cloud=False
    ).update(claim=claim, claimed_until=now + CLAIM_LEASE[urgency])
    if claimed:
        room.refresh_from_db()
    return bool(claimed)


def _make_claimed(room: Room, lesson: Lesson, urgency: Urgency, at: dt.datetime) -> Room:
    """Make the room under our claim, and give the claim back whatever happens."""
    claim = room.claim
    try:
        return _make(room, lesson, urgency, at)
    except CloudError as err:
        is_refusal = isinstance(err, CloudRejected)
        Room.objects.filter(pk=room.pk, claim=claim).update(
            last_error=str(err)[:255],
            failed_at=timezone.now(),
            next_try_at=timezone.now() + RETRY_REFUSED_AFTER if is_refusal else None,
        )
        raise
    finally:
        Room.objects.filter(pk=room.pk, claim=claim).update(claim="", claimed_until=None)


def _make(room: Room, lesson: Lesson, urgency: Urgency, at: dt.datetime) -> Room:
    found = _find_lost_room(room, urgency)
    if found is not None:
        return found
    plan = _late_plan(_registered_plan(room, lesson, urgency), at)
    try:
        return _request_room(room, plan, urgency)
    except (CloudUnavailable, CloudGarbled) as err:
        if isinstance(err, CloudUnavailable) and err.outcome_is_known:
            raise
        # The answer was lost, perhaps not the room.
        found = _find_lost_room(room, urgency)
        if found is None:
            raise
        return found
    except CloudRejected as err:
        plan = _mended_plan(err, room, lesson, plan, urgency)
        return _request_room(room, plan, urgency)


def _registered_plan(room: Room, lesson: Lesson, urgency: Urgency) -> RoomPlan:
    teacher = ensure_registered(lesson.teacher, urgency)
    assistants = [ensure_registered(user, urgency) for user in lesson.assistants.all()]
    return plan_room(
        lesson,
        room,
        teacher_user_id=teacher.classroom_user_id,
        assistant_user_ids=tuple(sorted(a.classroom_user_id for a in assistants)),
    )


def _late_plan(plan: RoomPlan, at: dt.datetime) -> RoomPlan:
    """The cloud takes no start in the past: a late room begins in a moment.

    Raises:
        LessonOver: nothing of the planned time would be left.
    """
    earliest = at + LATE_START
    if plan.starts_at >= earliest:
        return plan
    if plan.ends_at <= earliest:
        raise LessonOver
    return plan.starting_at(earliest.replace(microsecond=0))


def _mended_plan(
    err: CloudRejected, room: Room, lesson: Lesson, plan: RoomPlan, urgency: Urgency
) -> RoomPlan:
    """What to ask instead after a refusal that has a remedy; otherwise the refusal goes on."""
    if means(err, Meaning.WORDS_REFUSED):
        Room.objects.filter(pk=room.pk).update(refused_name=plan.name)
        room.refused_name = plan.name
        return plan.named(fallback_name(lesson))
    if means(err, Meaning.START_IN_PAST):
        # The cloud's clock is ahead of ours.
        return _late_plan(plan, timezone.now() + LATE_START)
    if means(err, Meaning.USER_GONE):
        _register_forgotten_people(lesson, urgency)
        mended = _registered_plan(room, lesson, urgency)
        return mended.starting_at(plan.starts_at)
    raise err


def _register_forgotten_people(lesson: Lesson, urgency: Urgency) -> None:
    for user in (lesson.teacher, *lesson.assistants.all()):
        identity = ensure_registered(user, urgency)
        if cloud_users.find_user(identity.origin_id, urgency) != identity.classroom_user_id:
            register_again(identity, urgency)


def _request_room(room: Room, plan: RoomPlan, urgency: Urgency) -> Room:
    """Write the request down, make the call, and save what it made."""
    request = RoomRequest.objects.create(
        room=room,
        teacher_user_id=plan.teacher_user_id,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        sent_at=timezone.now(),
    )
    try:
        room_id = cloud_rooms.create_room(plan, urgency)
    except CloudRejected:
        _settle(room)
        raise
    except CloudUnavailable as err:
        if err.outcome_is_known:
            RoomRequest.objects.filter(pk=request.pk).update(settled_at=timezone.now())
        raise
    return _save_made(room, room_id, plan, urgency)


def _find_lost_room(room: Room, urgency: Urgency) -> Room | None:
    """Look for the room that an unanswered request may have made."""
    for request in room.requests.filter(settled_at=None).order_by("pk"):
        listed = [
            listing.room_id
            for listing in cloud_rooms.list_rooms(
                starts_from=request.starts_at - LOOK_AROUND,
                starts_until=request.starts_at + LOOK_AROUND,
                urgency=urgency,
            )
            if listing.starts_at == request.starts_at
        ]
        ours = set(Room.objects.filter(room_id__in=listed).values_list("room_id", flat=True))
        for room_id in listed:
            if room_id in ours:
                continue
            details = cloud_rooms.describe_room(room_id, urgency)
            if (
                details is not None
                and details.sdk_app_id == sdk_app_id()
                and details.teacher_user_id == request.teacher_user_id
                and details.starts_at == request.starts_at
            ):
                return _save_found(room, request, details, urgency)
    return None


def _save_found(
    room: Room, request: RoomRequest, details: cloud_rooms.RoomDetails, urgency: Urgency
) -> Room:
    """Take over the room that a lost answer was about, as the cloud describes it."""
    assert room.lesson is not None
    logger.warning("found room %s, whose making was not answered", details.room_id)
    plan = plan_room(
        room.lesson,
        room,
        teacher_user_id=details.teacher_user_id,
        assistant_user_ids=tuple(sorted(details.assistant_user_ids)),
    )
    plan = plan.named(details.name).lasting(details.starts_at, details.ends_at)
    # What changed here since the request is carried over by the next run.
    Room.objects.filter(pk=room.pk).update(must_change_in_cloud=True)
    return _save_made(room, details.room_id, plan, urgency)


def _save_made(room: Room, room_id: int, plan: RoomPlan, urgency: Urgency) -> Room:
    """Save the number under our claim; without the claim the room is one too many."""
    saved = Room.objects.filter(pk=room.pk, claim=room.claim, room_id=None).update(
        room_id=room_id,
        sent_name=plan.name,
        sent_starts_at=plan.starts_at,
        sent_ends_at=plan.ends_at,
        sent_teacher_user_id=plan.teacher_user_id,
        sent_assistant_user_ids=list(plan.assistant_user_ids),
        sent_room_type=plan.room_type,
        sent_record_mode=plan.disable_record,
        asked_at=timezone.now(),
        last_error="",
        failed_at=None,
        next_try_at=None,
        failed_tries=0,
    )
    if not saved:
        cloud_rooms.delete_room(room_id, urgency)
        raise RoomBeingMade
    _settle(room)
    room.refresh_from_db()
    return room


def _settle(room: Room) -> None:
    room.requests.filter(settled_at=None).update(settled_at=timezone.now())
