"""The time of a lesson is chosen as a period of its day."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from schedule.lessons.forms import PlanningForm
from schedule.models import Lesson, Term
from schedule.terms.bells.bell_times import BellSpan
from schedule.terms.writing import set_bell_times
from tests.cast import SignedIn
from tests.factories.schedule import LessonFactory, TermFactory
from tests.support.forms import form_faults
from tests.support.pages import main

pytestmark = pytest.mark.django_db

BELLS = [BellSpan(dt.time(hour), dt.time(hour, 45)) for hour in (8, 9, 10)]
NEW = "/schedule/lessons/new/"


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def term() -> Term:
    term = TermFactory.create()
    set_bell_times(term, BELLS)
    return term


def at(term: Term, hour: int, minute: int = 0) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(term.first_monday, dt.time(hour, minute)))


def wanted(term: Term, **fields: str) -> dict[str, str]:
    named = {"course": "语文课", "teacher": "teacher", "class_groups": "三年级1班"}
    return {**named, "date": f"{term.first_monday}", **fields}


def test_periods_of_the_day_are_offered(client, term):
    page = main(client.get(NEW, {"date": f"{term.first_monday}"}))

    assert [option.text for option in page.one("select", name="first_bell").all("option")] == [
        "By the clock",
        "Period 1 08:00–08:45",
        "Period 2 09:00–09:45",
        "Period 3 10:00–10:45",
    ]


def test_day_without_periods_offers_none(client):
    page = main(client.get(NEW))

    assert not page.all("select", name="first_bell")
    assert "required" in page.one("input", name="start").attrs


@pytest.mark.parametrize(("last", "ends"), [("", (9, 45)), ("3", (10, 45))])
def test_new_lesson_is_planned_by_periods(client, term, teacher, class_group, last, ends):
    answer = client.post(NEW, wanted(term, first_bell="2", last_bell=last))

    assert answer.status_code == 303
    lesson = Lesson.objects.get()
    assert (lesson.starts_at, lesson.ends_at) == (at(term, 9), at(term, *ends))


def test_lesson_is_moved_to_a_period_though_its_times_stand_in_the_form(client, term):
    lesson = LessonFactory.create(starts_at=at(term, 8))
    path = f"/schedule/lessons/{lesson.code}/change/"

    answer = client.post(path, {"start": "08:00", "end": "08:45", "first_bell": "3"})

    assert answer.status_code == 303
    lesson.refresh_from_db()
    assert (lesson.starts_at, lesson.ends_at) == (at(term, 10), at(term, 10, 45))


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ({"first_bell": "4"}, "This day has no period 4."),
        ({"first_bell": "2", "last_bell": "1"}, "The last period lies before the first."),
        ({"last_bell": "1", "start": "08:00", "end": "08:45"}, "Choose the first period too."),
        ({"first_bell": "2", "start": "08:00"}, "Choose periods or write the time, not both."),
        ({"first_bell": "x"}, "Enter a whole number."),
        ({"first_bell": "1", "date": "2001-01-01"}, "This day has no period 1."),
        ({"start": "08:00"}, "This field is required."),
    ],
)
def test_faults_are_said(planner, term, teacher, class_group, sent, fault):
    assert fault in form_faults(PlanningForm(wanted(term, **sent)))
