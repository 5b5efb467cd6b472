"""The weekly lessons of a term as a list."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from accounts.models import display_names
from edu_platform.lib.paging import Pager, pager_of
from schedule.lessons.access import TimetableChoice
from schedule.models import Term, WeeklyLesson, class_group_names
from schedule.terms.weekly_lessons.week_ranges import Weeks
from schedule.terms.words import (
    periods_in_words,
    time_in_words,
    weekday_in_words,
    weeks_in_words,
)


@dataclass(frozen=True, slots=True)
class WeeklyLessonRow:
    """A weekly lesson in words."""

    weekly_lesson: WeeklyLesson
    term_code: str
    # This query names the week that it is shown in, so that its pages lead back there.
    query: str = ""

    @property
    def weekday(self) -> str:
        return weekday_in_words(self.weekly_lesson.weekday)

    @property
    def time(self) -> str:
        return time_in_words(self.weekly_lesson.starts, self.weekly_lesson.ends)

    @property
    def periods(self) -> str:
        """Return its periods in words; empty where it is planned by the clock."""
        first, last = self.weekly_lesson.first_bell, self.weekly_lesson.last_bell
        return "" if first is None or last is None else periods_in_words(first, last)

    @property
    def weeks(self) -> str:
        return weeks_in_words(Weeks(self.weekly_lesson.weeks))

    @property
    def class_groups(self) -> str:
        return class_group_names(self.weekly_lesson.class_groups.all())

    @property
    def teacher(self) -> str:
        return self.weekly_lesson.teacher.display_name

    @property
    def assistants(self) -> str:
        return display_names(self.weekly_lesson.assistants.all())

    @property
    def address(self) -> str:
        return self._address("weekly_lesson_change")

    @property
    def delete_address(self) -> str:
        return self._address("weekly_lesson_delete")

    def _address(self, name: str) -> str:
        path = reverse(f"schedule:{name}", args=[self.term_code, self.weekly_lesson.code])
        return f"{path}?{self.query}" if self.query else path


@dataclass(frozen=True, slots=True)
class WeeklyLessonList:
    """A page of weekly lessons."""

    rows: list[WeeklyLessonRow]
    pager: Pager


def weekly_lesson_list(
    term: Term, choice: TimetableChoice, *, number: int, page_size: int, path: str
) -> WeeklyLessonList:
    """Return a page of the weekly lessons of a term, or of a class group or teacher; as many queries for one as for many."""
    page = Paginator(weekly_lessons_of(term, choice), page_size).get_page(number)
    query = urlencode(choice.as_query())
    rows = [WeeklyLessonRow(weekly_lesson, term.code, query) for weekly_lesson in page]
    return WeeklyLessonList(rows, pager_of(page, path=path, query=choice.as_query()))


def weekly_lessons_of(term: Term, choice: TimetableChoice) -> QuerySet[WeeklyLesson]:
    """Return them with their people and class groups, in the order of the week."""
    weekly_lessons = term.weekly_lessons.select_related("course", "teacher")
    if choice.teacher is not None:
        weekly_lessons = weekly_lessons.filter(
            Q(teacher=choice.teacher) | Q(assistants=choice.teacher)
        ).distinct()
    if choice.class_group is not None:
        weekly_lessons = weekly_lessons.filter(class_groups=choice.class_group)
    return weekly_lessons.prefetch_related("assistants", "class_groups").order_by(
        "weekday", "starts", "pk"
    )


def terms_to_copy(term: Term) -> list[Term]:
    """Return the other terms that have weekly lessons, the latest first."""
    others = Term.objects.exclude(pk=term.pk).filter(
        Exists(WeeklyLesson.objects.filter(term=OuterRef("pk")))
    )
    return list(others.order_by("-first_monday"))
