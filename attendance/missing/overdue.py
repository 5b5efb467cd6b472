"""Find lessons whose attendance has not come in time, for Today, and for the page that lists them."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Q

from attendance.collecting.asking import ASK_TASK
from attendance.collecting.following import ask_once_more
from attendance.models import RoomStatistics, RoomStatisticsQuerySet
from edu_platform.lib.backlog import Backlog, backlog
from edu_platform.lib.queueing import enqueue_on_commit
from schedule.enums import LessonState

# The classroom service has them mostly within seconds.
OVERDUE_AFTER = dt.timedelta(hours=2)
GIVEN_UP_SHOWN_FOR = dt.timedelta(days=30)


def overdue(at: dt.datetime) -> RoomStatisticsQuerySet:
    """Return the rooms of lessons whose statistics are waited for longer than usual, or were given up of late."""
    return _overdue(**_moments(at))


def overdue_backlog(at: dt.datetime) -> Backlog:
    """Count the lessons of these rooms, and find when the class of the oldest ended; one query."""
    return _backlog(**_moments(at))


def _moments(at: dt.datetime) -> dict[str, dt.datetime]:
    return {"ended_until": at - OVERDUE_AFTER, "ended_after": at - GIVEN_UP_SHOWN_FOR}


def _overdue(*, ended_until: dt.datetime, ended_after: dt.datetime) -> RoomStatisticsQuerySet:
    waited_for = Q(missing_reason="", ended_at__lte=ended_until)
    given_up = ~Q(missing_reason="")
    rows = RoomStatistics.objects.untold().filter(waited_for | given_up, ended_at__gt=ended_after)
    return rows.filter(room__lesson__state=LessonState.PUBLISHED)


def ask_again(at: dt.datetime) -> int:
    """Ask once more, by workers, about what is overdue; return about how many rooms."""
    with transaction.atomic():
        count = ask_once_more(overdue(at), at)
        if count:
            enqueue_on_commit(ASK_TASK)
    return count


_backlog = backlog(_overdue, since="ended_at", of="room__lesson")
