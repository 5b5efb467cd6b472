"""Say when a guest may come in: from shortly before the lesson to its planned end, wherever it moves."""

from __future__ import annotations

import datetime as dt

from edu_platform.lib.statements import Statement
from schedule.door.entry import ClassEnded, EntryTooEarly, LessonCancelled
from schedule.enums import CloudStatus
from schedule.models import Lesson, Room

# As long before the lesson as students come in, where the school has not set that otherwise.
OPENS_BEFORE = dt.timedelta(minutes=10)


def opens_at(lesson: Lesson) -> dt.datetime:
    return lesson.starts_at - OPENS_BEFORE


def is_over(lesson: Lesson, at: dt.datetime) -> bool:
    """Return whether the planned end has passed: what takes longer is for the people of the class."""
    return at >= lesson.ends_at


def check_guests_door(lesson: Lesson, at: dt.datetime) -> None:
    """Check what the timetable alone decides.

    Raises:
        LessonCancelled, EntryTooEarly, ClassEnded: why the door is closed to guests.
    """
    if lesson.is_cancelled:
        raise LessonCancelled
    if at < opens_at(lesson):
        raise EntryTooEarly(opens_at(lesson))
    if is_over(lesson, at):
        raise ClassEnded(may_reopen=False)


def ended_room(lesson: Lesson) -> Room | None:
    """Return the room in which the class was ended, where nobody has opened another one since; one query."""
    return _ENDED_ROOM.first(lesson_id=lesson.pk)


_ENDED_ROOM = Statement(
    lambda lesson_id: Room.objects.current().filter(
        lesson=lesson_id, cloud_status=CloudStatus.ENDED
    )
)
