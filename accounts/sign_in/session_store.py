"""Sessions in a table of our own, each read and written by one statement.

Every page reads one. Django writes that of somebody who signs in three times, each time in a transaction of its
own, and looks beforehand whether its key is somebody's.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, TypedDict, cast

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import VALID_KEY_CHARS, CreateError, UpdateError
from django.db import IntegrityError
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts.models import Session
from accounts.models.sessions import FROM_DATA
from edu_platform.lib.statements import Statement

# What a sign-in leaves in the session, beside what Django does.
SIGN_IN = "sign_in"
# The other system's name of this sign-in, by which it may end it.
EXTERNAL_ID = "external_id"
KEY_CHARS = 32
# Visitors' sessions, of which anybody makes as many as they like, last longer than a sign-in takes.
VISITOR_LASTS = dt.timedelta(hours=1)

_LASTING = Statement(
    lambda key, at: Session.objects.filter(session_key=key, expire_date__gt=at).only("session_data")
)


class SignIn(TypedDict):
    """The way and place of a sign-in; `at` is a moment in ISO 8601."""

    method: str
    address: str
    user_agent: str
    at: str


class SessionStore(db.SessionStore):
    # Under which the session was written last, while it goes on under another one.
    _key_of_row: str | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row, with the columns that follow from the session's data."""
        row = cast("Session", super().create_model_instance(data))
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        if row.user_id is None:
            row.expire_date = min(row.expire_date, timezone.now() + VISITOR_LASTS)
        row.external_id = data.get(EXTERNAL_ID, "")
        row.auth_hash = data.get(HASH_SESSION_KEY, "")
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

    def _get_new_session_key(self) -> str:
        """Nobody looks whether there is one: as good as certainly not, and else an INSERT fails."""
        return get_random_string(KEY_CHARS, VALID_KEY_CHARS)

    def cycle_key(self) -> None:
        """Go on under a new key; the row gets it when the request ends, with whatever else is new."""
        self._get_session()  # type: ignore[attr-defined] # the stubs lack it
        if self.session_key is not None:
            self._key_of_row = self._key_of_row or self.session_key
            self._session_key = self._get_new_session_key()
        self.modified = True

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002 -- Django's signature
        if self.session_key is None:
            self.create()
            return
        row = self.create_model_instance(self._get_session(no_load=must_create))  # type: ignore[attr-defined] # as above
        if must_create:
            self._insert(row)
        elif self._key_of_row is not None:
            # One who signs in has a session, whatever became of the one before.
            if not self._update(self._key_of_row, row, session_key=row.session_key, code=row.code):
                self._insert(row)
            self._key_of_row = None
        elif not self._update(row.session_key, row):
            raise UpdateError

    @staticmethod
    def _insert(row: Session) -> None:
        try:
            row.save(force_insert=True)
        except IntegrityError as err:
            raise CreateError from err

    @staticmethod
    def _update(key: str, row: Session, **more: str) -> bool:
        """Write the columns of the session with this key; False when it has ended."""
        columns = {name: getattr(row, name) for name in FROM_DATA}
        return bool(Session.objects.filter(session_key=key).update(**columns, **more))

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self._key_of_row or self.session_key
        self._key_of_row = None
        if key:
            # Nothing belongs to a session: there is nothing to look for, and no transaction to make.
            found = Session.objects.filter(session_key=key)
            found._raw_delete(found.db)  # noqa: SLF001 -- there is no other way
