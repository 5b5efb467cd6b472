"""Signing in without the questions of a real sign-in: who is locked out, and which session was before."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.http import HttpRequest
from django.test import Client
from django.utils.crypto import get_random_string

from accounts.sign_in.session_store import SessionStore

KEY_CHARS = 32


def be_quick() -> None:
    """Have `force_login` in a new browser write the session alone: three statements instead of fourteen."""
    real = Client._login  # type: ignore[attr-defined] # Django's own

    def login(client: Any, user: Any, backend: str | None = None) -> None:
        if backend is None or client.cookies:
            real(client, user, backend)
            return
        request = HttpRequest()
        # A key that is random is new, and nobody has to look whether it is.
        request.session = session = SessionStore(get_random_string(KEY_CHARS).lower())
        session._session_cache = {  # type: ignore[attr-defined] # its base class's own
            SESSION_KEY: user._meta.pk.value_to_string(user),
            BACKEND_SESSION_KEY: backend,
            HASH_SESSION_KEY: user.get_session_auth_hash(),
        }
        session.save(must_create=True)
        client._set_login_cookies(request)

    Client._login = login  # type: ignore[attr-defined]
