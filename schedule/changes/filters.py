"""Filters of the list of what was done to the timetable."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from accounts.models import User
from edu_platform.lib.filter_forms import ListFilters
from schedule.enums import ActionOrigin, ChangeKind
from schedule.models import Course, Lesson, LessonChange, PlanningAction
from schedule.week_grid import DAY, start_of_day


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFilters(ListFilters):
    """Filters of the list."""

    q: str = ""
    kind: str = ""
    origin: str = ""
    from_day: dt.date | None = None
    to_day: dt.date | None = None


def filtered(actions: QuerySet[PlanningAction], filters: ChangeFilters) -> QuerySet[PlanningAction]:
    """The actions that fit, in no order."""
    if filters.origin in ActionOrigin.values:
        actions = actions.filter(origin=filters.origin)
    if filters.from_day is not None:
        actions = actions.filter(at__gte=start_of_day(filters.from_day))
    if filters.to_day is not None:
        actions = actions.filter(at__lt=start_of_day(filters.to_day + DAY))
    if filters.kind in ChangeKind.values:
        # Both databases write a list of words as JSON in the same way, and only one looks into it.
        written = LessonChange.objects.annotate(kinds_text=Cast("kinds", TextField()))
        of_kind = written.filter(kinds_text__contains=f'"{filters.kind}"')
        actions = actions.filter(pk__in=of_kind.values("action"))
    return actions.filter(_matching(filters.q)) if filters.q else actions


def _matching(text: str) -> Q:
    """Match by reason, by who did it, and by lessons and their teachers, who are found first: a join would look through the whole history."""
    people = _keys(User.objects.get_queryset().named_like(text, "username"))
    named = (
        Q(title__icontains=text)
        | Q(course__in=_keys(Course.objects.named_like(text)))
        | Q(teacher__in=people)
    )
    changed = LessonChange.objects.filter(
        Q(lesson_code=text) | Q(lesson__in=_keys(Lesson.objects.filter(named)))
    )
    return (
        Q(reason__icontains=text)
        | Q(code=text)
        | Q(by__in=people)
        | Q(pk__in=changed.order_by().values("action"))
    )


def _keys(rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    return rows.order_by().values("pk")
