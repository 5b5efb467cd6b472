"""A teacher's absence: who is away, and from when to when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Self

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import User
from edu_platform.lib.http import with_query
from edu_platform.lib.versions import NotAsShown
from schedule.enums import LessonState
from schedule.lessons.locks import lock_lessons
from schedule.lessons.pages import absence_address, absence_query
from schedule.models import LONGEST_LESSON, Lesson, LessonQuerySet, begins_within
from schedule.week_grid import period_of_days

# The page shows all lessons of an absence at once, each with its substitutes.
LONGEST_ABSENCE_DAYS = 31


@dataclass(frozen=True, slots=True)
class Absence:
    """Both days are included."""

    teacher: User
    first: dt.date
    last: dt.date

    @classmethod
    def around(cls, lessons: Sequence[Lesson]) -> Self:
        """Return that of the teacher of the first of these lessons, on their days, as far as one may last."""
        days = [timezone.localdate(lesson.starts_at) for lesson in lessons]
        longest = min(days) + dt.timedelta(days=LONGEST_ABSENCE_DAYS - 1)
        return cls(lessons[0].teacher, min(days), min(max(days), longest))

    @property
    def query(self) -> dict[str, str]:
        """As the address of its page has it."""
        return absence_query(self.teacher, self.first, self.last)

    @property
    def sent(self) -> dict[str, str]:
        """As the forms of its page send it, where `teacher` is the substitute."""
        query = self.query
        return {"absent": query.pop("teacher"), **query}

    @property
    def address(self) -> str:
        return absence_address(self.teacher, self.first, self.last)

    def address_of(self, lesson: Lesson) -> str:
        """Its page, with all that can be done with this lesson."""
        address = with_query(reverse("schedule:absences"), {**self.query, "lesson": lesson.code})
        return f"{address}#lesson-{lesson.code}"

    def hits(self, lesson: Lesson, *, at: dt.datetime) -> bool:
        """Tell whether somebody has to stand in for the teacher in this lesson."""
        begins, ends = period_of_days(self.first, self.last)
        return (
            lesson.teacher_id == self.teacher.pk
            and not lesson.is_cancelled
            and lesson.ends_at > max(begins, at)
            and lesson.starts_at < ends
        )

    def require_as_shown(self, lessons: Collection[Lesson], *, at: dt.datetime) -> None:
        """Take the rows of these lessons, which its page has shown, until the transaction ends.

        Raises:
            NotAsShown: the teacher is no longer missing in one of them.
        """
        lock_lessons(lessons)
        lessons_now = Lesson.objects.in_bulk([lesson.pk for lesson in lessons])
        for lesson in lessons:
            if lesson.pk not in lessons_now or not self.hits(lessons_now[lesson.pk], at=at):
                raise NotAsShown(lesson)


def too_long_in_words() -> str:
    fault = gettext("At most %(days)s days at once: handle the later ones afterwards.")
    return fault % {"days": LONGEST_ABSENCE_DAYS}


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
    lesson_keys = stood_in.values("pk").union(cancelled.values("pk"), moved.values("pk"))
    rows = Lesson.objects.filter(pk__in=lesson_keys).select_related("course", "teacher")
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
