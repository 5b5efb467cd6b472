"""The page of what recording costs, and its file."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import openpyxl
import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import User
from schedule.enums import CloudStatus
from schedule.models import ClassGroup, Room
from tests.cast import SignedIn
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import ClassGroupFactory, LessonFactory
from tests.support.pages import Element, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_china")]

USAGE, XLSX = "/replays/usage/", "/replays/usage.xlsx"
GIB = 1024**3


@pytest.fixture(autouse=True)
def _in_november() -> Any:
    with time_machine.travel(dt.datetime(2026, 11, 20, 4, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def _held(class_group: ClassGroup) -> None:
    """In November one class of two class groups, 40 minutes long, with a file of unknown size; one in October."""
    groups = (class_group, ClassGroupFactory.create(name="=1+1"))
    for number, (month, size) in enumerate([(10, GIB), (11, None)]):
        begins = timezone.make_aware(dt.datetime(2026, month, 3, 8))  # noqa: DTZ001 -- now it is
        lesson = LessonFactory.create(starts_at=begins, class_groups=groups[: month - 9])
        room = Room.objects.create(
            lesson=lesson,
            sdk_app_id=1,
            room_id=70 + number,
            cloud_status=CloudStatus.ENDED,
            real_started_at=begins,
            real_ended_at=begins + dt.timedelta(minutes=40),
        )
        replay = ReplayFactory.create(lesson=lesson, room=room)
        ReplayFileFactory.create(replay=replay, duration_s=1800, size_bytes=size)


@pytest.fixture
def office(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


def page_of(client: Client, path: str = USAGE) -> Element:
    answer = client.get(path)
    assert answer.status_code == 200
    return read(answer.content).one("main")


def rows_of(table: Element) -> list[list[str]]:
    return [[cell.text for cell in row.all("th") + row.all("td")] for row in table.all("tr")][1:]


@pytest.mark.usefixtures("_held")
def test_page_has_the_whole_year_and_each_month(office: Client, class_group: ClassGroup):
    page = page_of(office)

    whole, october, november = page.all("table")
    name, unknown = class_group.name, "0.00 and 1 file of unknown size"
    school = "The school, each class once"
    assert rows_of(october) == [[name, "1", "40", "30", "1.00"], [school, "1", "40", "30", "1.00"]]
    assert rows_of(november)[-1] == [school, "1", "40", "30", unknown]
    assert [row[0] for row in rows_of(november)] == [name, "=1+1", school]
    assert rows_of(whole)[-1] == [school, "2", "80", "60", "1.00 and 1 file of unknown size"]
    assert page.all("summary")[0].text == (
        "October 2026: 40 minutes held, 30 minutes recorded, 1.00 GB"
    )
    # What is beside the numbers is said.
    assert "counts wholly for each of them, and once for the school" in page.text


@pytest.mark.usefixtures("_held")
def test_file_has_months_by_class_group_and_the_school(office: Client, class_group: ClassGroup):
    link = page_of(office).link("Download as XLSX")

    answer = office.get(link)

    assert link == f"{XLSX}?period=2026"
    assert answer["Content-Disposition"].startswith("attachment")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    by_group, school = ([list(row) for row in sheet.values] for sheet in book)
    assert by_group[1:] == [
        ["2026-10", class_group.name, 1, 40, 0, 1, 30, 0, 1, 0],
        ["2026-11", class_group.name, 1, 40, 0, 1, 30, 0, 0, 1],
        ["2026-11", "'=1+1", 1, 40, 0, 1, 30, 0, 0, 1],
    ]
    assert school[1:] == [
        ["2026-10", 1, 40, 0, 1, 30, 0, 1, 0],
        ["2026-11", 1, 40, 0, 1, 30, 0, 0, 1],
        ["Total", 2, 80, 0, 2, 60, 0, 1, 1],
    ]
    assert len(by_group[0]) == len(by_group[1])


def test_a_time_without_classes_says_so(office: Client):
    page = page_of(office, f"{USAGE}?period=1990")

    assert page.all("table") == []
    assert "No class was held in this time." in page.text


def test_it_is_closed_for_others(
    signed_in: SignedIn, student: User, teacher: User, outsider: User, supervisor: User
):
    for user in (student, teacher, outsider, supervisor):
        for path in (USAGE, XLSX):
            assert signed_in(user).get(path).status_code == 404, (user.username, path)


def test_staff_find_it_beside_the_replays(
    office: Client, signed_in: SignedIn, supervisor: User, administrator: User
):
    assert page_of(office, "/replays/").link("What recording costs") == USAGE
    assert "What recording costs" not in page_of(signed_in(supervisor, "en"), "/replays/").text
    start = read(signed_in(administrator, "en").get("/admin/").content)
    assert start.link("What recording costs") == USAGE
