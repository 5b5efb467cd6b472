"""Signing in by CAS beside a real server of it (django-cas-server)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from django.test import Client

from accounts.enums import Role
from accounts.models import User
from tests.support.cas_server import CasServer, come_back_from, new_browser

pytestmark = [pytest.mark.django_db, pytest.mark.processes]

BEGIN = "/accounts/cas/login/"
CALLBACK = "/accounts/cas/callback/"
# Nobody listens there: the test's own client takes what comes back.
SITE = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _school(cas_server: CasServer, settings: Any) -> None:
    settings.CAS_SERVER_URL = cas_server.url
    settings.CAS_ROLE_ATTRIBUTE = "eduPersonAffiliation"
    settings.CAS_TEACHER_VALUES = ["faculty"]
    settings.PUBLIC_BASE_URL = SITE


@pytest.fixture
def browser_there() -> requests.Session:
    return new_browser()


@pytest.fixture
def address_with_ticket(client: Client, browser_there: requests.Session) -> Callable[[str], str]:
    """Begin here and sign in there; what comes back is a path of ours, with a ticket."""

    def come_back(username: str) -> str:
        there = client.post(BEGIN)["Location"]
        address = come_back_from(browser_there, there, username)
        assert address.startswith(f"{SITE}{CALLBACK}?")
        return address.removeprefix(SITE)

    return come_back


def ticket_in(address: str) -> str:
    (ticket,) = parse_qs(urlsplit(address).query)["ticket"]
    return ticket


def is_signed_in(client: Client) -> bool:
    return client.get("/schedule/").status_code == 200


@pytest.mark.parametrize(
    ("username", "name", "role"),
    [
        ("li.ming", "李明", Role.TEACHER),
        ("wang.wu", "王五", Role.STUDENT),
        # The server says no role of this person: a new person is a student.
        ("zhao.liu", "赵六", Role.STUDENT),
    ],
)
def test_person_comes_in_as_the_server_says(
    client: Client,
    address_with_ticket: Callable[[str], str],
    username: str,
    name: str,
    role: Role,
) -> None:
    answer = client.get(address_with_ticket(username))

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert is_signed_in(client)
    person = User.objects.get(username=username)
    assert person.display_name == name
    assert person.roles == {role}


def test_who_is_signed_in_there_comes_in_by_a_click(
    client: Client,
    browser_there: requests.Session,
    address_with_ticket: Callable[[str], str],
) -> None:
    client.get(address_with_ticket("li.ming"))
    client.logout()

    page = browser_there.get(client.post(BEGIN)["Location"], allow_redirects=False)

    assert page.is_redirect
    assert client.get(page.headers["Location"].removeprefix(SITE)).status_code == 302
    assert is_signed_in(client)


def come_with(ticket: str) -> Client:
    """A browser that has begun a sign-in, and comes back with this ticket."""
    client = Client()
    (service,) = parse_qs(urlsplit(client.post(BEGIN)["Location"]).query)["service"]
    (state,) = parse_qs(urlsplit(service).query)["state"]
    assert client.get(CALLBACK, {"state": state, "ticket": ticket}).status_code == 403
    return client


def test_ticket_is_good_once(client: Client, address_with_ticket: Callable[[str], str]) -> None:
    address = address_with_ticket("li.ming")
    client.get(address)

    assert not is_signed_in(come_with(ticket_in(address)))


def test_ticket_that_another_browser_asked_for_opens_nothing(
    address_with_ticket: Callable[[str], str],
) -> None:
    assert not is_signed_in(come_with(ticket_in(address_with_ticket("li.ming"))))


def test_ticket_of_another_service_opens_nothing(
    cas_server: CasServer, browser_there: requests.Session
) -> None:
    there = f"{cas_server.url}/login?{urlencode({'service': 'https://library.example/'})}"
    address = come_back_from(browser_there, there, "li.ming")

    assert not is_signed_in(come_with(ticket_in(address)))


def test_forged_ticket_opens_nothing() -> None:
    assert not is_signed_in(come_with("ST-1-forged"))
