"""Statements of another system about the person who comes from it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from accounts.enums import Role, SignInMethod
from accounts.models.external_accounts import ISSUER_CHARS, SUBJECT_CHARS
from accounts.names import DISPLAY_NAME_CHARS, USERNAME_CHARS, sign_in_name
from edu_platform.lib.text import storable_text

# As Django's own rule for usernames has it; what else stands in a name from outside becomes a hyphen.
_NO_USERNAME_CHARS = re.compile(r"[^\w.@+-]+")


class UnusableSubject(Exception):
    """The name of an account that cannot be kept: empty, too long, or no text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalLogin:
    """Checked by its method's own rules: the other system vouches for every value.

    `subject` alone says who it is, and is kept as it stands. `username` and `display_name` are what a new
    person is called; `role` is None when the other system says nothing of roles.

    `has_own_username`: the other system says this very username. One that was altered here, or made of a
    subject, may be somebody else's.
    """

    method: SignInMethod
    issuer: str
    subject: str
    username: str
    has_own_username: bool
    display_name: str
    role: Role | None


def external_login(
    *,
    method: SignInMethod,
    issuer: str,
    subject: str,
    username: str = "",
    display_name: str = "",
    role: Role | None = None,
) -> ExternalLogin:
    """Bring names into a form that can be kept; the subject is never changed.

    Raises:
        UnusableSubject: issuer or subject are no text of 1 to 255 characters, or blank.
    """
    for text, limit in ((issuer, ISSUER_CHARS), (subject, SUBJECT_CHARS)):
        if not text.strip() or len(text) > limit or storable_text(text) != text:
            raise UnusableSubject
    # Normalised first, as usernames are: a single character may become many, among them some that none may hold.
    said = unicodedata.normalize("NFKC", storable_text(username or subject))
    wanted = _NO_USERNAME_CHARS.sub("-", said)[:USERNAME_CHARS]
    shown = " ".join(storable_text(display_name).split())[:DISPLAY_NAME_CHARS]
    return ExternalLogin(
        method=method,
        issuer=issuer,
        subject=subject,
        username=wanted,
        has_own_username=bool(username) and sign_in_name(wanted) == sign_in_name(username),
        display_name=shown or wanted[:DISPLAY_NAME_CHARS],
        role=role,
    )


def role_from(values: object, teacher_values: Collection[str]) -> Role | None:
    """The role that a claim or attribute means: one text or several; None when it says nothing.

    A teacher when one of the values is among `teacher_values`, else a student; never more than these.
    """
    if isinstance(values, str):
        values = [values]
    if not isinstance(values, list | tuple):
        return None
    named = {value for value in values if isinstance(value, str) and value}
    if not named:
        return None
    return Role.TEACHER if named & set(teacher_values) else Role.STUDENT
