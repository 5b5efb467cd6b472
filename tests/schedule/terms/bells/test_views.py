"""Planners' page of a term's bell times."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from schedule.models import Term
from schedule.terms.bells.bell_forms import BellTimesForm
from schedule.terms.bells.bell_times import MOST_BELLS, BellSpan
from schedule.terms.writing import set_bell_times
from tests.cast import SignedIn
from tests.factories.schedule import TermFactory, WeeklyLessonFactory
from tests.support.forms import form_faults
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db

MORNING = [
    BellSpan(dt.time(8), dt.time(8, 45)),
    BellSpan(dt.time(8, 55), dt.time(9, 40)),
]
TEXTS = [("08:00", "08:45"), ("08:55", "09:40")]
FAULTS = [
    ([("08:00", "")], "This time is missing: fill it in, or empty the row."),
    ([("", "08:45")], "This time is missing: fill it in, or empty the row."),
    ([("8 Uhr", "09:00")], "Not a time such as 08:00"),
    ([("08:00\0", "09:00")], "Null characters are not allowed."),
    ([("08:00", "9" * 99)], "Ensure this value has at most 32 characters (it has 99)."),
    ([("08:45", "08:00")], "The end does not lie after the start"),
    ([("08:00", "08:45"), ("08:30", "09:15")], "The period before it ends later than this."),
    (
        [("08:00", "08:45"), ("", ""), ("", ""), ("10:00", "10:45")],
        "This row is empty, and later ones are not: move those up.",
    ),
]
SHOWN_FAULTS = FAULTS[-2:]  # of several rows


@pytest.fixture
def client(planner: User, signed_in: SignedIn) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def term() -> Term:
    return TermFactory.create(name="秋季学期", weeks=4)


def bells_of(term: Term) -> str:
    return f"/schedule/terms/{term.code}/bells/"


def page_of(client: Client, term: Term, *, status: int = 200, **query: Any) -> Element:
    answer = client.get(bells_of(term), query)
    assert answer.status_code == status
    return read(answer.content)


def sent(client: Client, term: Term, data: dict[str, Any], *, status: int) -> Element:
    answer = client.post(bells_of(term), data)
    assert answer.status_code == status
    return read(answer.content)


def known_in(page: Element) -> str:
    return page.one("input", name="known").attrs["value"]


def faults_on(page: Element) -> list[str]:
    return [item.text for faults in page.all("ul", "errors") for item in faults.all("li")]


def rows(*texts: tuple[str, str]) -> dict[str, str]:
    data: dict[str, str] = {}
    for number, (start, end) in enumerate(texts, start=1):
        data |= {f"start_{number}": start, f"end_{number}": end}
    return data


def shown_rows(page: Element) -> list[tuple[str, str]]:
    """The filled rows of the page; all that are empty stand below them."""
    texts = [
        tuple(field.attrs.get("value", "") for field in row.all("input"))
        for row in page.one("table").one("tbody").all("tr")
    ]
    return [(start, end) for start, end in texts if start or end]


def row_count(page: Element) -> int:
    return len(page.one("table").one("tbody").all("tr"))


def test_bell_times_are_edited_on_one_page(client: Client, term: Term):
    set_bell_times(term, MORNING)
    path = bells_of(term)
    page = page_of(client, term)
    assert shown_rows(page) == TEXTS
    assert row_count(page) == 5

    answer = client.post(path, rows(("08:00", "08:40"), *TEXTS[1:], ("10:00", "10:45"), ("", "")))

    assert (answer.status_code, answer["Location"]) == (303, path)
    assert shown_rows(page_of(client, term)) == [
        ("08:00", "08:40"),
        ("08:55", "09:40"),
        ("10:00", "10:45"),
    ]


def test_weekly_lessons_that_follow_are_counted(client: Client, term: Term):
    set_bell_times(term, MORNING)
    WeeklyLessonFactory.create(term=term, first_bell=1, last_bell=1)

    path = bells_of(term)
    client.post(path, rows(("07:50", "08:35"), *TEXTS[1:]))

    assert "1 weekly lesson has another time now." in page_of(client, term).text


def test_none_are_right_too(client: Client, term: Term):
    set_bell_times(term, MORNING)

    assert client.post(bells_of(term), rows(("", ""))).status_code == 303

    assert not term.bell_times.exists()


def test_faults_are_said():
    for texts, fault in FAULTS:
        assert form_faults(BellTimesForm(rows(*texts))) == [fault], texts


def test_fault_is_shown_and_nothing_lost(client: Client, term: Term):
    for texts, fault in SHOWN_FAULTS:
        page = sent(client, term, rows(*texts), status=422)

        assert faults_on(page) == [fault], texts
        assert shown_rows(page) == [text for text in texts if any(text)]
    assert not term.bell_times.exists()


def test_those_that_have_changed_meanwhile_are_said_and_nothing_lost(client: Client, term: Term):
    known = known_in(page_of(client, term))
    sent(client, term, rows(("08:00", "08:45")), status=303)
    mine = rows(("09:00", "09:45"))

    page = sent(client, term, {**mine, "known": known}, status=409)

    assert "Now they are: 08:00–08:45." in page.one("div", "planning-checked").text
    assert shown_rows(page)[0] == ("09:00", "09:45")
    # More rows make nobody see more.
    assert known_in(sent(client, term, {"known": known, "more": "1"}, status=200)) == known
    sent(client, term, {**mine, "known": known_in(page)}, status=303)


def test_one_in_use_is_not_removed(client: Client, term: Term, teacher: User):
    set_bell_times(term, MORNING)
    weekly_lesson = WeeklyLessonFactory.create(
        term=term, teacher=teacher, weekday=3, first_bell=1, last_bell=2
    )

    page = sent(client, term, rows(TEXTS[0]), status=409)

    assert faults_on(page) == [
        "1 weekly lesson is planned by a period that would be gone: "
        f"{weekly_lesson.course} Wed Periods 1–2 ({teacher.display_name}). Change it first."
    ]


def test_button_gives_more_rows_and_keeps_what_was_written(client: Client, term: Term):
    data = rows(*TEXTS, ("10:00", "")) | {"more": "1"}

    page = sent(client, term, data, status=200)

    assert shown_rows(page) == [*TEXTS, ("10:00", "")]
    assert row_count(page) == 6
    assert faults_on(page) == []
    assert not term.bell_times.exists()


def test_rows_are_no_more_than_periods_of_a_day(client: Client, term: Term):
    data = rows(*[("", "")] * MOST_BELLS) | {"more": "1"}

    page = sent(client, term, data, status=200)

    assert row_count(page) == MOST_BELLS
    assert not page.all("button", name="more")


def test_quick_start_fills_in_and_saves_nothing(client: Client, term: Term):
    page = page_of(client, term, count=3, minutes=40, first="08:10", between=5)

    assert shown_rows(page) == [("08:10", "08:50"), ("08:55", "09:35"), ("09:40", "10:20")]
    assert "Nothing is saved yet" in page.one("main").text
    assert not term.bell_times.exists()


def test_quick_start_says_what_is_wrong(client: Client, term: Term):
    set_bell_times(term, MORNING)
    usual = {"count": "3", "minutes": "40", "first": "08:10", "between": "5"}
    wrong: list[tuple[dict[str, str], str]] = [
        ({"count": "20", "minutes": "60"}, "The day ends before the last of them does."),
        ({"first": "noon"}, "Not a time such as 08:00"),
        ({"afternoon": "08:30", "of_morning": "2"}, "The morning ends later than this."),
        ({"count": ""}, "This field is required."),
    ]
    for asked, fault in wrong:
        page = page_of(client, term, status=422, **usual | asked)

        assert faults_on(page) == [fault], asked
        # The page is long, and opens where that is said.
        (focused,) = [each for each in page.all() if "autofocus" in each.attrs]
        assert [each.attrs["href"] for each in focused.all("a")] == [f"#id_{next(iter(asked))}"]
        assert shown_rows(page) == TEXTS, asked


def test_of_another_term_are_filled_in(client: Client, term: Term):
    other = TermFactory.create()
    set_bell_times(other, MORNING)
    (offered,) = page_of(client, term).one("select", name="copy").all("option")
    assert offered.text == other.name

    page = page_of(client, term, copy=offered.attrs["value"])

    assert shown_rows(page) == TEXTS
    assert not term.bell_times.exists()


def test_terms_without_any_are_not_offered(client: Client, term: Term):
    TermFactory.create()

    assert not page_of(client, term).all("select", name="copy")


def test_unknown_term_is_refused(client: Client, term: Term):
    set_bell_times(TermFactory.create(), MORNING)

    page = page_of(client, term, status=422, copy="none")

    assert len(faults_on(page)) == 1
