"""The attendance of a child on the page of their family."""

from __future__ import annotations

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.models import SchoolSettings, User
from attendance.enums import AttendanceState
from attendance.overviews import family_section
from attendance.overviews.family_section import attendance_section
from schedule.hooks import Panel
from schedule.models import ClassGroup, FamilyLink, Term
from tests.factories.attendance import counted_lesson
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db


def section_of(child: User, **school: bool) -> Panel | None:
    settings = SchoolSettings(**school)
    return attendance_section(child, FamilyLink(), "token", settings, timezone.now())


def shown(child: User) -> Element:
    with translation.override("en"):
        panel = section_of(child)
        assert panel is not None
        return read(f"<main>{render_to_string(panel.template, {'panel': panel})}</main>").one(
            "main"
        )


@pytest.fixture
def _lessons(
    term: Term, teacher: User, class_group: ClassGroup, student: User, classmate: User
) -> None:
    """Present, late, absent, excused, and one whose statistics have not come; the classmate was always there."""
    stays = [(0, 45), (7, 45), None, None, (0, 45)]
    made = [
        counted_lesson(
            teacher,
            class_group,
            {student: stay, classmate: (0, 45)},
            days=-number,
            has_come=number != 5,
        )
        for number, stay in enumerate(stays, start=1)
    ]
    made[3].people.filter(person=student).update(
        corrected_state=AttendanceState.EXCUSED, correction_reason="病假", corrected_by=teacher
    )


@pytest.mark.usefixtures("_lessons")
def test_says_the_term_and_the_last_lessons_as_the_childs_own_page_does(
    student: User, classmate: User
):
    facts = shown(student).one("dl")
    counted = dict(
        zip(
            [word.text for word in facts.all("dt")],
            [count.text for count in facts.all("dd")],
            strict=True,
        )
    )

    assert counted == {
        "秋季学期": "66.6%",
        "Present": "1",
        "Late": "1",
        "Absent": "1",
        "Excused": "1",
        "Provisional": "1",
    }
    last, absences = shown(student).all("ul")
    assert [mark.text.split(" ", 1)[1] for mark in last.all("span", "mark")] == [
        *("Present", "Late", "Absent", "Excused", "Provisional")
    ]
    assert [mark.text.split(" ", 1)[1] for mark in absences.all("span", "mark")] == [
        *("Absent", "Excused")
    ]
    assert "100%" in shown(classmate).text


@pytest.mark.usefixtures("_lessons")
def test_says_nothing_of_others_and_leads_to_no_page_behind_a_sign_in(
    student: User, classmate: User
):
    page = shown(student)

    assert classmate.display_name not in page.text
    assert page.all("a") == []


@pytest.mark.usefixtures("_lessons")
def test_counts_the_absences_that_it_does_not_list(student: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(family_section, "ABSENCES_SHOWN", 1)

    assert "And 1 earlier one in this term." in shown(student).text


@pytest.mark.usefixtures("_lessons")
def test_is_not_there_where_the_school_shows_families_no_attendance(student: User):
    assert section_of(student, families_see_attendance=False) is None


def test_child_of_whom_nothing_was_counted_is_said_so(student: User, term: Term):
    page = shown(student)

    assert "秋季学期: no class has been counted yet." in page.text
    assert page.all("ul") == []


def test_child_who_is_always_there_has_no_absences(
    student: User, teacher: User, class_group: ClassGroup, term: Term
):
    counted_lesson(teacher, class_group, {student: (0, 45)}, days=-1)

    assert "None in this term." in shown(student).text


@pytest.mark.usefixtures("_lessons")
def test_takes_two_queries(student: User):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        section_of(student)

    assert len(captured) == 2
