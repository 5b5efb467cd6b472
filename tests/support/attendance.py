"""Attendance in tests: the address of a lesson's page, and its tables as a reader sees them."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from attendance.models import PersonAttendance
from schedule.models import Lesson
from tests.support.pages import Element, read


def page_of(lesson: Lesson) -> str:
    return f"/schedule/lessons/{lesson.code}/attendance/"


def row_of(lesson: Lesson, person: User) -> PersonAttendance:
    return PersonAttendance.objects.get(attendance=lesson.pk, person=person)


def main_of(answer: Any) -> Element:
    return read(answer.content).one("main")


def lines_of(page: Element, head: str = "students-head") -> dict[str, list[str]]:
    """Return the rows of a table by the first word of each, which is a name."""
    table = page.one("table", **{"aria-labelledby": head})
    rows = [[cell.text for cell in row.all("td")] for row in table.one("tbody").all("tr")]
    return {row[0].split()[0]: row[1:] for row in rows}
