"""The ways on from a matrix: another day, other rows, fewer lessons. All are links, and act at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from edu_platform.lib.http import with_query
from schedule.class_groups.grades import grade_in_address, grade_in_words
from schedule.matrix.choice import By, MatrixChoice
from schedule.matrix.pages import MatrixPage
from schedule.matrix.rows import grades_of
from schedule.timetable.school_week import Span
from schedule.week_grid import is_known_day


class Way(NamedTuple):
    label: str
    address: str
    is_chosen: bool
    # Only courses have one.
    colour: int = 0


@dataclass(frozen=True, slots=True)
class Ways:
    """All ways that a page offers."""

    by: list[Way]
    span: list[Way]
    # Empty where there is nothing to choose.
    grades: list[Way]
    courses: list[Way]
    # None: the calendar ends there.
    previous_url: str | None
    next_url: str | None
    today_url: str
    xlsx_url: str
    print_url: str
    # The week of one alone, whose timetable may be looked at.
    week_url: str
    everybody_url: str


def address_of(day: dt.date, choice: MatrixChoice, name: str = "matrix_day") -> str:
    return with_query(reverse(f"schedule:{name}", args=[day]), choice.as_query())


def ways_of(page: MatrixPage) -> Ways:
    day, choice = page.day, page.choice
    step = dt.timedelta(days=len(page.days))
    return Ways(
        by=_switch(
            page,
            {By.CLASS_GROUP: _("By class group"), By.TEACHER: _("By teacher")},
            "by",
        ),
        span=_switch(
            page,
            {Span.DAY: pgettext("span", "Day"), Span.WEEK: pgettext("span", "Week")},
            "span",
        ),
        grades=_grades(page),
        courses=_courses(page),
        previous_url=address_of(day - step, choice) if is_known_day(day - step) else None,
        next_url=address_of(day + step, choice) if is_known_day(day + step) else None,
        today_url=with_query(reverse("schedule:matrix"), choice.as_query()),
        xlsx_url=address_of(day, choice, "matrix_xlsx_day"),
        print_url=address_of(day, choice, "matrix_print_day"),
        week_url=reverse("schedule:week", args=[day]),
        everybody_url=address_of(day, choice.with_others(row_key="")),
    )


def _switch(page: MatrixPage, labels: dict[str, str], name: str) -> list[Way]:
    return [
        Way(
            label,
            address_of(page.day, page.choice.with_others(**{name: value})),
            getattr(page.choice, name) == value,
        )
        for value, label in labels.items()
    ]


def _grades(page: MatrixPage) -> list[Way]:
    grades = grades_of(page.lessons)
    if len(grades) < 2:
        return []
    labels = {grade_in_address(grade): grade_in_words(grade) for grade in grades}
    return _switch(page, {"": pgettext("grades", "All"), **labels}, "grade")


def _courses(page: MatrixPage) -> list[Way]:
    """Offer the courses of these days; with the chosen one, though it has no lesson in them."""
    choice = page.choice
    colours = {course.name: course.colour for course in page.lessons.courses.values()}
    names = [*colours, *([choice.course] if choice.course not in {"", *colours} else [])]
    if len(names) < 2 and not choice.course:
        return []
    ways = _switch(
        page, {"": pgettext("courses", "All"), **dict(zip(names, names, strict=True))}, "course"
    )
    return [
        way._replace(colour=colours.get(name, 0))
        for name, way in zip(["", *names], ways, strict=True)
    ]
