"""The school's day in tests: a morning, lessons around it, and what its page shows."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.test import Client

from schedule.models import BellTime, Course, Lesson, Term
from tests.factories.schedule import CourseFactory, LessonFactory, TermFactory
from tests.support.pages import Element, read

TODAY = "/schedule/today/"
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
# A Wednesday, 10:00 in Shanghai.
NOW = dt.datetime(2026, 9, 2, 2, 0, tzinfo=dt.UTC)


def plan(course: str, minutes: int, **fields: Any) -> Lesson:
    """A lesson of 45 minutes that begins so many minutes from now."""
    starts_at = NOW + minutes * MINUTE
    fields = {"starts_at": starts_at, "ends_at": starts_at + 45 * MINUTE} | fields
    known = Course.objects.filter(name=course).first()
    return LessonFactory.create(course=known or CourseFactory.create(name=course), **fields)


def ring(*bells: str) -> Term:
    """Make the term of this morning, with bell times such as 09:50-10:35."""
    term = TermFactory.create(first_monday=dt.date(2026, 8, 31))
    for number, bell in enumerate(bells, start=1):
        starts, ends = map(dt.time.fromisoformat, bell.split("-"))
        BellTime.objects.create(term=term, number=number, starts=starts, ends=ends)
    return term


def page_of(client: Client, path: str = TODAY) -> Element:
    answer = client.get(path)
    assert answer.status_code == 200
    return read(answer.content).one("main")


def lessons_of(page: Element) -> list[Element]:
    """Its tiles and rows, in their order."""
    return [each for each in page.all("li") if each.classes & {"tile", "day-row"}]


def courses_of(page: Element) -> list[str]:
    return [each.text for each in page.all("span", "lesson-course")]


def summaries_of(page: Element) -> list[str]:
    """The lines that open the lessons of a period."""
    return [each.one("summary").text for each in page.all("details", "day-period")]


def figures_of(page: Element) -> dict[str, int]:
    """The figures above the day, by their words."""
    words = {}
    for figure in page.all("a", "figure"):
        words[figure.one("span").text] = int(figure.one("b").text)
    return words
