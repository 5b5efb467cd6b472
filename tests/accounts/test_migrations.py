"""Rows that were there before a migration are what they were after it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DjangoStore
from django.contrib.sessions.models import Session as DjangoSession
from django.core import signing
from django.utils import timezone

from accounts.sign_in.session_store import SessionStore
from tests.support.migrations import end_with_all, migrate

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.both_databases("sessions are written in bulk, and no kept release has any")
def test_rows_keep_what_they_say():
    """One way back and forward for all migrations of rows: most of a test's time is the way."""
    with end_with_all():
        notices_keep_their_turn_and_identities_that_wait_are_due()
        who_is_signed_in_stays_so()
        sign_ins_are_known_by_the_password_they_belong_to()


def notices_keep_their_turn_and_identities_that_wait_are_due() -> None:
    apps_before = migrate(("accounts", "0008_identities_put_off"))
    at = timezone.now()
    user = apps_before.get_model("accounts", "User").objects.create(username="a", display_name="a")
    notices = apps_before.get_model("accounts", "Notice").objects
    notices.create(user=user, kind="k", cause="c", address="/", next_mail_at=at, mail_tries=2)
    identities = apps_before.get_model("accounts", "ClassroomIdentity").objects
    identities.create(user=user, sdk_app_id=1, attempts=4)
    identities.create(user=user, sdk_app_id=2, state="failed")
    identities.create(user=user, sdk_app_id=3, state="stale", classroom_user_id="u", due_at=at)

    after = migrate(("accounts", "0010_identities_due"))

    notice = after.get_model("accounts", "Notice").objects.get()
    assert (notice.due_at, notice.attempts) == (at, 2)
    known = after.get_model("accounts", "ClassroomIdentity").objects.order_by("sdk_app_id")
    unknown, failed, stale = known
    assert (unknown.due_at is not None, unknown.attempts) == (True, 4)
    assert (failed.due_at, stale.due_at) == (None, at)
    after.get_model("accounts", "Notice").objects.all().delete()
    known.delete()
    after.get_model("accounts", "User").objects.all().delete()


def who_is_signed_in_stays_so() -> None:
    before = migrate(("accounts", "0012_external_accounts_and_audit"))
    before.get_model("accounts", "User").objects.create(pk=7, username="a", display_name="a")
    at = timezone.now() + dt.timedelta(days=1)
    old = DjangoSession.objects
    store = DjangoStore()
    for key, data in {
        "person": store.encode({SESSION_KEY: "7", HASH_SESSION_KEY: "h"}),
        "visitor": store.encode({"anything": 1}),
        "nobody": store.encode({SESSION_KEY: "8"}),
        "foreign": signing.dumps({SESSION_KEY: "7"}, key="another"),
    }.items():
        old.create(session_key=key, session_data=data, expire_date=at)
    over = at - dt.timedelta(days=2)
    old.create(session_key="over", session_data=store.encode({SESSION_KEY: "7"}), expire_date=over)

    after = migrate(("accounts", "0013a_sessions_move_to_their_table"))

    rows = after.get_model("accounts", "Session").objects.order_by("session_key")
    assert [(row.session_key, row.user_id) for row in rows] == [("person", 7), ("visitor", None)]
    assert len({row.code for row in rows}) == 2
    assert SessionStore("person").decode(rows[0].session_data)[SESSION_KEY] == "7"
    assert not old.exists()
    rows.delete()
    after.get_model("accounts", "User").objects.all().delete()


def sign_ins_are_known_by_the_password_they_belong_to() -> None:
    before = migrate(("accounts", "0013a_sessions_move_to_their_table"))
    before.get_model("accounts", "User").objects.create(pk=7, username="a", display_name="a")
    at = timezone.now() + dt.timedelta(days=1)
    sessions = before.get_model("accounts", "Session").objects
    store = SessionStore()
    for key, user_id, data in (
        ("person", 7, store.encode({SESSION_KEY: "7", HASH_SESSION_KEY: "h"})),
        ("visitor", None, store.encode({"anything": 1})),
        ("foreign", 7, signing.dumps({HASH_SESSION_KEY: "h"}, key="another")),
    ):
        sessions.create(
            session_key=key, session_data=data, expire_date=at, user_id=user_id, code=key
        )

    after = migrate(("accounts", "0014a_session_auth_hashes_of_rows"))

    rows = after.get_model("accounts", "Session").objects
    assert dict(rows.values_list("session_key", "auth_hash")) == {
        "person": "h",
        "visitor": "",
        "foreign": "",
    }
