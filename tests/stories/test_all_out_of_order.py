"""A school in which everything is out of order at once: each line has its page and something to be done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import User
from schedule.terms.days.national_calendar import published_years
from tests.cast import SignedIn
from tests.support.broken_school import break_everything
from tests.support.pages import Element, read

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("in_china"),  # whose holidays are published for each year
]

START, TODAY, MEND = "/admin/", "/schedule/today/", "/schedule/today/mend/"
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)

OF_ALL_STAFF = {
    "Background work stands still": "What the operator does",
    "The cloud could not make or change the room": "Try again now",
    "The cloud does not record": "Ask for recordings now",
    "The cloud does not tell how": "Check the cloud now",
    "The cloud refuses 1 person": "Try again now",
    "1 lesson within two days is a draft": "Publish or cancel them",
    "Within 14 days, the teacher of 1 lesson": "Choose other teachers",
    "Within 14 days, students are in two lessons": "Resolve them",
    "春季: the school calendar has no holidays": "Enter its holidays",
    "春季: its weekly lessons or days were changed": "Plan its lessons",
    "1 group robot takes no messages": "Try or replace them",
    "1 replay is late or failed": "Check all now",
    "1 deleted replay could not be removed": "See why",
    "1 file is not ready": "Try again now",
    "1 file has been on its way for too long": "Try again now",
}
OF_ADMINISTRATORS = {
    "1 callback of the cloud has failed": "Run again now",
    "No worker takes up 1 callback": "Check the installation",
    "1 notice could not be mailed yet": "Send now",
    "1 family could not be mailed yet": "Send now",
    "There is no backup yet": "How to make one",
}


@pytest.fixture(autouse=True)
def _before_the_calendar_is_published() -> Iterator[None]:
    """A Wednesday in spring of the first year whose holidays nobody knows."""
    day = dt.datetime(max(published_years()) + 1, 3, 10, 1, tzinfo=dt.UTC)
    with time_machine.travel(day, tick=False):
        yield


@pytest.fixture
def _all_broken() -> None:
    break_everything(timezone.now())


def lines_of(client: Client, path: str) -> list[Element]:
    answer = client.get(path)
    assert answer.status_code == 200
    return read(answer.content).one("section", "not-in-order").all("li")


def remedies_of(lines: list[Element], sentences: dict[str, str]) -> dict[str, str]:
    """Return what can be done, by the beginning of the sentence of each line."""
    told = {}
    for line in lines:
        (remedy,) = line.all("button") + line.all("a", "button")
        (sentence,) = [each for each in sentences if line.text.startswith(each)]
        told[sentence] = remedy.text
    return told


@pytest.mark.usefixtures("_all_broken")
def test_each_line_says_what_can_be_done_to_whom_it_concerns(
    signed_in: SignedIn, planner: User, administrator: User, supervisor: User, teacher: User
):
    for user, sentences in (
        (planner, OF_ALL_STAFF),
        (administrator, OF_ALL_STAFF | OF_ADMINISTRATORS),
    ):
        client = signed_in(user, "en")
        for path in (START, TODAY):
            lines = lines_of(client, path)
            assert remedies_of(lines, sentences) == sentences, (user, path)
    answer = signed_in(supervisor, "en").get(TODAY)
    assert read(answer.content).all("section", "not-in-order") == []
    client = signed_in(teacher, "en")
    assert {client.get(path).status_code for path in (START, TODAY)} <= {302, 404}


@pytest.mark.usefixtures("_all_broken")
def test_each_link_opens_for_whom_it_is_shown_and_lists_something(
    signed_in: SignedIn, planner: User, administrator: User
):
    opened: set[str] = set()
    for user, without_link in ((planner, 1), (administrator, 0)):
        client = signed_in(user, "en")
        lines = lines_of(client, START)

        unlinked = [line.text for line in lines if line.all("strong")]
        assert len(unlinked) == without_link, unlinked
        addresses = {link.attrs["href"] for line in lines for link in line.all("a")}
        # What planners may open, administrators may.
        for address in addresses - opened:
            answer = client.get(address)
            assert answer.status_code == 200, (user, address)
            lists = read(answer.content).all("table", id="result_list")
            assert all(len(each.one("tbody").all("tr")) == 1 for each in lists), address
        opened |= addresses
    assert addresses == opened


@pytest.mark.usefixtures("_all_broken")
def test_each_button_can_be_pressed_twice_and_by_two(
    signed_in: SignedIn, planner: User, administrator: User
):
    clients = [signed_in(user, "en") for user in (planner, administrator)]
    # Both look before either presses anything.
    forms = [
        [each for line in lines_of(one, START) for each in line.all("form")] for one in clients
    ]
    assert [len(each) for each in forms] == [7, 10]

    for _ in range(2):
        for client, buttons in zip(clients, forms, strict=True):
            for form in buttons:
                fields = {each.attrs["name"]: each.attrs["value"] for each in form.all("input")}
                answer = client.post(form.attrs["action"], fields)
                assert (answer.status_code, answer["Location"]) == (303, START), fields
