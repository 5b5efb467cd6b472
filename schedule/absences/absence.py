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
from schedule.lessons.addresses import absence_address, absence_query
from schedule.lessons.locks import lock_lessons
from schedule.models import Lesson
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
        """That of the teacher of the first of these lessons, on their days, as far as one may last."""
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
        found = Lesson.objects.in_bulk([lesson.pk for lesson in lessons])
        for lesson in lessons:
            if lesson.pk not in found or not self.hits(found[lesson.pk], at=at):
                raise NotAsShown(lesson)


def too_long_in_words() -> str:
    fault = gettext("At most %(days)s days at once: handle the later ones afterwards.")
    return fault % {"days": LONGEST_ABSENCE_DAYS}
