"""The lessons of a teacher who is away: those that somebody has to see to, and those that are seen to already."""

from __future__ import annotations

import datetime as dt

from accounts.models import User
from schedule.enums import LessonState
from schedule.models import LONGEST_LESSON, Lesson, LessonQuerySet, begins_within
from schedule.week_grid import period_of_days


def lessons_hit(teacher: User, *, first: dt.date, last: dt.date, at: dt.datetime) -> list[Lesson]:
    """Return the person's lessons between these days, both included, that somebody has to see to.

    Published lessons and drafts that are not over, and of which somebody else may still take the class, with their
    people and class groups; three queries.
    """
    return _to_see_to(Lesson.objects.filter(teacher=teacher), first, last, at)


def lessons_assisted(
    teacher: User, *, first: dt.date, last: dt.date, at: dt.datetime
) -> list[Lesson]:
    """The same of what the person assists in."""
    return _to_see_to(Lesson.objects.filter(assistants=teacher), first, last, at)


def handled_lessons(teacher: User, *, first: dt.date, last: dt.date) -> list[Lesson]:
    """Lessons of these days in which somebody stands in, that were cancelled, or moved to other days.

    With course, teacher and class groups; two queries.
    """
    begins, ends = period_of_days(first, last)
    within = begins_within(begins, ends)
    own = Lesson.objects.filter(teacher=teacher)
    stood_in = Lesson.objects.filter(within, substitution__absent_teacher=teacher)
    cancelled = own.filter(within, state=LessonState.CANCELLED)
    moved = own.filter(moved_from__gte=begins, moved_from__lt=ends).exclude(within)
    # Apart, each by its own index: joined by OR they would read all lessons of the school.
    found = stood_in.values("pk").union(cancelled.values("pk"), moved.values("pk"))
    rows = Lesson.objects.filter(pk__in=found).select_related("course", "teacher")
    return list(rows.prefetch_related("class_groups").in_page_order())


def _to_see_to(
    lessons: LessonQuerySet, first: dt.date, last: dt.date, at: dt.datetime
) -> list[Lesson]:
    begins, ends = period_of_days(first, last)
    inside = lessons.filter(
        # An index has the start of lessons, not their end.
        starts_at__gte=begins - LONGEST_LESSON,
        starts_at__lt=ends,
        ends_at__gt=max(begins, at),
    )
    changeable = inside.exclude(state=LessonState.CANCELLED).with_changeable_people()
    return list(with_all(changeable).in_page_order())


def with_all(lessons: LessonQuerySet) -> LessonQuerySet:
    """With all that plans and pages are made of."""
    rows = lessons.select_related("course", "teacher")
    return rows.prefetch_related("assistants", "class_groups")
