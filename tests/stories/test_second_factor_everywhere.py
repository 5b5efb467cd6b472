"""Staff with a second factor are asked for it at every way of signing in, and nobody else is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts.enums import AuditKind, Role, SignInMethod
from accounts.models import AuditEntry, ExternalAccount, User
from tests.factories.accounts import UserFactory
from tests.support import tickets
from tests.support.fake_cas import FakeCas, success
from tests.support.fake_provider import FakeProvider, forget_provider
from tests.support.second_factor import CODE, Factor, give_second_factor, type_code

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_counts_of_others")]

LOGIN = "/accounts/login/"
PASSWORD = "correct horse battery"
STAFF_PAGE = "/people/"
SUBJECT = "7"

# Comes in with the page that was asked for; returns the last answer.
Way = Callable[[Client, Any], Any]


@pytest.fixture
def planner() -> User:
    return UserFactory.create(username="chief", password=PASSWORD, roles=[Role.PLANNER])


@pytest.fixture
def factor(planner: User) -> Factor:
    return give_second_factor(planner)


@pytest.fixture(params=["password", "administration", "oidc", "cas", "handover"])
def come(request: pytest.FixtureRequest, planner: User, settings: Any) -> Iterator[Way]:
    """A way of signing in that the planner knows."""
    method, open_way = WAYS[request.param]
    with open_way(settings) as (issuer, way):
        if method != SignInMethod.PASSWORD:
            ExternalAccount.objects.create(
                method=method, issuer=issuer, subject=SUBJECT, user=planner
            )
        yield way


@contextmanager
def by_password(_settings: Any) -> Iterator[tuple[str, Way]]:
    def come(client: Client, next_address: str) -> Any:
        typed = {"login": "chief", "password": PASSWORD, "next": next_address}
        return client.post(LOGIN, typed)

    yield "", come


@contextmanager
def by_administration(_settings: Any) -> Iterator[tuple[str, Way]]:
    def come(client: Client, next_address: str) -> Any:
        led = client.get(f"/admin/login/?next={next_address}")
        assert urlsplit(led["Location"]).path == LOGIN
        (next_there,) = parse_qs(urlsplit(led["Location"]).query)["next"]
        return client.post(LOGIN, {"login": "chief", "password": PASSWORD, "next": next_there})

    yield "", come


@contextmanager
def by_oidc(settings: Any) -> Iterator[tuple[str, Way]]:
    with FakeProvider() as provider:
        forget_provider()
        for name, value in provider.settings().items():
            setattr(settings, name, value)
        provider.claims["sub"] = SUBJECT

        def come(client: Client, next_address: str) -> Any:
            return provider.sign_in(client, next=next_address)

        yield provider.issuer, come


@contextmanager
def by_cas(settings: Any) -> Iterator[tuple[str, Way]]:
    with FakeCas() as server:
        settings.CAS_SERVER_URL = server.url
        server.body = success(SUBJECT)

        def come(client: Client, next_address: str) -> Any:
            led = client.post("/accounts/cas/login/", {"next": next_address})
            (service,) = parse_qs(urlsplit(led["Location"]).query)["service"]
            (state,) = parse_qs(urlsplit(service).query)["state"]
            return client.get("/accounts/cas/callback/", {"state": state, "ticket": "ST-1"})

        yield server.url, come


@contextmanager
def by_ticket(settings: Any) -> Iterator[tuple[str, Way]]:
    settings.HANDOVER_KEYS = tickets.handover_keys()
    settings.PUBLIC_BASE_URL = tickets.SITE

    def come(client: Client, next_address: str) -> Any:
        ticket = tickets.ticket(sub=SUBJECT)
        return client.get(tickets.ADDRESS, {"ticket": ticket, "next": next_address})

    yield tickets.ISSUER, come


WAYS = {
    "password": (SignInMethod.PASSWORD, by_password),
    "administration": (SignInMethod.PASSWORD, by_administration),
    "oidc": (SignInMethod.OIDC, by_oidc),
    "cas": (SignInMethod.CAS, by_cas),
    "handover": (SignInMethod.HANDOVER, by_ticket),
}


def test_code_is_asked_for_and_nothing_opens_before(come: Way, factor: Factor):
    client = Client()

    assert come(client, STAFF_PAGE)["Location"] == CODE

    assert client.get(STAFF_PAGE).status_code == 302
    assert type_code(client, factor.wrong).status_code == 200
    assert client.get(STAFF_PAGE).status_code == 302
    assert not AuditEntry.objects.filter(kind=AuditKind.SIGNED_IN).exists()
    assert type_code(client, factor.code())["Location"] == STAFF_PAGE
    assert client.get(STAFF_PAGE).status_code == 200
    assert AuditEntry.objects.filter(kind=AuditKind.SIGNED_IN).count() == 1


# What follows after the first step is the same, whichever way that was: one of ours, and one of others'.
@pytest.mark.parametrize("come", ["password", "handover"], indirect=True)
def test_recovery_code_opens_once(come: Way, factor: Factor):
    code = factor.recovery_codes[0]
    client, later = Client(), Client()
    come(client, STAFF_PAGE)
    come(later, STAFF_PAGE)

    assert type_code(client, code)["Location"] == STAFF_PAGE
    assert type_code(later, code).status_code == 200
    assert later.get(STAFF_PAGE).status_code == 302


@pytest.mark.parametrize("come", ["oidc", "cas", "handover"], indirect=True)
def test_who_sat_there_before_is_signed_out_before_the_code(come: Way, factor: Factor):
    client = Client()
    client.force_login(UserFactory.create(roles=[Role.STUDENT]))
    assert client.get("/schedule/").status_code == 200

    assert come(client, STAFF_PAGE)["Location"] == CODE

    assert client.get("/schedule/").status_code == 302


def test_who_has_none_is_not_asked(come: Way):
    client = Client()

    assert come(client, STAFF_PAGE)["Location"] == STAFF_PAGE

    assert client.get(STAFF_PAGE).status_code == 200
