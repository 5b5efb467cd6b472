"""Records of a sign-in: in the session, for the page of one's sign-ins, and in the audit log."""

from __future__ import annotations

import time
from collections.abc import Mapping

from allauth.account import app_settings
from allauth.account.internal.flows.login import get_authentication_records
from django.http import HttpRequest
from django.utils import timezone

from accounts.enums import SignInMethod
from accounts.models import User
from accounts.models.sessions import USER_AGENT_CHARS
from accounts.services import audit
from accounts.sign_in.session_store import EXTERNAL_ID, SIGN_IN, SignIn
from edu_platform.lib.client_address import client_address
from edu_platform.lib.text import storable_text

# Set once a person of whom a second factor is asked was found to have one.
SECOND_FACTOR_SEEN = "second_factor_seen"
# Set when somebody signs in by a start password: the moment, in seconds since 1970.
START_PASSWORD_TYPED_AT = "start_password_typed_at"  # noqa: S105 -- the name of a value in the session


def note_sign_in(request: HttpRequest, user: User) -> None:
    """Keep how and where from somebody has just signed in."""
    method, address = _method(request, user), client_address(request)
    user_agent = storable_text(str(request.META.get("HTTP_USER_AGENT", "")))
    request.session[SIGN_IN] = SignIn(
        method=method.value,
        address=address,
        user_agent=user_agent[:USER_AGENT_CHARS],
        at=timezone.now().isoformat(),
    )
    request.session.pop(START_PASSWORD_TYPED_AT, None)
    if method == SignInMethod.PASSWORD:
        if user.must_change_password:
            request.session[START_PASSWORD_TYPED_AT] = time.time()
        # Left by a sign-in of another way that stopped at the second factor.
        request.session.pop(EXTERNAL_ID, None)
    audit.record_sign_in(user, method=method, address=address)


def method_of(request: HttpRequest) -> SignInMethod:
    """Return how the person of this session signed in; sessions that do not tell were begun by a password."""
    sign_in: Mapping[str, str] = request.session.get(SIGN_IN, {})
    return SignInMethod(sign_in.get("method", SignInMethod.PASSWORD))


def _method(request: HttpRequest, user: User) -> SignInMethod:
    """Return the way in which the person last signed in; a second factor comes after it, and is none of these.

    Raises:
        ValueError: by nothing that the platform knows.
    """
    for record in reversed(get_authentication_records(request, user)):
        if record["method"] in SignInMethod.values:
            return SignInMethod(record["method"])
    raise ValueError(f"person {user.pk} came in by no known way")


def proved_lately(request: HttpRequest, user: User) -> bool:
    """Tell whether the person signed in, or proved again who they are, a short while ago.

    By any way to sign in: who came from the school's own may have no password to type again.
    """
    return any(is_proof(record["at"]) for record in get_authentication_records(request, user))


def typed_start_password_lately(request: HttpRequest, user: User) -> bool:
    """Tell whether the person has just signed in here by the start password that they are to replace.

    Setting another one ends the session, so the one that was typed is the one that holds.
    """
    typed_at: float = request.session.get(START_PASSWORD_TYPED_AT, 0.0)
    return user.must_change_password and is_proof(typed_at)


def is_proof(at: float) -> bool:
    """Tell whether what somebody proved at that moment, in seconds since 1970, still holds."""
    lasts_s: float = app_settings.REAUTHENTICATION_TIMEOUT
    return at > time.time() - lasts_s
