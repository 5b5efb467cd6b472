"""The page of a weekly lesson's places, and the one click that takes it to one."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from accounts.models import User
from schedule.enums import DayKind
from schedule.models import WeeklyLesson
from schedule.terms.bells.bell_times import BellSpan
from schedule.terms.days.calendar_days import set_days
from schedule.terms.writing import set_bell_times
from schedule.week_grid import DAY
from tests.cast import SignedIn
from tests.factories.schedule import WeeklyLessonFactory
from tests.support.pages import main

pytestmark = pytest.mark.django_db

BELLS = [BellSpan(dt.time(hour), dt.time(hour, 45)) for hour in (8, 9, 10)]


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def weekly_lesson() -> WeeklyLesson:
    weekly_lesson = WeeklyLessonFactory.create(first_bell=1, last_bell=1)
    set_bell_times(weekly_lesson.term, BELLS)
    return weekly_lesson


@pytest.fixture
def other(weekly_lesson: WeeklyLesson) -> WeeklyLesson:
    return WeeklyLessonFactory.create(
        term=weekly_lesson.term, teacher=weekly_lesson.teacher, weekday=3
    )


def path_of(weekly_lesson: WeeklyLesson) -> str:
    return f"/schedule/terms/{weekly_lesson.term.code}/weekly/{weekly_lesson.code}/places/"


def place_of(weekly_lesson: WeeklyLesson) -> tuple[int, dt.time, int | None]:
    weekly_lesson.refresh_from_db()
    return weekly_lesson.weekday, weekly_lesson.starts, weekly_lesson.first_bell


def test_free_places_are_buttons_and_taken_ones_name_by_whom(client, weekly_lesson, other):
    page = main(client.get(path_of(weekly_lesson)))

    texts = {element.attrs["value"]: element.text for element in page.all("button", "place-button")}
    assert texts["2 09:00"] == "Free Tue 09:00"
    # The term's own times may not be those of its class groups.
    assert "Mon Period 1 ·" in page.text
    assert texts[f"3 08:00 {other.code}"].startswith("Swap")
    assert weekly_lesson.teacher.display_name in page.one("span", "place-taken").text


def test_form_of_the_weekly_lesson_leads_here(client, weekly_lesson):
    path = path_of(weekly_lesson)

    page = main(client.get(path.removesuffix("places/")))

    assert page.link("Where is it free?") == path


def test_click_moves_it_to_the_period(client, weekly_lesson):
    answer = client.post(path_of(weekly_lesson), {"place": "2 09:00"})

    assert answer.status_code == 303
    assert answer["Location"].startswith(f"/schedule/terms/{weekly_lesson.term.code}/?class_group=")
    assert place_of(weekly_lesson) == (2, dt.time(9), 2)
    assert weekly_lesson.term.awaits_planning


def test_programs_send_weekday_and_start(client, weekly_lesson):
    client.post(path_of(weekly_lesson), {"weekday": "5", "start": "10:00"})

    assert place_of(weekly_lesson) == (5, dt.time(10), 3)


def test_where_it_is_already_nothing_changes(client, weekly_lesson):
    answer = client.post(path_of(weekly_lesson), {"weekday": "1", "start": "08:00"})

    assert "Nothing was changed." in main(client.get(answer["Location"])).text
    assert place_of(weekly_lesson) == (1, dt.time(8), 1)


def test_click_swaps_both(client, weekly_lesson, other):
    answer = client.post(path_of(weekly_lesson), {"place": f"3 08:00 {other.code}"})

    assert answer.status_code == 303
    assert place_of(weekly_lesson) == (3, dt.time(8), None)
    assert place_of(other) == (1, dt.time(8), 1)


def test_place_that_was_taken_meanwhile_is_named(client, weekly_lesson, other):
    answer = client.post(path_of(weekly_lesson), {"weekday": "3", "start": "08:00"})

    assert answer.status_code == 409
    assert other.course.name in main(answer).one("div", "planning-clashes").text
    assert place_of(weekly_lesson)[0] == 1


def test_what_somebody_else_has_moved_stays(client, weekly_lesson, other):
    known = main(client.get(path_of(weekly_lesson))).one("input", name="known").attrs["value"]
    client.post(path_of(weekly_lesson), {"place": "2 09:00"})

    for sent in ({"place": "2 10:00", "known": known}, {"place": f"4 08:00 {other.code}"}):
        answer = client.post(path_of(weekly_lesson), sent)

        assert answer.status_code == 409
        assert "has changed since" in main(answer).text
    assert place_of(weekly_lesson)[:2] == (2, dt.time(9))


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ({}, "This field is required."),
        ({"weekday": "8", "start": "08:00"}, "less than or equal to 7"),
        ({"weekday": "1", "start": "25:00"}, "ot a time"),
        ({"weekday": "1", "start": "23:30"}, "does not lie after the start"),
        ({"with": "nothing"}, "no weekly lesson with this code"),
    ],
)
def test_what_is_no_place_is_said(client, weekly_lesson, sent, fault):
    answer = client.post(path_of(weekly_lesson), sent)

    assert answer.status_code == 422
    assert fault in main(answer).text


def test_days_off_are_said_and_no_place(client, weekly_lesson):
    term = weekly_lesson.term
    set_days(term, term.first_monday + DAY, term.first_monday + DAY, kind=DayKind.HOLIDAY)
    weekly_lesson.weeks = "1-2"
    weekly_lesson.save()

    page = main(client.get(path_of(weekly_lesson)))
    assert page.one("button", value="2 09:00").text == "Free Tue 09:00"
    assert "1 week lost to holidays" in page.text

    weekly_lesson.weeks = "1"
    weekly_lesson.save()
    assert "2 09:00" not in {
        button.attrs["value"]
        for button in main(client.get(path_of(weekly_lesson))).all("button", "place-button")
    }
    other = WeeklyLessonFactory.create(term=term, weekday=2)
    for sent in ({"place": "2 09:00"}, {"with": other.code}):
        answer = client.post(path_of(weekly_lesson), sent)

        assert answer.status_code == 422
        assert "All of its days there are holidays." in main(answer).text
    assert place_of(weekly_lesson)[0] == 1


def test_swap_with_itself_is_refused(client, weekly_lesson):
    answer = client.post(path_of(weekly_lesson), {"with": weekly_lesson.code})

    assert answer.status_code == 422
    assert "Only two weekly lessons" in main(answer).text


def test_outsiders_find_nothing(signed_in, teacher, weekly_lesson):
    assert signed_in(teacher).get(path_of(weekly_lesson)).status_code == 404
    answer = signed_in(teacher).post(path_of(weekly_lesson), {"place": "2 09:00"})
    assert answer.status_code == 404
