"""The board of running classes: whether somebody looks at one, and the rooms that stand on it."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from accounts.models import SchoolSettings
from attendance.presence import short_marks
from edu_platform.lib.queueing import send_in_background
from edu_platform.lib.statements import Statement
from schedule.enums import CloudStatus, LessonState
from schedule.models import LONGEST_LESSON, Room
from schedule.models.rooms import RoomQuerySet
from schedule.polling_times import LATE_END

LOOK_TASK = "attendance.look_due"
BOARD = "board"
# Pages ask every two seconds; one that lies in the background asks less often.
OPEN_FOR = dt.timedelta(seconds=30)
# On an open board nobody's room is older, whatever callbacks say.
LOOK_EVERY = dt.timedelta(seconds=30)


def open_board() -> None:
    """Note that somebody looks at a board; every question of its page calls this. The database is not written.

    Where nobody has looked before, its rooms are looked at now.
    """
    if short_marks.set_mark(BOARD, OPEN_FOR):
        send_in_background(LOOK_TASK)


def is_board_open() -> bool:
    return short_marks.stands(BOARD)


def rooms_without_turn(at: dt.datetime) -> list[int]:
    """Return the rooms on the board of which no look is planned, by their rows' ids."""
    return _WITHOUT_TURN.rows(**_moments(at))


def is_on_board(room_pk: int, at: dt.datetime) -> bool:
    """Tell whether a board shows the class of a room: not before, and not after it, whatever was looked at."""
    return _ON_BOARD.first(room_pk=room_pk, **_moments(at)) is not None


def rooms_on_board(at: dt.datetime) -> RoomQuerySet:
    return _rooms_on_board(**_moments(at))


def _moments(at: dt.datetime) -> dict[str, dt.datetime]:
    return {
        "at": at,
        "latest_start": at + SchoolSettings.load().teacher_window,
        "earliest_start": at - LONGEST_LESSON,
        "earliest_end": at - LATE_END,
    }


def _rooms_on_board(
    at: dt.datetime,
    latest_start: dt.datetime,
    earliest_start: dt.datetime,
    earliest_end: dt.datetime,
) -> RoomQuerySet:
    """Select the rooms of classes that may have begun, until they are over."""
    goes_on = Q(lesson__ends_at__gt=at) | Q(
        cloud_status=CloudStatus.RUNNING, lesson__ends_at__gt=earliest_end
    )
    return (
        Room.objects.current()
        .open()
        .filter(
            goes_on,
            lesson__state=LessonState.PUBLISHED,
            lesson__starts_at__lte=latest_start,
            lesson__starts_at__gte=earliest_start,
        )
    )


_WITHOUT_TURN = Statement(
    lambda at, latest_start, earliest_start, earliest_end: (
        _rooms_on_board(at, latest_start, earliest_start, earliest_end)
        .filter(Q(presence=None) | Q(presence__due_at=None))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
)
_ON_BOARD = Statement(
    lambda room_pk, at, latest_start, earliest_start, earliest_end: (
        _rooms_on_board(at, latest_start, earliest_start, earliest_end)
        .filter(pk=room_pk)
        .values_list("pk", flat=True)
    )
)
