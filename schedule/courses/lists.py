"""The list of courses, and what is bound to one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.filter_forms import FilterForm, ListFilters, search_field
from edu_platform.lib.http import with_query
from edu_platform.lib.paging import PageForm, Pager, pager_of
from schedule.courses.colours import colour_of
from schedule.enums import CourseColour
from schedule.lessons.use import Links, Use, is_coming, is_current, use_of_each
from schedule.models import Course, Lesson, WeeklyLesson

USUAL_SIZE = 100


def by_name_in_words(colour: CourseColour) -> str:
    return gettext("By its name (%(colour)s)") % {"colour": colour.label}


def colour_in_words(course: Course) -> str:
    colour = colour_of(course.name, course.colour)
    return str(colour.label) if course.colour else by_name_in_words(colour)


# --- The list -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CourseFilters(ListFilters):
    """The filters of the list."""

    q: str = ""


class CourseFilterForm(FilterForm):
    """The search above the list."""

    q = search_field(_("Name or code"))

    def filters(self) -> CourseFilters:
        return CourseFilters(q=self.read_search())


@dataclass(frozen=True, slots=True)
class CourseRow:
    course: Course
    coming: int
    weekly: int

    @property
    def colour(self) -> int:
        return int(colour_of(self.course.name, self.course.colour))

    @property
    def colour_in_words(self) -> str:
        return colour_in_words(self.course)


@dataclass(frozen=True, slots=True)
class CourseList:
    rows: Sequence[CourseRow]
    pager: Pager


def course_list(
    filters: CourseFilters, page_form: PageForm, *, path: str, at: dt.datetime
) -> CourseList:
    """Return one page of the courses that fit; four queries, however many there are."""
    found = Course.objects.named_like(filters.q, "code") if filters.q else Course.objects.all()
    paginator = Paginator(found.order_by("name_key", "pk"), page_form.size(USUAL_SIZE))
    page = paginator.get_page(page_form.page_number())
    courses = list(page.object_list)
    keys = [course.pk for course in courses]
    coming = _counts(Lesson.objects.filter(is_coming(at)), keys)
    weekly = _counts(WeeklyLesson.objects.filter(is_current(at)), keys)
    rows = [
        CourseRow(course, coming.get(course.pk, 0), weekly.get(course.pk, 0)) for course in courses
    ]
    pager = pager_of(page, path=path, query=filters.as_query(), usual_size=USUAL_SIZE)
    return CourseList(rows, pager)


def _counts(rows: QuerySet[Any], course_ids: Collection[int]) -> Mapping[int, int]:
    counted = rows.filter(course__in=course_ids).order_by().values_list("course")
    return dict(counted.annotate(count=Count("pk")))


# --- One course -----------------------------------------------------------------------------------


def use_of(course: Course, *, at: dt.datetime) -> Use:
    """Return what a course is used for; three queries."""
    links = Links(
        day=lambda _pk, day: with_query(
            reverse("schedule:matrix_day", args=[day]), {"course": course.name}
        ),
        term=lambda _pk, term: reverse("schedule:term", args=[term.code]),
    )
    return use_of_each("course", [course.pk], at=at, links=links)[course.pk]
