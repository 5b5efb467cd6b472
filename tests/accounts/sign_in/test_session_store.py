"""Sessions by the key in a cookie, which anybody may write."""

from __future__ import annotations

import datetime as dt

import pytest
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Session
from accounts.sign_in.session_store import EXTERNAL_ID, SIGN_IN, VISITOR_LASTS, SessionStore, SignIn
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
        store[HASH_SESSION_KEY] = person.get_session_auth_hash()

        store.save()

        row = Session.objects.get()
        assert (row.user, row.method, row.address) == (person, "cas", "192.0.2.7")
        assert (row.user_agent, row.signed_in_at, row.external_id) == ("Firefox", at, "ST-1")
        assert row.auth_hash == person.get_session_auth_hash()

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


class TestVisitors:
    """Anybody makes as many of these as they like."""

    def test_session_lasts_no_longer_than_a_sign_in_takes(self) -> None:
        store = SessionStore()
        store["anything"] = 1

        store.save()

        lasts = Session.objects.get().expire_date - timezone.now()
        assert lasts <= VISITOR_LASTS

    def test_session_of_who_signs_in_lasts_as_others_do(self) -> None:
        store = SessionStore()
        store["anything"] = 1
        store.save()

        store[SESSION_KEY] = str(UserFactory.create().pk)
        store.cycle_key()
        store.save()

        lasts = Session.objects.get().expire_date - timezone.now()
        assert lasts > dt.timedelta(days=13)

    def test_sessions_that_are_over_go_within_an_hour(self) -> None:
        schedule = settings.CELERY_BEAT_SCHEDULE["accounts.forget_old_sessions"]["schedule"]

        assert len(schedule.hour) == 24


def test_visitor_has_no_session(client: Client) -> None:
    client.get("/accounts/login/")

    assert not Session.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestStatements:
    """Each of these is one, as the server makes them, in no transaction of a test's."""

    def test_new_session(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        store = SessionStore()
        store["anything"] = 1

        with django_assert_num_queries(1):
            store.save()

        assert SessionStore(store.session_key)["anything"] == 1

    def test_session_that_is_written_again(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        store = SessionStore()
        store.create()
        store["anything"] = 1

        with django_assert_num_queries(1):
            store.save()

    def test_session_under_a_new_key(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        store = SessionStore()
        store.create()

        with django_assert_num_queries(1):
            store.cycle_key()
            store.save()

    def test_session_that_ends(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        store = SessionStore()
        store.create()

        with django_assert_num_queries(1):
            store.flush()

        assert not Session.objects.exists()


class TestNewKey:
    def test_takes_all_along_and_leaves_nothing_behind(self) -> None:
        store = SessionStore()
        store["anything"] = 1
        store.save()
        old_key = store.session_key

        store.cycle_key()
        store.save()

        (row,) = Session.objects.all()
        assert row.session_key == store.session_key != old_key
        assert SessionStore(store.session_key)["anything"] == 1

    def test_is_another_session_for_who_had_the_old_one(self) -> None:
        store = SessionStore()
        store.create()
        (old,) = Session.objects.all()
        code, old_key = old.code, old.session_key

        store.cycle_key()
        store["anything"] = 1
        store.save()

        assert Session.objects.get().code != code
        assert not SessionStore(old_key).get("anything")

    def test_twice_within_a_request(self) -> None:
        store = SessionStore()
        store.create()

        store.cycle_key()
        store.cycle_key()
        store.save()

        assert Session.objects.get().session_key == store.session_key

    def test_of_a_session_that_ended_meanwhile(self) -> None:
        store = SessionStore()
        store["anything"] = 1
        store.save()
        store.cycle_key()
        Session.objects.all().delete()

        store.save()

        assert SessionStore(store.session_key)["anything"] == 1

    def test_of_a_session_that_ends_at_once(self) -> None:
        store = SessionStore()
        store.create()

        store.cycle_key()
        store.flush()

        assert not Session.objects.exists()

    def test_of_a_visitor_without_a_session(self) -> None:
        store = SessionStore()
        store.cycle_key()
        store["anything"] = 1
        store.save()

        assert SessionStore(store.session_key)["anything"] == 1

    def test_is_random_and_long(self) -> None:
        keys = {SessionStore()._get_new_session_key() for _number in range(100)}

        assert len(keys) == 100
        assert {len(key) for key in keys} == {32}

    @pytest.mark.django_db(transaction=True)
    def test_that_is_somebodys_is_not_written_over(self, monkeypatch: pytest.MonkeyPatch) -> None:
        theirs = SessionStore()
        theirs["whose"] = "theirs"
        theirs.save()
        keys = iter([theirs.session_key, "a" * 32])
        monkeypatch.setattr(SessionStore, "_get_new_session_key", lambda _store: next(keys))

        store = SessionStore()
        store["whose"] = "ours"
        store.save()

        assert store.session_key == "a" * 32
        assert SessionStore(theirs.session_key)["whose"] == "theirs"
