"""Rooms of classes of which nobody has heard how they ended."""

from __future__ import annotations

import datetime as dt

from django.db.models import F, Q

from schedule.enums import LessonState
from schedule.models import Room
from schedule.models.rooms import RoomQuerySet

# The cloud calls at once, and is asked every half minute.
UNHEARD_AFTER = dt.timedelta(minutes=15)
# Later it is a matter of the past, which the replays' page and the administration show.
UNHEARD_UNTIL = dt.timedelta(days=1)


def unheard_rooms(at: dt.datetime) -> RoomQuerySet:
    """Return the rooms of classes that ended a while ago by the plan, and that nobody could ask the cloud about since."""
    open_rooms = Room.objects.current().open().filter(lesson__state=LessonState.PUBLISHED)
    ended = open_rooms.filter(
        lesson__ends_at__lte=at - UNHEARD_AFTER, lesson__ends_at__gt=at - UNHEARD_UNTIL
    )
    return ended.filter(Q(asked_at=None) | Q(asked_at__lt=F("lesson__ends_at")))
