"""Somebody with a notice to be mailed, with identities in the cloud that wait, and who is signed in."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DjangoStore
from django.contrib.sessions.models import Session as DjangoSession
from django.core import signing
from django.db.migrations.state import StateApps

from accounts.models import ClassroomIdentity, Notice, Session, User
from accounts.sign_in.session_store import SessionStore

PUT_OFF = ("accounts", "0008_identities_put_off")
MOVED = ("accounts", "0013a_sessions_move_to_their_table")
BEFORE = ("accounts", "0012_external_accounts_and_audit")
NAME, NOBODY = "upgraded", 1_000_000
DAY = dt.timedelta(days=1)


def put(old: StateApps, at: dt.datetime) -> None:
    users: Any = old.get_model("accounts", "User").objects
    user = users.create(username=NAME, display_name="a")
    notices: Any = old.get_model("accounts", "Notice").objects
    notices.create(user=user, kind="k", cause="c", address="/", next_mail_at=at, mail_tries=2)
    put_sessions(str(user.pk), at)


def put_sessions(pk: str, at: dt.datetime) -> None:
    store = DjangoStore()
    sessions = DjangoSession.objects
    for key, data in {
        "person": store.encode({SESSION_KEY: pk, HASH_SESSION_KEY: "h"}),
        "visitor": store.encode({"anything": 1}),
        "nobody": store.encode({SESSION_KEY: str(NOBODY)}),
        "foreign": signing.dumps({SESSION_KEY: pk}, key="another"),
    }.items():
        sessions.create(session_key=key, session_data=data, expire_date=at + DAY)
    over = store.encode({SESSION_KEY: pk})
    sessions.create(session_key="over", session_data=over, expire_date=at - DAY)


def put_identities(old: StateApps, at: dt.datetime) -> None:
    """At `PUT_OFF`: before it, none has a turn."""
    user = old.get_model("accounts", "User").objects.get(username=NAME)
    identities: Any = old.get_model("accounts", "ClassroomIdentity").objects
    identities.create(user=user, sdk_app_id=1, attempts=4)
    identities.create(user=user, sdk_app_id=2, state="failed")
    identities.create(user=user, sdk_app_id=3, state="stale", classroom_user_id="u", due_at=at)


def put_session_of_another_key(old: StateApps, at: dt.datetime) -> None:
    """At `MOVED`: what cannot be read does not come as far."""
    user = old.get_model("accounts", "User").objects.get(username=NAME)
    data = signing.dumps({HASH_SESSION_KEY: "h"}, key="another")
    sessions: Any = old.get_model("accounts", "Session").objects
    sessions.create(
        session_key="foreign", session_data=data, expire_date=at + DAY, user=user, code="foreign"
    )


def assert_back() -> None:
    keys = DjangoSession.objects.values_list("session_key", flat=True)
    assert set(keys) == {"person", "visitor"}


def assert_kept(at: dt.datetime) -> None:
    user = User.objects.get(username=NAME)
    notices_keep_their_turn_and_identities_that_wait_are_due(user, at)
    who_is_signed_in_stays_so(user)


def notices_keep_their_turn_and_identities_that_wait_are_due(user: User, at: dt.datetime) -> None:
    notice = Notice.objects.get(user=user)
    assert (notice.due_at, notice.attempts) == (at, 2)
    unknown, failed, stale = ClassroomIdentity.objects.filter(user=user).order_by("sdk_app_id")
    assert (unknown.due_at is not None, unknown.attempts) == (True, 4)
    assert (failed.due_at, stale.due_at) == (None, at)


def who_is_signed_in_stays_so(user: User) -> None:
    rows = Session.objects.order_by("session_key")
    assert [(row.session_key, row.user_id, row.auth_hash) for row in rows] == [
        ("foreign", user.pk, ""),
        ("person", user.pk, "h"),
        ("visitor", None, ""),
    ]
    assert len({row.code for row in rows}) == 3
    assert SessionStore("person").decode(rows[1].session_data)[SESSION_KEY] == str(user.pk)
    assert not DjangoSession.objects.exists()
