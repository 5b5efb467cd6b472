"""Sessions in the database, as Django keeps them, read by a statement: every page does it."""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from edu_platform.lib.statements import Statement

_LASTING = Statement(lambda key, at: Session.objects.filter(session_key=key, expire_date__gt=at))


class SessionStore(db.SessionStore):
    def _validate_session_key(self, key: str | None) -> bool:
        """Letters and digits alone, as ours are: a cookie may hold NUL, which PostgreSQL refuses to look for."""
        is_long_enough = super()._validate_session_key(key)  # type: ignore[misc] # the stubs lack it
        return bool(is_long_enough and key and key.isascii() and key.isalnum())

    def _get_session_from_db(self) -> Session | None:
        found = _LASTING.first(key=self.session_key or "", at=timezone.now())
        if found is None:
            self._session_key = None
        return found
