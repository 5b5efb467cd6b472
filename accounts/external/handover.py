"""Hand-over tickets: what the school's own site says of a person, signed with a key that it shares with us.

A ticket is a JSON Web Token. Its header names a key of HANDOVER_KEYS, and the key alone says by which
algorithm and whom it is signed: nothing that an asker writes is chosen from.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn, cast

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.conf import settings

from accounts.enums import Role, SignInMethod
from accounts.external.logins import ExternalLogin, UnusableSubject, external_login
from accounts.models.external_accounts import TICKET_ID_CHARS
from edu_platform.lib.text import storable_text

# Longer than any that keeps to the rules: the largest signature takes 700, the names a few hundred.
TICKET_CHARS_AT_MOST = 4096
VALID_FOR_S = 60
# By so much the school's clock may be ahead of ours.
CLOCK_SKEW_S = 10
# What a ticket says besides `role`; all of it has to be there.
CLAIMS = ("iss", "aud", "sub", "name", "iat", "exp", "jti")
ROLES = {"student": Role.STUDENT, "teacher": Role.TEACHER}
# Extensions of the token's form, which nobody needs here and which change what is signed.
REFUSED_HEADERS = frozenset({"crit", "b64"})
# Seconds since 1970, to the year 2286: what can be a moment at all.
MOMENTS_BELOW_S = 10**10
KEYS_READ_AT_MOST = 16


class WrongTicket(Exception):
    """A ticket is refused, for a reason in words for the log: nothing of what stands in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """Checked in every way but one: whether somebody has signed in with it before."""

    login: ExternalLogin
    ticket_id: str
    expires_at: dt.datetime


def read_ticket(text: str, *, at: dt.datetime) -> Ticket:
    """Check a ticket, and return what it says.

    Raises:
        WrongTicket: it is not one that opens an account.
    """
    if not text:
        _refuse("there is none")
    if len(text) > TICKET_CHARS_AT_MOST or not text.isascii():
        _refuse("it is too long, or no text of a token")
    claims = _signed_claims(text, _key_of(text))
    expires_s = _expiry(claims, at.timestamp())
    return Ticket(
        login=_login(claims),
        ticket_id=_ticket_id(claims),
        expires_at=dt.datetime.fromtimestamp(expires_s, tz=dt.UTC),
    )


def _refuse(reason: str) -> NoReturn:
    raise WrongTicket(reason)


def _key_of(text: str) -> Mapping[str, str]:
    """The key that the ticket names, if it is signed as that key signs."""
    try:
        header = jwt.get_unverified_header(text)
    except jwt.PyJWTError as err:
        raise WrongTicket("it is no token") from err
    if not REFUSED_HEADERS.isdisjoint(header):
        _refuse("its header asks for extensions")
    key_id = header.get("kid")
    keys: dict[str, dict[str, str]] = settings.HANDOVER_KEYS
    if not isinstance(key_id, str) or key_id not in keys:
        _refuse("its key is not one of HANDOVER_KEYS")
    key = keys[key_id]
    if header.get("alg") != key["alg"]:
        _refuse("its algorithm is not that of its key")
    return key


def _signed_claims(text: str, key: Mapping[str, str]) -> dict[str, Any]:
    """Return what the ticket says, if the key's owner signed it for this site."""
    try:
        return jwt.decode(
            text,
            key=_public_key(key["key"]) if key["alg"] == "RS256" else key["key"],
            algorithms=[key["alg"]],
            issuer=key["iss"],
            audience=settings.PUBLIC_BASE_URL,
            leeway=CLOCK_SKEW_S,
            # Its moments are looked at here: the library would excuse as much after the end as before
            # the beginning.
            options={
                "require": list(CLAIMS),
                "strict_aud": True,
                "verify_exp": False,
                "verify_iat": False,
            },
        )
    except jwt.MissingRequiredClaimError as err:
        raise WrongTicket(f"its {err.claim} is missing") from err
    except jwt.PyJWTError as err:
        # The name alone: a text might repeat what stands in the ticket.
        raise WrongTicket(f"it does not hold ({type(err).__name__})") from err


@lru_cache(maxsize=KEYS_READ_AT_MOST)
def _public_key(pem: str) -> RSAPublicKey:
    """Reading a key takes longer than checking a signature by it. That it is one of RSA, the settings know."""
    return cast("RSAPublicKey", load_pem_public_key(pem.encode()))


def _expiry(claims: Mapping[str, Any], now_s: float) -> float:
    """Return when the ticket expires, if it was made lately and holds for a short while."""
    issued_s, expires_s = (_moment(claims, name) for name in ("iat", "exp"))
    if issued_s > now_s + CLOCK_SKEW_S:
        _refuse("its iat is still to come: one of the clocks is wrong")
    if expires_s <= now_s:
        _refuse("it has expired")
    if expires_s > now_s + VALID_FOR_S:
        _refuse(f"its exp is more than {VALID_FOR_S} seconds ahead")
    return expires_s


def _moment(claims: Mapping[str, Any], name: str) -> float:
    value = claims[name]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # No comparison with what is not a number is true.
    if not is_number or not 0 < value < MOMENTS_BELOW_S:
        _refuse(f"its {name} is no moment")
    return float(value)


def _login(claims: Mapping[str, Any]) -> ExternalLogin:
    subject, name = claims["sub"], claims["name"]
    if not isinstance(subject, str) or not isinstance(name, str):
        _refuse("its sub or name is no text")
    try:
        return external_login(
            method=SignInMethod.HANDOVER,
            issuer=claims["iss"],
            subject=subject,
            username=subject,
            display_name=name,
            role=_role(claims),
        )
    except UnusableSubject as err:
        raise WrongTicket("its sub cannot be kept") from err


def _role(claims: Mapping[str, Any]) -> Role | None:
    """Return the role that the school's site may give, and nothing beyond it."""
    if "role" not in claims:
        return None
    role = claims["role"]
    if not isinstance(role, str) or role not in ROLES:
        _refuse("its role is neither student nor teacher")
    return ROLES[role]


def _ticket_id(claims: Mapping[str, Any]) -> str:
    ticket_id = claims["jti"]
    is_text = isinstance(ticket_id, str) and 0 < len(ticket_id) <= TICKET_ID_CHARS
    if not is_text or storable_text(ticket_id) != ticket_id:
        _refuse("its jti cannot be kept")
    return str(ticket_id)
