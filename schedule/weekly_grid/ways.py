"""The ways on from a grid: to other rows, weeks, days and grades."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from edu_platform.lib.http import with_query
from schedule.class_groups.grades import grade_in_address, grade_in_words
from schedule.matrix.choice import By
from schedule.matrix.rows import grades_of
from schedule.matrix.ways import Way
from schedule.models import Term
from schedule.terms.words import weekday_in_words
from schedule.timetable.school_week import Span
from schedule.week_grid import DAYS_A_WEEK
from schedule.weekly_grid.choice import GridChoice, Parity
from schedule.weekly_grid.pages import GridPage

# What a choice may be: a kind of rows, a span, a grade.
Value = TypeVar("Value", bound=str)


@dataclass(frozen=True, slots=True)
class GridWays:
    """All ways that a page offers."""

    by: list[Way]
    weeks: list[Way]
    # Empty where one alone is shown.
    span: list[Way]
    days: list[Way]
    # Empty where there is nothing to choose.
    grades: list[Way]
    everybody_url: str
    new_url: str


def address_of(term: Term, choice: GridChoice) -> str:
    return with_query(reverse("schedule:weekly_grid", args=[term.code]), choice.as_query())


def ways_of(page: GridPage) -> GridWays:
    choice, words = page.choice, {By.CLASS_GROUP: _("By class group"), By.TEACHER: _("By teacher")}
    weeks = {
        Parity.ALL: _("All weeks"),
        Parity.ODD: _("Odd weeks"),
        Parity.EVEN: _("Even weeks"),
    }
    days = [str(weekday) for weekday in range(1, DAYS_A_WEEK + 1)]
    return GridWays(
        by=_rows_switch(page, words, "by"),
        weeks=_switch(
            page, {replace(choice, weeks=parity): text for parity, text in weeks.items()}
        ),
        span=[] if choice.is_of_one else _spans(page),
        days=_switch(page, {replace(choice, day=day): weekday_in_words(int(day)) for day in days}),
        grades=_grades(page),
        everybody_url=address_of(page.term, choice.with_rows(row_key="")),
        new_url=new_address(page),
    )


def new_address(page: GridPage) -> str:
    """Return where a weekly lesson is made that comes back here; of the row that alone is shown."""
    row = page.chosen_row
    query = {} if row is None else row_in_address(page, row.key)
    path = reverse("schedule:weekly_lesson_new", args=[page.term.code])
    return with_query(path, {**query, "grid": _back(page)})


def row_in_address(page: GridPage, key: str) -> dict[str, str]:
    """Return how the form of a weekly lesson calls a row."""
    return {"teacher" if page.choice.matrix.is_by_teacher else "class_group": key}


def _back(page: GridPage) -> str:
    return with_query("", page.choice.as_query()).removeprefix("?")


def _spans(page: GridPage) -> list[Way]:
    words = {Span.DAY: pgettext("span", "Day"), Span.WEEK: pgettext("span", "Week")}
    return _rows_switch(page, words, "span")


def _grades(page: GridPage) -> list[Way]:
    grades = grades_of(page.lessons)
    if len(grades) < 2 or page.choice.is_of_one:
        return []
    words = {grade_in_address(grade): grade_in_words(grade) for grade in grades}
    return _rows_switch(page, {"": pgettext("grades", "All"), **words}, "grade")


def _rows_switch(page: GridPage, words: Mapping[Value, str], name: str) -> list[Way]:
    choices = {page.choice.with_rows(**{name: value}): text for value, text in words.items()}
    return _switch(page, choices)


def _switch(page: GridPage, words: Mapping[GridChoice, str]) -> list[Way]:
    return [
        Way(text, address_of(page.term, choice), choice == page.choice)
        for choice, text in words.items()
    ]
