"""Sessions in a table of our own, read by a statement: every page does it."""

from __future__ import annotations

import datetime as dt
from typing import Any, TypedDict, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.utils import timezone

from accounts.models import Session
from edu_platform.lib.statements import Statement

# What a sign-in leaves in the session, beside what Django does.
SIGN_IN = "sign_in"
# The other system's name of this sign-in, by which it may end it.
EXTERNAL_ID = "external_id"

_LASTING = Statement(
    lambda key, at: Session.objects.filter(session_key=key, expire_date__gt=at).only("session_data")
)


class SignIn(TypedDict):
    """How and where somebody signed in; `at` is a moment in ISO 8601."""

    method: str
    address: str
    user_agent: str
    at: str


class SessionStore(db.SessionStore):
    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row, with the columns that follow from the session's data."""
        row = cast("Session", super().create_model_instance(data))
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.external_id = data.get(EXTERNAL_ID, "")
        sign_in: SignIn | None = data.get(SIGN_IN)
        if sign_in is not None:
            row.method = sign_in["method"]
            row.address = sign_in["address"]
            row.user_agent = sign_in["user_agent"]
            row.signed_in_at = dt.datetime.fromisoformat(sign_in["at"])
        return row

    def _validate_session_key(self, key: str | None) -> bool:
        """Letters and digits alone, as ours are: a cookie may hold NUL, which PostgreSQL refuses to look for."""
        is_long_enough = super()._validate_session_key(key)  # type: ignore[misc] # the stubs lack it
        return bool(is_long_enough and key and key.isascii() and key.isalnum())

    def _get_session_from_db(self) -> Session | None:
        found = _LASTING.first(key=self.session_key or "", at=timezone.now())
        if found is None:
            self._session_key = None
        return found
