"""The lessons that were made of one weekly lesson."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q

from schedule.models import Pattern, PlannedLesson
from schedule.models.lessons import any_room_has_begun


@dataclass(frozen=True, slots=True)
class LessonsOfPattern:
    """Counts of the lessons that were made of it: those that go with it, and those that stay."""

    coming: int
    staying: int


def lessons_of(pattern: Pattern, *, at: dt.datetime) -> LessonsOfPattern:
    """Return what the next planning does with its lessons once it is removed; one query."""
    made = PlannedLesson.objects.filter(pattern=pattern).exclude(lesson=None)
    made = made.annotate(has_begun=any_room_has_begun("lesson"))
    coming = Q(lesson__starts_at__gt=at, is_edited=False, has_begun=False)
    counts = made.aggregate(made=Count("pk"), coming=Count("pk", filter=coming))
    return LessonsOfPattern(counts["coming"], counts["made"] - counts["coming"])
