"""The person who comes, by what the provider says of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from accounts.enums import SignInMethod
from accounts.external.logins import ExternalLogin, external_login, role_from


def login_from(claims: Mapping[str, Any]) -> ExternalLogin:
    """The mail address is none of it: who may choose one would choose somebody else's.

    Raises:
        UnusableSubject: the subject cannot be kept.
    """
    return external_login(
        method=SignInMethod.OIDC,
        issuer=settings.OIDC_ISSUER,
        subject=claims["sub"],
        username=_text(claims, "preferred_username"),
        display_name=_text(claims, "name"),
        role=role_from(claim_at(claims, settings.OIDC_ROLE_CLAIM), settings.OIDC_TEACHER_VALUES),
    )


def leaves_something_out(claims: Mapping[str, Any]) -> bool:
    """Tell whether the provider may say more than stands in the ID token."""
    is_named = _text(claims, "preferred_username") and _text(claims, "name")
    role_claim = settings.OIDC_ROLE_CLAIM
    return not is_named or bool(role_claim and claim_at(claims, role_claim) is None)


def claim_at(claims: Mapping[str, Any], path: str) -> object:
    """The claim of this name, else what lies there when dots lead into objects; None when nothing does."""
    if path in claims:
        return claims[path]
    found: object = claims
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""
