"""Classes that teachers of the demo school hold while it opens."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

from classroom.client.errors import CloudError
from classroom.client.rate_limits import Priority
from edu_platform.demo.cloud import NoLocalCloud, start_class
from edu_platform.demo.roster import DEMO_TEACHER
from schedule.enums import LessonState, RoomReason
from schedule.models import Lesson
from schedule.rooms.making import LessonWithdrawn, ensure_room
from schedule.rooms.requests import RoomBeingMade
from schedule.rooms.time_left import NoTimeLeft

# In every so many of them nobody has begun the class.
LATE_EVERY = 5


def begin_classes(*, at: dt.datetime) -> None:
    """Begin most of the lessons of now in the local cloud; the demo's own teacher begins theirs by hand. Safe to repeat.

    The local cloud ends them as it ends all classes, and calls.
    """
    of_now = Lesson.objects.filter(state=LessonState.PUBLISHED, starts_at__lte=at, ends_at__gt=at)
    lessons = of_now.exclude(teacher__username=DEMO_TEACHER).order_by("pk")
    begun = set(of_now.begun().values_list("pk", flat=True))
    for number, lesson in enumerate(lessons, start=1):
        if number % LATE_EVERY and lesson.pk not in begun:
            _begin(lesson, at)


def _begin(lesson: Lesson, at: dt.datetime) -> None:
    # One that is not to be had now is late as others are.
    with suppress(CloudError, RoomBeingMade, LessonWithdrawn, NoTimeLeft, NoLocalCloud):
        priority = Priority.INTERACTIVE
        room = ensure_room(lesson, priority=priority, reason=RoomReason.AHEAD, at=at)
        start_class(room.number)
