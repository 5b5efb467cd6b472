"""Rooms that classes of the past were held in, made without us."""

from __future__ import annotations

from django.db import transaction

from classroom.client.transport import sdk_app_id
from schedule import hooks
from schedule.enums import RoomReason
from schedule.models import Lesson, Room
from schedule.rooms.making import next_generation


class RoomTaken(Exception):
    """The room belongs to another lesson."""


class LessonHasRoom(Exception):
    """The lesson has another room already."""


@transaction.atomic
def attach_history_room(lesson: Lesson, room_id: int) -> bool:
    """Make a known room the lesson's own and say if that is new; repeating it is harmless.

    Nothing is claimed of the room but that it exists: what became of it is read from the cloud.

    Raises:
        RoomTaken: the room belongs to another lesson.
        LessonHasRoom: the lesson has a current room, made or being made, and it is not this one.
    """
    Lesson.objects.select_for_update(of=("self",)).get(pk=lesson.pk)
    known = Room.objects.select_for_update().filter(room_id=room_id).first()
    if known is not None and known.lesson_id == lesson.pk:
        return False
    if known is not None and known.lesson_id is not None:
        raise RoomTaken
    if Room.objects.current().filter(lesson=lesson).exists():
        raise LessonHasRoom
    if known is None:
        known = Room(room_id=room_id, sdk_app_id=sdk_app_id())
    known.lesson = lesson
    known.generation = next_generation(lesson.pk)
    known.reason = RoomReason.HISTORY
    known.is_current = True
    known.save()
    hooks.rooms_changed([known.pk])
    return True
