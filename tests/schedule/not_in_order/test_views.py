"""The buttons beside what is not in order: what they do, for whom, and where they lead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from accounts.models import User
from schedule.school_day_hooks import NotInOrder, Remedy, not_in_order_makers
from tests.cast import SignedIn
from tests.support.pages import read

pytestmark = pytest.mark.django_db

TODAY, MEND = "/schedule/today/", "/schedule/today/mend/"


@pytest.fixture
def done() -> Iterator[list[str]]:
    """Yield what was done about two things that are not in order: one is the administrators' alone to mend."""
    done: list[str] = []

    def note(what: str) -> str:
        done.append(what)
        return f"{what} was mended."

    def maker(_at: dt.datetime) -> Iterator[NotInOrder]:
        rooms = Remedy("Mend rooms", run=lambda _at: note("rooms"))
        calls = Remedy(
            "Mend calls", run=lambda _at: note("calls"), is_for=lambda user: user.is_administrator
        )
        if "rooms" not in done:
            yield NotInOrder("Rooms are broken.", "/", remedy=rooms, kind="rooms")
        yield NotInOrder(
            *("Calls are broken.", "/"), remedy=calls, kind="calls", is_for=lambda _user: True
        )
        yield NotInOrder("Holidays are missing.", "/", remedy=Remedy("Enter them", "/days/"))

    with not_in_order_makers.only(maker):
        yield done


def said(client: Client, **data: str) -> tuple[str, list[str]]:
    answer = client.post(MEND, data)
    assert answer.status_code == 303
    return answer["Location"], [str(each) for each in get_messages(answer.wsgi_request)]


# Tests read something true where a template cannot call a function; a school reads nothing.
@pytest.mark.usefixtures("lenient_templates")
def test_page_offers_to_each_what_they_may_do(
    signed_in: SignedIn, planner: User, administrator: User, supervisor: User, done: list[str]
):
    offered = {}
    for user in (planner, administrator, supervisor):
        main = read(signed_in(user, "en").get(TODAY).content).one("main")
        section = main.one("section", "not-in-order")
        buttons = [each.text for each in section.all("button")]
        offered[user.username] = buttons, [each.text for each in section.all("a", "button")]

    assert offered == {
        planner.username: (["Mend rooms"], ["Enter them"]),
        administrator.username: (["Mend rooms", "Mend calls"], ["Enter them"]),
        supervisor.username: ([], []),
    }


def test_button_does_it_once_and_leads_back(signed_in: SignedIn, planner: User, done: list[str]):
    client = signed_in(planner, "en")

    assert said(client, kind="rooms", next="/admin/") == ("/admin/", ["rooms was mended."])
    where, words = said(client, kind="rooms", next="https://elsewhere.example/")

    assert (where, done) == (TODAY, ["rooms"])
    assert words[-1] == "There was nothing to be done: it is in order by now."


@pytest.mark.parametrize("kind", ["calls", "", "none", "\0"])
def test_what_somebody_may_not_do_is_not_done(
    signed_in: SignedIn, planner: User, supervisor: User, done: list[str], kind: str
):
    for user in (planner, supervisor):
        said(signed_in(user, "en"), kind=kind)

    assert done == []


def test_it_is_closed_for_others(
    signed_in: SignedIn,
    student: User,
    teacher: User,
    outsider: User,
    client: Client,
    done: list[str],
):
    for user in (student, teacher, outsider):
        assert signed_in(user).post(MEND, {"kind": "rooms"}).status_code == 404
    assert client.post(MEND, {"kind": "rooms"}).status_code == 302

    assert done == []


def test_without_a_button_a_page_leads_to_it(signed_in: SignedIn, planner: User, done: list[str]):
    answer = signed_in(planner).get(MEND)

    assert answer.status_code == 405
    assert read(answer.content).one("main").all("a")[0].attrs["href"] == TODAY
    assert done == []
