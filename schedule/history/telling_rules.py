"""Rules of telling: which changes people hear of, where and when, and for how long they are pointed out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from schedule.enums import ChangeKind
from schedule.models import LessonSnapshot

# Mail and group robots wait, since many changes are followed by another, or taken back...
OUTSIDE_WAIT = dt.timedelta(minutes=10)
# ...but not where a lesson is so near, before or after.
URGENT_WITHIN = dt.timedelta(hours=2)
# How long calendars hear that a lesson was cancelled or deleted.
CALENDARS_TOLD_FOR = dt.timedelta(days=30)
# How long a timetable points out that a lesson was moved, or that its teacher is another one.
POINTED_OUT_FOR = dt.timedelta(days=7)
# The others are for planners, and for those who look at the lesson's page.
TOLD_KINDS = frozenset(ChangeKind) - {
    ChangeKind.ROOM_TYPE,
    ChangeKind.RECORDING,
    ChangeKind.DOWNLOAD,
    ChangeKind.FAMILIES,
    ChangeKind.OVERLAP,
}


def is_told(kinds: Iterable[str]) -> bool:
    """Tell whether people hear of a change of these kinds."""
    return not TOLD_KINDS.isdisjoint(kinds)


def told_outside_at(sides: Iterable[LessonSnapshot | None], *, at: dt.datetime) -> dt.datetime:
    """Return when mail and group robots tell of changes of these lessons, as they were before and after."""
    moments = (side.starts_at for side in sides if side is not None)
    is_urgent = any(at - URGENT_WITHIN <= moment <= at + URGENT_WITHIN for moment in moments)
    return at if is_urgent else at + OUTSIDE_WAIT
