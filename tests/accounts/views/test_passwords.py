"""A password for somebody who has none: set shortly after signing in, and not on a screen that was left open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.support import tickets
from tests.support.pages import main
from tests.support.second_factor import CODE, give_second_factor, type_code

pytestmark = pytest.mark.django_db

SET_PASSWORD = "/accounts/password/set/"
PASSWORD = "korrekt pferd batterie 7"


@pytest.fixture(autouse=True)
def _keys(settings: Any) -> None:
    settings.HANDOVER_KEYS = tickets.handover_keys()
    settings.PUBLIC_BASE_URL = tickets.SITE
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def client() -> Client:
    client = Client()
    assert come(client)["Location"] == "/"
    return client


@pytest.fixture
def later() -> Iterator[None]:
    timeout = dt.timedelta(seconds=django_settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)
    with time_machine.travel(timezone.now() + timeout + dt.timedelta(minutes=1), tick=True):
        yield


def come(client: Client) -> Any:
    return client.get(tickets.ADDRESS, {"ticket": tickets.ticket()})


def set_password(client: Client) -> Any:
    return client.post(SET_PASSWORD, {"password1": PASSWORD, "password2": PASSWORD})


def has_password() -> bool:
    return User.objects.get().has_usable_password()


def test_shortly_after_signing_in(client: Client):
    assert set_password(client)["Location"] == "/"

    assert has_password()


def test_later_the_person_signs_in_once_more(client: Client, later: None):
    for answer in (client.get(SET_PASSWORD), set_password(client)):
        page = main(answer)
        assert "Sign in once more" in page.text
        (form,) = page.forms_to("/accounts/logout/")
        assert form.one("input", name="next").attrs["value"] == (
            f"/accounts/login/?next={SET_PASSWORD}"
        )

    assert not has_password()


def test_later_who_has_a_second_factor_shows_it(client: Client, later: None):
    give_second_factor(User.objects.get())

    answer = set_password(client)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/second-factor/code-again/")
    assert not has_password()


def test_second_factor_at_the_sign_in_is_proof_too(client: Client):
    factor = give_second_factor(User.objects.get())
    browser = Client()
    assert come(browser)["Location"] == CODE
    type_code(browser, factor.code())

    set_password(browser)

    assert has_password()
