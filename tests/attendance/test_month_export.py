"""The attendance of a month as a file: at once, or by a worker where it is long."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from accounts.models import User
from attendance.models import LessonAttendance
from attendance.month_export import files
from attendance.month_export import work as month_export_work
from schedule.models import ClassGroup, Work
from schedule.work.writing import do_long_work
from tests.cast import SignedIn
from tests.factories.attendance import counted_lesson
from tests.factories.schedule import CourseFactory, school_time
from tests.support.long_work import address_of

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases("held periods are read as JSON")]

FILE = "/attendance/lessons.xlsx"


@pytest.fixture
def month() -> str:
    return f"?month={timezone.localdate(school_time(-1, 0)):%Y-%m}"


@pytest.fixture
def counted(teacher: User, class_group: ClassGroup, student: User) -> LessonAttendance:
    made = counted_lesson(
        teacher,
        class_group,
        {student: (7, 45)},
        course=CourseFactory.create(name="语文课"),
        title="=1+1",
    )
    made.people.filter(person=student).update(
        corrected_state="excused", corrected_by=teacher, correction_reason="病假", watched_s=90
    )
    return made


def rows_of(content: bytes) -> list[tuple[Any, ...]]:
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    return list(sheet.iter_rows(values_only=True))


def test_a_row_a_person_and_lesson_with_real_cells(
    signed_in: SignedIn,
    planner: User,
    teacher: User,
    student: User,
    class_group: ClassGroup,
    counted: LessonAttendance,
    month: str,
):
    answer = signed_in(planner, "en").get(FILE + month)

    head, *rows = rows_of(answer.content)
    (row,) = [row for row in rows if row[7] == student.username]
    day = timezone.localdate(counted.lesson.starts_at)
    midnight = dt.datetime.combine(day, dt.time())
    assert dict(zip(head, row, strict=True)) == {
        "Date": midnight,
        "Start": dt.time(8),
        "End": dt.time(8, 45),
        "Course": "语文课",
        "Lesson title": "'=1+1",
        "Teacher": teacher.display_name,
        "Class group": class_group.name,
        "Username": student.username,
        "Name": student.display_name,
        "As": "Student",
        "State": "Excused",
        "Planned minutes": 45,
        "Minutes really held": 45,
        "Minutes in class": 38,
        "Came": midnight + dt.timedelta(hours=8, minutes=7),
        "Left": midnight + dt.timedelta(hours=8, minutes=45),
        "Minutes watched": 1.5,
        "Corrected by": teacher.display_name,
        "Reason": "病假",
    }
    assert sorted(row[9] for row in rows) == ["Student", "Teacher"]


def test_other_months_and_what_was_not_held_are_no_rows(
    signed_in: SignedIn, planner: User, counted: LessonAttendance, month: str
):
    client = signed_in(planner)

    assert len(rows_of(client.get(f"{FILE}?month=2020-01").content)) == 1
    counted.stage = "not_held"
    counted.save()
    assert len(rows_of(client.get(FILE + month).content)) == 1


def test_a_malformed_month_is_this_month(signed_in: SignedIn, planner: User):
    for query in ("", "?month=", "?month=2026-13", "?month=x", "?month=%00"):
        answer = signed_in(planner, "en").get(FILE + query)
        assert f"{timezone.localdate():%Y-%m}.xlsx" in answer["Content-Disposition"], query


def test_staff_alone_have_it(
    signed_in: SignedIn,
    planner: User,
    administrator: User,
    teacher: User,
    supervisor: User,
    student: User,
):
    for person in (planner, administrator):
        assert signed_in(person).get(FILE).status_code == 200, person
    for person in (teacher, supervisor, student):
        assert signed_in(person).get(FILE).status_code == 404, person


def test_a_long_one_is_made_by_a_worker_as_the_request_would(
    signed_in: SignedIn,
    planner: User,
    counted: LessonAttendance,
    month: str,
    monkeypatch: pytest.MonkeyPatch,
):
    client = signed_in(planner, "en")
    at_once = rows_of(client.get(FILE + month).content)
    monkeypatch.setattr(month_export_work, "LONG_FROM_ROWS", 1)

    answer = client.get(FILE + month)

    work = Work.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, address_of(work))
    do_long_work(timezone.now())
    assert rows_of(client.get(f"{address_of(work)}file/").content) == at_once
    work.refresh_from_db()
    assert work.row_count == 2


def test_portions_are_in_the_order_of_time(
    signed_in: SignedIn,
    planner: User,
    teacher: User,
    class_group: ClassGroup,
    student: User,
    counted: LessonAttendance,
    month: str,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(files, "LESSONS_A_PORTION", 1)
    counted_lesson(teacher, class_group, {student: (0, 45)}, hour=6)

    rows = rows_of(signed_in(planner).get(FILE + month).content)

    assert [row[1] for row in rows[1:]] == [dt.time(6)] * 2 + [dt.time(8)] * 2


def test_hours_lead_staff_there(
    signed_in: SignedIn,
    planner: User,
    supervisor: User,
    counted: LessonAttendance,
    month: str,
):
    def leads(person: User) -> bool:
        page = signed_in(person).get(f"/schedule/hours/{month}")
        return f'href="{FILE}{month}"' in page.content.decode()

    assert leads(planner)
    assert not leads(supervisor)
