"""The room in which a class is held at this moment, for what the office does in it."""

from __future__ import annotations

import hashlib
from enum import Enum, auto

from django.core.cache import cache
from django.db import transaction

from edu_platform.lib.statements import Statement
from schedule.enums import CloudStatus
from schedule.models import Lesson, Room, lock_lesson_of

# Two clicks within this time are meant as one.
CLICKED_TWICE_WITHIN_S = 20


class NotRunningReason(Enum):
    """The reasons for which nobody is in the class of a lesson."""

    CANCELLED = auto()
    NOT_BEGUN = auto()
    OVER = auto()


class NotRunning(Exception):
    """No class of the lesson is held at this moment, for a reason that lies in the timetable or the class."""

    def __init__(self, reason: NotRunningReason) -> None:
        super().__init__(reason.name)
        self.reason = reason


def running_room(lesson: Lesson) -> Room:
    """Return the current room of a lesson whose class runs; one that was put aside counts for nothing.

    Raises:
        NotRunning: no class is held there.
    """
    if lesson.is_cancelled:
        raise NotRunning(NotRunningReason.CANCELLED)
    room = None if lesson.is_draft else _CURRENT.first(lesson_id=lesson.pk)
    if room is None or not room.is_made or room.cloud_status == CloudStatus.NOT_STARTED:
        raise NotRunning(NotRunningReason.NOT_BEGUN)
    if not room.is_open:
        raise NotRunning(NotRunningReason.OVER)
    return room


@transaction.atomic
def is_first_click(room: Room, *what: object) -> bool:
    """Tell whether nobody did the same in this room a moment ago; of two clicks at once one is the first."""
    # Where an entry has expired, each of two who add it at once would be told that it is new.
    lock_lesson_of(room.pk)
    return cache.add(_key(room, what), 1, CLICKED_TWICE_WITHIN_S)


def forget_click(room: Room, *what: object) -> None:
    """Let the same be done again at once: nothing came of it."""
    cache.delete(_key(room, what))


def _key(room: Room, what: tuple[object, ...]) -> str:
    return f"click:{hashlib.sha256(repr((room.pk, *what)).encode()).hexdigest()}"


_CURRENT = Statement(lambda lesson_id: Room.objects.current().filter(lesson=lesson_id))
