"""The term's plan that a lesson was made of."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import OuterRef, QuerySet, Subquery

from edu_platform.lib.statements import Statement
from schedule.hooks import LessonPanel
from schedule.models import Lesson, PlannedLesson, TermDay
from schedule.terms.calendar import TermCalendar
from schedule.terms.words import where_from


@dataclass(frozen=True, slots=True)
class Provenance:
    """A lesson that was made of a term's weekly lessons."""

    term: str
    # 第7周，单周，调休补周一
    where_from: str
    # Somebody changed it by hand: the plan leaves it alone.
    is_edited: bool
    term_code: str
    # Empty once the weekly lesson was deleted.
    weekly_lesson_code: str


def provenance_of(lesson_id: int) -> Provenance | None:
    """None: somebody planned the lesson by itself. One query."""
    row = _OF_LESSON.first(lesson_id=lesson_id)
    if row is None:
        return None
    date, is_edited, name, code, weekly_lesson_code, first_monday, weeks, kind, plan_weekday = row
    days = {} if kind is None else {date: TermDay(date=date, kind=kind, plan_weekday=plan_weekday)}
    calendar = TermCalendar(first_monday, weeks, days)
    planned = PlannedLesson(date=date)
    where = where_from(planned, calendar)
    return Provenance(name, where, is_edited, code, weekly_lesson_code or "")


def note_on_plan(lesson: Lesson) -> LessonPanel | None:
    """Say above the form of a lesson of a plan that the plan lets go of it once it is changed."""
    provenance = provenance_of(lesson.pk)
    if provenance is None or provenance.is_edited:
        return None
    return LessonPanel("schedule/terms/_leaves_plan.html", {"provenance": provenance})


_Row = tuple[dt.date, bool, str, str, str | None, dt.date, int, str | None, int | None]


def _of_lesson(lesson_id: int) -> QuerySet[PlannedLesson, _Row]:
    day = TermDay.objects.filter(date=OuterRef("date"))
    rows: QuerySet[PlannedLesson, _Row] = PlannedLesson.objects.filter(
        lesson=lesson_id
    ).values_list(
        *("date", "is_edited", "term__name", "term__code", "weekly_lesson__code"),
        *("term__first_monday", "term__weeks"),
        Subquery(day.values("kind")[:1]),
        Subquery(day.values("plan_weekday")[:1]),
    )
    return rows


_OF_LESSON: Statement[_Row] = Statement(_of_lesson)
