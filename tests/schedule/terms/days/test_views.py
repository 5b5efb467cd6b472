"""The pages of a term's calendar."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from schedule.enums import DayKind, DaySource
from schedule.models import Term, TermDay
from schedule.terms.days.calendar_days import fill_from_calendar, set_day
from schedule.terms.days.national_calendar import published_years
from tests.cast import SignedIn
from tests.factories.schedule import TermFactory, WeeklyLessonFactory
from tests.support.pages import Element, main

pytestmark = pytest.mark.django_db

HOLIDAY, SATURDAY, USUAL = dt.date(2026, 10, 1), dt.date(2026, 10, 10), dt.date(2026, 10, 14)


@pytest.fixture(autouse=True)
def _in_china(settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"


@pytest.fixture
def term() -> Term:
    term = TermFactory.create(first_monday=dt.date(2026, 8, 31), weeks=16)
    fill_from_calendar(term)
    return term


@pytest.fixture
def client(planner: User, signed_in: SignedIn) -> Client:
    return signed_in(planner, "en")


def days_of(term: Term) -> str:
    return f"/schedule/terms/{term.code}/days/"


def page_of(term: Term, date: dt.date) -> str:
    return f"{days_of(term)}{date}/"


def shown(client: Client, address: str) -> Element:
    answer = client.get(address)
    assert answer.status_code == 200
    return main(answer)


def cell(page: Element, date: dt.date) -> Element:
    (found,) = [each for each in page.all("td") if each.all("time", datetime=str(date))]
    return found


def test_are_for_planners_alone(
    term: Term,
    signed_in: SignedIn,
    teacher: User,
    student: User,
    supervisor: User,
    outsider: User,
):
    page = page_of(term, USUAL)
    for person in (teacher, student, supervisor, outsider):
        client = signed_in(person)
        heard = [client.get(days_of(term)), client.get(page)]
        heard.append(client.post(page, {"kind": "holiday"}))

        assert {answer.status_code for answer in heard} == {404}, person
    assert not TermDay.objects.filter(date=USUAL).exists()


class TestTheTerm:
    def test_is_a_table_week_by_week(self, client: Client, term: Term):
        table = shown(client, days_of(term)).one("table")

        heads = [head.text for head in table.one("thead").all("th")]
        rows = table.one("tbody").all("tr")
        assert heads == ["Week", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
        assert [row.one("th").text for row in rows[:3]] == ["1 odd", "2 even", "3 odd"]
        assert len(rows) == 16
        assert {len(row.all("td")) for row in rows} == {7}

    def test_says_in_words_what_a_day_is(self, client: Client, term: Term):
        page = shown(client, days_of(term))

        assert cell(page, HOLIDAY).text == "10-01 Holiday National Day"
        assert cell(page, SATURDAY).text == "10-10 for Wed Make-up day for National Day proposal"
        assert cell(page, USUAL).text == "10-14"
        assert cell(page, USUAL).link("10-14") == page_of(term, USUAL)

    def test_what_was_saved_is_no_proposal(self, client: Client, term: Term):
        set_day(term, SATURDAY, kind=DayKind.WORKDAY, plan_weekday=3)

        assert cell(shown(client, days_of(term)), SATURDAY).text == "10-10 for Wed"

    def test_says_which_years_are_not_published_and_what_to_do(self, client: Client):
        year = max(published_years()) + 1
        monday = dt.date(year - 1, 12, 28) - dt.timedelta(days=dt.date(year - 1, 12, 28).weekday())
        term = TermFactory.create(first_monday=monday, weeks=10)

        text = shown(client, days_of(term)).text

        assert f"The holidays of {year} are not published yet" in text
        assert "Enter the holidays and school days that you know" in text
        assert f"The holidays of {year - 1}" not in text

    def test_schools_elsewhere_read_nothing_of_it(self, client: Client, term: Term, settings: Any):
        settings.TIME_ZONE = "Europe/Berlin"
        term = TermFactory.create(first_monday=dt.date(2099, 1, 5), weeks=10)

        text = shown(client, days_of(term)).text

        assert "published" not in text
        assert "national calendar" not in text

    def test_costs_the_same_for_many_days(self, client: Client, term: Term):
        short = TermFactory.create(first_monday=dt.date(2028, 1, 3), weeks=1)
        shown(client, days_of(short))

        with CaptureQueriesContext(connection) as one:
            shown(client, days_of(short))
        with CaptureQueriesContext(connection) as many:
            shown(client, days_of(term))

        assert len(many) == len(one)


class TestOneDay:
    def test_shows_what_it_is(self, client: Client, term: Term):
        page = shown(client, page_of(term, SATURDAY))

        assert "2026-10-10 Sat Week 6" in page.text
        assert "is a proposal" in page.text
        chosen = [each.text for each in page.all("option", selected="")]
        assert chosen == ["School day", "Wed"]
        assert page.one("input", name="name").attrs["value"] == "Make-up day for National Day"

    def test_becomes_a_holiday(self, client: Client, term: Term):
        WeeklyLessonFactory.create(term=term)
        answer = client.post(page_of(term, USUAL), {"kind": "holiday", "name": "运动会"})

        assert (answer.status_code, answer["Location"]) == (303, f"{days_of(term)}#week-7")
        day = TermDay.objects.get(date=USUAL)
        assert (day.kind, day.name, day.source) == (DayKind.HOLIDAY, "运动会", DaySource.HAND)
        after = shown(client, days_of(term))
        assert cell(after, USUAL).text == "10-14 Holiday 运动会"
        assert "What is entered here reaches the timetable once the term is planned." in after.text

    def test_one_that_has_changed_meanwhile_is_said_and_nothing_lost(
        self, client: Client, term: Term
    ):
        known = shown(client, page_of(term, USUAL)).one("input", name="known").attrs["value"]
        client.post(page_of(term, USUAL), {"kind": "holiday", "name": "运动会"})

        answer = client.post(
            page_of(term, USUAL), {"kind": "holiday", "name": "校庆", "known": known}
        )

        page = main(answer)
        assert (answer.status_code, TermDay.objects.get(date=USUAL).name) == (409, "运动会")
        assert "Now it is: Holiday · 运动会." in page.text
        assert page.one("input", name="name").attrs["value"] == "校庆"
        known = page.one("input", name="known").attrs["value"]
        again = client.post(page_of(term, USUAL), {"kind": "", "known": known})
        assert (again.status_code, TermDay.objects.filter(date=USUAL).exists()) == (303, False)

    def test_statutory_day_that_has_changed_meanwhile_is_said_in_the_language_of_its_reader(
        self, client: Client, term: Term
    ):
        known = shown(client, page_of(term, SATURDAY)).one("input", name="known").attrs["value"]
        client.post(
            page_of(term, SATURDAY), {"kind": "workday", "plan_weekday": "5", "name": "国庆节调休"}
        )

        answer = client.post(page_of(term, SATURDAY), {"kind": "holiday", "known": known})

        assert "Now it is: for Fri · Make-up day for National Day." in main(answer).text

    @pytest.mark.parametrize("name", ["Make-up day for National Day", "国庆节调休"])
    def test_statutory_day_is_kept_by_one_name_in_every_language(
        self, client: Client, term: Term, name: str
    ):
        client.post(page_of(term, SATURDAY), {"kind": "workday", "plan_weekday": "3", "name": name})

        day = TermDay.objects.get(date=SATURDAY)
        assert (day.name, day.source) == ("国庆节调休", DaySource.HAND)

    def test_becomes_a_school_day_of_another_weekday(self, client: Client, term: Term):
        client.post(page_of(term, SATURDAY), {"kind": "workday", "plan_weekday": "5"})

        assert TermDay.objects.get(date=SATURDAY).plan_weekday == 5

    def test_a_holiday_takes_no_plan(self, client: Client, term: Term):
        client.post(page_of(term, USUAL), {"kind": "holiday", "plan_weekday": "5"})

        assert TermDay.objects.get(date=USUAL).plan_weekday is None

    def test_becomes_as_usual_again(self, client: Client, term: Term):
        for date in (USUAL, HOLIDAY):
            shown_before = {"plan_weekday": "1", "name": "补课"}
            client.post(page_of(term, date), {"kind": "workday", **shown_before})
            client.post(page_of(term, date), {"kind": "", **shown_before})

        assert not TermDay.objects.filter(date=USUAL).exists()
        assert TermDay.objects.get(date=HOLIDAY).source == DaySource.CALENDAR

    def test_says_what_it_is_when_nobody_sets_it(self, client: Client, term: Term):
        first = [
            shown(client, page_of(term, date)).one("select", name="kind").all("option")[0].text
            for date in (USUAL, HOLIDAY, SATURDAY)
        ]

        assert first == [
            "as usual: Wed",
            "as the national calendar says: Holiday · National Day",
            "as the national calendar says: for Wed · Make-up day for National Day",
        ]

    def test_what_cannot_be_is_said_and_nothing_lost(self, client: Client, term: Term):
        for sent in (
            {"kind": "feast"},
            {"kind": "workday", "plan_weekday": "8"},
            {"kind": "holiday", "name": "节" * 65},
            {"kind": "", "name": "运动会"},
            {"kind": "", "name": "", "plan_weekday": "5"},
        ):
            answer = client.post(page_of(term, USUAL), {"name": "运动会", **sent})

            assert answer.status_code == 422, sent
            page = main(answer)
            assert page.all("ul", css_class="errors"), sent
            name = page.one("input", name="name").attrs.get("value", "")
            assert name == sent.get("name", "运动会"), sent
        assert not TermDay.objects.filter(date=USUAL).exists()

    def test_outside_the_term_is_none(self, client: Client, term: Term):
        for days in (-1, 16 * 7):
            page = page_of(term, term.first_monday + dt.timedelta(days=days))

            assert client.get(page).status_code == 404, days
            assert client.post(page, {"kind": "holiday"}).status_code == 404, days
