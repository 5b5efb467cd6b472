"""The hours of everybody as a file, where a worker makes it."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from schedule.hours import export_work
from schedule.hours.export_work import LONG_FROM_ROWS
from schedule.hours.months import Month
from schedule.hours.reading import counted_lessons, hours_of, listed_count
from schedule.models import Lesson, Work
from schedule.work.writing import do_long_work
from tests.cast import SignedIn
from tests.factories.schedule import LessonFactory
from tests.support.long_work import address_of
from tests.support.pages import main

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.both_databases("files are kept as bytes"),
]

XLSX = "/schedule/hours.xlsx"


@pytest.fixture
def lessons(teacher: User, other_teacher: User) -> list[Lesson]:
    lesson = LessonFactory.create(teacher=teacher)
    lesson.assistants.add(other_teacher)
    return [lesson]


@pytest.fixture
def month(lessons: list[Lesson]) -> Month:
    return Month.holding(timezone.localdate(lessons[0].starts_at))


@pytest.fixture
def office(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def one_is_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_work, "LONG_FROM_ROWS", 1)


def sheets_of(content: bytes) -> list[list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets]


@pytest.mark.usefixtures("one_is_many")
def test_a_worker_makes_the_file_that_the_request_would(
    office: Client, month: Month, monkeypatch: pytest.MonkeyPatch
):
    asked = office.get(f"{XLSX}?month={month}")
    work = Work.objects.get()
    assert (asked.status_code, asked["Location"]) == (303, address_of(work))
    assert work.row_count == 2

    do_long_work(timezone.now())

    page = main(office.get(asked["Location"]))
    assert page.one("h1").text == f"Teaching hours of {month} as XLSX"
    file = office.get(page.link("Download the file"))
    monkeypatch.setattr(export_work, "LONG_FROM_ROWS", LONG_FROM_ROWS)
    at_once = office.get(f"{XLSX}?month={month}")
    assert file["Content-Disposition"] == at_once["Content-Disposition"]
    assert file["Content-Type"] == at_once["Content-Type"]
    assert sheets_of(file.content) == sheets_of(at_once.content)


@pytest.mark.usefixtures("one_is_many")
def test_those_of_one_person_come_at_once(office: Client, month: Month):
    assert office.get(f"{XLSX}?month={month}&teacher=teacher").status_code == 200
    assert not Work.objects.exists()


def test_lines_are_counted_without_reading_them(month: Month):
    at = timezone.now()

    assert listed_count(hours_of(month, at=at)) == len(counted_lessons(month, at=at)) == 2
