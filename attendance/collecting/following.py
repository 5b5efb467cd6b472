"""Rooms of which the cloud is asked who was there: those whose class is over, once that is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from attendance.collecting.asking_times import FIRST_ASKING
from attendance.counting.due_lessons import LOOKED_BACK, count_soon, recount
from attendance.models import RoomStatistics, RoomStatisticsQuerySet
from classroom.client.transport import sdk_app_id
from edu_platform.lib.batches import in_batches
from edu_platform.lib.statements import Statement
from schedule.lessons.begun import is_begun, is_over
from schedule.models import Room
from schedule.models.lessons import room_has_begun, room_is_over

ROOMS_AT_ONCE = 500


@transaction.atomic
def follow_rooms(room_ids: Collection[int]) -> None:
    """Have the cloud asked about those of these rooms whose class is over, and their lessons counted.

    Safe to repeat.
    """
    at = timezone.now()
    rooms = _ROOMS.rows(room_ids=sorted(room_ids))
    over = [room for room in rooms if is_begun(room) and is_over(room)]
    if over:
        expect_statistics(over, at)
        count_soon(_lessons_of(over), at, can_wait=True)
    # The attendance of a lesson that was opened again is provisional.
    again = [room for room in rooms if room.generation > 1 and room not in over]
    recount(_lessons_of(again), at, can_wait=True)


def _lessons_of(rooms: Collection[Room]) -> set[int]:
    return {room.lesson_id for room in rooms if room.lesson_id is not None}


_ROOMS = Statement(lambda room_ids: Room.objects.made().filter(pk__in=room_ids).order_by("pk"))


def expect_statistics(rooms: Collection[Room], at: dt.datetime) -> None:
    """Ask about rooms whose class is over from the first moment at which the cloud can tell, each once.

    Rooms of an application that the school has left are asked about no more.
    """
    new = []
    for room in rooms:
        ended_at = min(room.real_ended_at or room.gone_at or room.asked_at or at, at)
        if room.sdk_app_id == sdk_app_id():
            due_at = ended_at + FIRST_ASKING
            new.append(RoomStatistics(room=room, ended_at=ended_at, due_at=due_at))
    RoomStatistics.objects.bulk_create(new, ignore_conflicts=True)


def follow_bypassed(at: dt.datetime) -> None:
    """Follow what no hook told of: rooms of the last days that were imported, or ended before this app came."""
    follow_rooms(_BYPASSED.rows(since=at - LOOKED_BACK, at=at, application=sdk_app_id()))
    RoomStatistics.objects.untold().filter(missing_reason="").plan_missing(at)


_BYPASSED = Statement(
    lambda since, at, application: (
        Room.objects.made()
        .filter(
            room_has_begun(),
            room_is_over(),
            statistics=None,
            sdk_app_id=application,
            lesson__starts_at__gte=since,
            lesson__starts_at__lt=at,
        )
        .order_by("pk")
        .values_list("pk", flat=True)[:ROOMS_AT_ONCE]
    )
)


def follow_since(since: dt.datetime, at: dt.datetime) -> set[int]:
    """Make all rooms due whose class began since then and that have not told all; return their keys.

    Also those that were given up: they are asked once more.
    """
    began = Q(lesson__starts_at__range=(since, at)) | Q(
        lesson=None, sent_starts_at__range=(since, at)
    )
    held = Room.objects.made().filter(
        began, room_has_begun(), room_is_over(), sdk_app_id=sdk_app_id()
    )
    asked: set[int] = set()
    for keys in in_batches(list(held.values_list("pk", flat=True))):
        follow_rooms(keys)
        untold = RoomStatistics.objects.untold().filter(pk__in=keys)
        with transaction.atomic():
            ask_once_more(untold, at)
            asked.update(untold.values_list("pk", flat=True))
    return asked


def ask_once_more(rows: RoomStatisticsQuerySet, at: dt.datetime) -> int:
    """Make these rooms due, also those that were given up; return how many.

    Those that a worker asks about just now are left alone.
    """
    return rows.unleased(at=at).update_in_order(due_at=at, missing_reason="")
