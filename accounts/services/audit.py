"""The audit log, written by the services that do what it tells of: hooks on saving would miss bulk writes."""

from __future__ import annotations

from collections.abc import Mapping

from accounts.enums import AuditKind, SignInMethod
from accounts.models import AuditEntry, User
from accounts.models.audit import OBJECT_CHARS
from edu_platform.lib.text import storable_text


def record(
    kind: AuditKind,
    *,
    by: User | None,
    person: User | None = None,
    object_text: str = "",
    details: Mapping[str, object] | None = None,
) -> None:
    """Write one entry, in the transaction of what it tells of; `by` is None for commands and workers.

    `details` holds names and values that JSON can hold, and never a password, a ticket or a code.
    """
    AuditEntry.objects.create(
        kind=kind,
        actor=by,
        person=person,
        object_text=storable_text(object_text)[:OBJECT_CHARS],
        details=dict(details or {}),
    )


def record_sign_in(user: User, *, method: SignInMethod, address: str) -> None:
    AuditEntry.objects.create(
        kind=AuditKind.SIGNED_IN,
        actor=user,
        person=user,
        method=method,
        address=address,
    )
