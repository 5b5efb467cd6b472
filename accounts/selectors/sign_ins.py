from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth import HASH_SESSION_KEY

from accounts.enums import SignInMethod
from accounts.models import Session, User
from accounts.sign_in.devices import device_in_words
from accounts.sign_in.session_store import SessionStore
from edu_platform.lib.statements import Statement

# Of more, the newest; ending all others ends those too.
SHOWN_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class SignInRow:
    code: str
    device: str
    address: str
    since: dt.datetime | None
    method: str
    is_here: bool


def sign_ins_of(user: User, *, here: str | None, at: dt.datetime) -> list[SignInRow]:
    """Where the person is signed in: that of the session key `here` first, then the newest.

    A session of an earlier password is none any more, though its row may still be there.
    """
    hashes = {user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()}
    store = SessionStore()
    sessions = [
        session
        for session in _LASTING.rows(user_id=user.pk, at=at)
        if store.decode(session.session_data).get(HASH_SESSION_KEY) in hashes
    ]
    sessions.sort(key=lambda session: session.session_key != here)
    return [
        SignInRow(
            code=session.code,
            device=device_in_words(session.user_agent),
            address=session.address or "–",
            since=session.signed_in_at,
            method=str(SignInMethod(session.method).label) if session.method else "–",
            is_here=session.session_key == here,
        )
        for session in sessions[:SHOWN_AT_MOST]
    ]


_LASTING = Statement(
    lambda user_id, at: Session.objects.filter(user_id=user_id, expire_date__gt=at).order_by(
        "-expire_date"
    )
)
