"""The page of a teacher's absence, as tests ask for it and read it."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlencode

from django.utils import timezone

from schedule.models import Lesson
from tests.support.pages import Element

PATH = "/schedule/absences/"


def day_of(days: int) -> str:
    return str(timezone.localdate() + dt.timedelta(days=days))


def address(first: int = 1, last: int | None = None, teacher: str = "teacher") -> str:
    days = {"from": day_of(first), "to": day_of(first if last is None else last)}
    return f"{PATH}?{urlencode({'teacher': teacher, **days})}"


def sent(lesson: Lesson, action: str, **fields: str) -> dict[str, str]:
    """Return what the forms of the page of tomorrow's absence send."""
    of_page = {"absent": "teacher", "from": day_of(1), "to": day_of(1)}
    return {**of_page, "lesson": lesson.code, "action": action, **fields}


def item(page: Element, lesson: Lesson) -> Element:
    return page.one("li", id=f"lesson-{lesson.code}")


def is_shown(page: Element, lesson: Lesson) -> bool:
    return bool(page.all("li", id=f"lesson-{lesson.code}"))


def offered(element: Element, name: str) -> dict[str, str]:
    """The choices of a list, and their words."""
    return {
        option.attrs["value"]: option.text
        for option in element.one("select", name=name).all("option")
    }


def proposals(page: Element) -> list[str]:
    return [each.attrs["value"] for each in page.all("input", name="proposal")]
