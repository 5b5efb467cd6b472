"""The second factor once more: what counts as typed again, and where those without one are led."""

from __future__ import annotations

import datetime as dt
from importlib import import_module

import pytest
import time_machine
from django.conf import settings
from django.contrib.messages import get_messages
from django.contrib.messages.middleware import MessageMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.models import User
from accounts.sign_in.code_again import GOES_ON_WITH, ask_code_again
from tests.cast import SignedIn
from tests.support.pages import read
from tests.support.second_factor import SET_UP, give_second_factor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_counts_of_others")]

AGAIN = "/accounts/second-factor/again/"
PAGE = "/somewhere/"


def request_of(client: Client, person: User) -> HttpRequest:
    """Return a request for a page that needs a code, from the browser."""
    request = RequestFactory().post(PAGE, {"role": "planner"})
    request.user = person
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    MessageMiddleware(lambda _request: HttpResponse()).process_request(request)
    return request


def test_who_has_a_second_factor_types_a_code_first(
    administrator: User, signed_in: SignedIn
) -> None:
    factor = give_second_factor(administrator)
    client = signed_in(administrator)

    led = ask_code_again(request_of(client, administrator), administrator)

    assert led is not None
    assert led["Location"].startswith(f"{AGAIN}?next=")
    client.post(AGAIN, {"code": factor.code()})
    assert ask_code_again(request_of(client, administrator), administrator) is None
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=16)):
        assert ask_code_again(request_of(client, administrator), administrator) is not None


def test_wrong_code_proves_nothing(administrator: User, signed_in: SignedIn) -> None:
    factor = give_second_factor(administrator)
    client = signed_in(administrator)

    answer = client.post(AGAIN, {"code": factor.wrong})

    assert answer.status_code == 200
    assert ask_code_again(request_of(client, administrator), administrator) is not None


def test_password_does_not_do_instead(administrator: User, signed_in: SignedIn) -> None:
    administrator.set_password("correct horse battery")
    administrator.save()
    give_second_factor(administrator)
    client = signed_in(administrator)

    page = read(client.get(AGAIN).content)
    client.post("/accounts/reauthenticate/", {"password": "correct horse battery"})

    assert "/accounts/reauthenticate/" not in [each.attrs.get("href") for each in page.all("a")]
    assert ask_code_again(request_of(client, administrator), administrator) is not None


def test_who_has_none_is_led_to_set_it_up_and_back(
    administrator: User, signed_in: SignedIn
) -> None:
    request = request_of(signed_in(administrator), administrator)

    led = ask_code_again(request, administrator)

    assert led is not None
    assert led["Location"] == SET_UP
    assert request.session[GOES_ON_WITH]["path"] == PAGE
    (told,) = get_messages(request)
    assert "两步验证" in str(told)


def test_superuser_without_one_goes_on(superuser: User, signed_in: SignedIn) -> None:
    client = signed_in(superuser)

    assert ask_code_again(request_of(client, superuser), superuser) is None
    give_second_factor(superuser)
    assert ask_code_again(request_of(client, superuser), superuser) is not None
