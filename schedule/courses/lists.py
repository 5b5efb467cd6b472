"""The list of courses, and what is bound to one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Count, Min, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.http import with_query
from edu_platform.lib.paging import PageForm, Pager, pager_of
from schedule.courses.colours import colour_of
from schedule.enums import CourseColour, LessonState
from schedule.models import COURSE_NAME_CHARS, Course, Lesson, Term, WeeklyLesson

USUAL_SIZE = 100


def by_name_in_words(colour: CourseColour) -> str:
    return gettext("By its name (%(colour)s)") % {"colour": colour.label}


def colour_in_words(course: Course) -> str:
    colour = colour_of(course.name, course.colour)
    return str(colour.label) if course.colour else by_name_in_words(colour)


# --- The list -------------------------------------------------------------------------------------


class CourseSearch(forms.Form):
    """The search above the list; what is malformed counts as absent."""

    q = forms.CharField(
        label=_("Name or code"),
        required=False,
        max_length=COURSE_NAME_CHARS,
        widget=forms.TextInput({"type": "search"}),
    )

    def text(self) -> str:
        self.is_valid()
        return str(self.cleaned_data.get("q") or "")


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


def course_list(text: str, page_form: PageForm, *, path: str, at: dt.datetime) -> CourseList:
    """Return one page of the courses that a text finds; four queries, however many there are."""
    found = Course.objects.named_like(text, "code") if text else Course.objects.all()
    paginator = Paginator(found.order_by("name_key", "pk"), page_form.size(USUAL_SIZE))
    page = paginator.get_page(page_form.page_number())
    courses = list(page.object_list)
    keys = [course.pk for course in courses]
    coming = _counts(Lesson.objects.filter(_is_coming(at)), keys)
    weekly = _counts(WeeklyLesson.objects.filter(_is_current(at)), keys)
    rows = [
        CourseRow(course, coming.get(course.pk, 0), weekly.get(course.pk, 0)) for course in courses
    ]
    query = {"q": text} if text else {}
    return CourseList(rows, pager_of(page, path=path, query=query, usual_size=USUAL_SIZE))


def _counts(rows: QuerySet[Any], course_ids: Collection[int]) -> Mapping[int, int]:
    counted = rows.filter(course__in=course_ids).order_by().values_list("course")
    return dict(counted.annotate(count=Count("pk")))


def _is_coming(at: dt.datetime) -> Q:
    return Q(starts_at__gte=at) & ~Q(state=LessonState.CANCELLED)


def _is_current(at: dt.datetime) -> Q:
    return Q(term__last_day__gte=timezone.localdate(at))


# --- One course -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WeeklyLessons:
    """Count the weekly lessons of a course in a term, with the page that shows the term's."""

    term: Term
    count: int
    address: str


@dataclass(frozen=True, slots=True)
class CourseUse:
    """The lessons and weekly lessons of a course."""

    coming: int
    # The school's day on which the next one is.
    coming_address: str
    past: int
    weekly: Sequence[WeeklyLessons]

    @property
    def is_used(self) -> bool:
        return bool(self.coming or self.past or self.weekly)

    @property
    def weekly_count(self) -> int:
        return sum(each.count for each in self.weekly)


def use_of(course: Course, *, at: dt.datetime) -> CourseUse:
    """Return what a course is used for; three queries."""
    lessons = Lesson.objects.filter(course=course).aggregate(
        coming=Count("pk", filter=_is_coming(at)),
        first=Min("starts_at", filter=_is_coming(at)),
        total=Count("pk"),
    )
    counted = WeeklyLesson.objects.filter(course=course).order_by().values_list("term")
    counts = dict(counted.annotate(count=Count("pk")))
    terms = Term.objects.filter(pk__in=counts).order_by("first_monday") if counts else ()
    return CourseUse(
        coming=lessons["coming"],
        coming_address=_day_of(course, lessons["first"]),
        past=lessons["total"] - lessons["coming"],
        weekly=[
            WeeklyLessons(term, counts[term.pk], reverse("schedule:term", args=[term.code]))
            for term in terms
        ],
    )


def _day_of(course: Course, moment: dt.datetime | None) -> str:
    if moment is None:
        return ""
    day = reverse("schedule:matrix_day", args=[timezone.localdate(moment)])
    return with_query(day, {"course": course.name})
