"""The rules of a course: on its page, and the page that changes them."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation

from accounts.audit_words import details_in_words
from accounts.models import AuditEntry, User
from attendance.models import CourseRules
from schedule.models import Course
from tests.cast import SignedIn
from tests.factories.schedule import CourseFactory
from tests.support.attendance import main_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def course() -> Course:
    return CourseFactory.create(name="体育课", code="PE")


@pytest.fixture
def office(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


RULES = "/attendance/courses/PE/"


def test_rules_of_a_course_are_set_and_the_empty_ones_are_the_schools(
    office: Client, course: Course
):
    answer = office.post(RULES, {"late_after_min": "10", "absent_below_percent": "80"})

    assert (answer.status_code, answer["Location"]) == (303, "/courses/PE/")
    page = main_of(office.get("/courses/PE/"))
    said = (
        "Late: more than 10 minutes after the start. Left early: more than 5 minutes before the end. "
        "Absent: in class for less than 80 % of it."
    )
    assert said in page.text
    assert "Rules of this course." in page.text
    (entry,) = AuditEntry.objects.filter(object_text="体育课", kind="attendance_rules_changed")
    with translation.override("en"):
        assert details_in_words(entry) == "–/–/– → 10/–/80"


def test_emptied_they_are_the_schools_again_and_none_goes_with_the_course(
    office: Client, course: Course
):
    CourseRules.objects.create(course=course, late_after_min=0)
    deletion = "/courses/PE/delete/"
    assert "Attendance rules" in main_of(office.get(deletion)).text

    office.post(RULES, {})

    assert not CourseRules.objects.exists()
    assert "The school's rules." in main_of(office.get("/courses/PE/")).text
    assert "Attendance rules" not in main_of(office.get(deletion)).text


@pytest.mark.parametrize(
    "fields",
    [
        {"late_after_min": "-1"},
        {"late_after_min": "121"},
        {"left_early_min": "x"},
        {"absent_below_percent": "0"},
        {"absent_below_percent": "101"},
    ],
)
def test_rules_outside_their_bounds_are_refused(
    office: Client, course: Course, fields: dict[str, str]
):
    assert office.post(RULES, fields).status_code == 422
    assert not CourseRules.objects.exists()


def test_older_form_is_refused_and_shows_what_is_there(office: Client, course: Course):
    known = main_of(office.get(RULES)).one("input", name="known").attrs["value"]
    CourseRules.objects.create(course=course, late_after_min=7)

    answer = office.post(RULES, {"late_after_min": "9", "known": known})

    assert answer.status_code == 409
    assert "7 → 9" in main_of(answer).text
    assert CourseRules.objects.get().late_after_min == 7
