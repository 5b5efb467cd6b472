"""Sessions by the key in a cookie, which anybody may write."""

from __future__ import annotations

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Session
from accounts.session_store import EXTERNAL_ID, SIGN_IN, SessionStore, SignIn
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

WITH_NUL = "\0" * 32


def test_key_that_is_none_of_ours_is_not_looked_up(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        assert SessionStore(WITH_NUL).get("anything") is None


def test_cookie_with_nul_leads_to_the_sign_in(client: Client) -> None:
    quoted = "\\000" * 32

    response = client.get("/schedule/", headers={"Cookie": f'sessionid="{quoted}"'})

    assert response.status_code == 302


class TestColumns:
    def test_say_whose_session_it_is_and_how_it_began(self) -> None:
        person = UserFactory.create()
        at = timezone.now()
        store = SessionStore()
        store[SESSION_KEY] = str(person.pk)
        store[SIGN_IN] = SignIn(
            method="cas", address="192.0.2.7", user_agent="Firefox", at=at.isoformat()
        )
        store[EXTERNAL_ID] = "ST-1"

        store.save()

        row = Session.objects.get()
        assert (row.user, row.method, row.address) == (person, "cas", "192.0.2.7")
        assert (row.user_agent, row.signed_in_at, row.external_id) == ("Firefox", at, "ST-1")

    def test_follow_what_the_session_says_later(self) -> None:
        person = UserFactory.create()
        store = SessionStore()
        store.create()
        assert Session.objects.get().user is None

        store[SESSION_KEY] = str(person.pk)
        store.save()

        assert Session.objects.get().user == person

    def test_code_stays_while_the_session_changes(self) -> None:
        store = SessionStore()
        store.create()
        code = Session.objects.get().code

        store["anything"] = 1
        store.save()

        assert Session.objects.get().code == code
        assert code not in str(store.session_key)

    def test_session_that_was_ended_is_not_written_again(self) -> None:
        store = SessionStore()
        store.create()
        Session.objects.all().delete()

        store["anything"] = 1
        with pytest.raises(UpdateError):
            store.save()

        assert not Session.objects.exists()


def test_visitor_has_no_session(client: Client) -> None:
    client.get("/accounts/login/")

    assert not Session.objects.exists()
