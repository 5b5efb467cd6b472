from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Case, QuerySet, Value, When

from accounts.enums import SignInMethod
from accounts.models import Session, User
from accounts.sign_in.devices import device_in_words
from edu_platform.lib.statements import Statement

# If there are more, the newest are shown; ending all others ends those too.
SHOWN_AT_MOST = 50
SHOWN = ("session_key", "code", "user_agent", "address", "signed_in_at", "method")


@dataclass(frozen=True, slots=True)
class SignInRow:
    code: str
    device: str
    address: str
    since: dt.datetime | None
    method: str
    is_here: bool


def sign_ins_of(user: User, *, here: str | None, at: dt.datetime) -> list[SignInRow]:
    """Return where the person is signed in: that of the session key `here` first, then the newest.

    A session of an earlier password is none any more, though its row may still be there.
    """
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return [
        SignInRow(
            code=session.code,
            device=device_in_words(session.user_agent),
            address=session.address or "–",
            since=session.signed_in_at,
            method=str(SignInMethod(session.method).label) if session.method else "–",
            is_here=session.session_key == here,
        )
        for session in _LASTING.rows(user_id=user.pk, hashes=hashes, here=here or "", at=at)
    ]


def _lasting(
    user_id: int, hashes: list[str], here: str, at: dt.datetime
) -> QuerySet[Session, Session]:
    lasting = Session.objects.filter(user_id=user_id, auth_hash__in=hashes, expire_date__gt=at)
    is_elsewhere = Case(When(session_key=here, then=Value(0)), default=Value(1))
    shown = lasting.only(*SHOWN).order_by(is_elsewhere, "-expire_date")
    return shown[:SHOWN_AT_MOST]


_LASTING = Statement(_lasting)
