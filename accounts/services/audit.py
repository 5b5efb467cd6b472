"""The audit log, written by the services that do what it tells of: hooks on saving would miss bulk writes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Model

from accounts.enums import AuditKind, Role, SignInMethod
from accounts.models import AuditEntry, User
from accounts.models.audit import OBJECT_CHARS
from edu_platform.lib.text import storable_text

# Three years, each as long as a leap year, unless the school chooses otherwise (`accounts.kept_kinds`).
KEPT_FOR = dt.timedelta(days=3 * 366)
ENTRIES_A_STATEMENT = 500


def record(
    kind: AuditKind,
    *,
    by: User | None,
    person: User | None = None,
    object_text: str = "",
    details: Mapping[str, object] | None = None,
    into: list[AuditEntry] | None = None,
) -> None:
    """Write one entry, in the transaction of what it tells of; `by` is None for commands and workers.

    `details` holds names and values that JSON can hold, and never a password, a ticket or a code. Who does
    much at once takes the entries `into` a list, and writes them together (`write`).
    """
    entry = AuditEntry(
        kind=kind,
        actor=by,
        person=person,
        object_text=storable_text(object_text)[:OBJECT_CHARS],
        details=dict(details or {}),
    )
    if into is None:
        entry.save()
    else:
        into.append(entry)


def record_row(
    kind: AuditKind,
    row: Model,
    *,
    by: User | None,
    changes: str | Sequence[Mapping[str, object]] = "",
    person: User | None = None,
    into: list[AuditEntry] | None = None,
) -> None:
    """Like `record`, of a row that a page of the product changes; `kind` says what it is a row of."""
    details = {"model": row._meta.label_lower, "id": row.pk, "changes": changes}  # noqa: SLF001 -- as documented by Django
    record(kind, by=by, person=person, object_text=str(row), details=details, into=into)


def write(entries: Sequence[AuditEntry]) -> None:
    """Write entries that were gathered, still in the transaction of what they tell of."""
    AuditEntry.objects.bulk_create(entries, batch_size=ENTRIES_A_STATEMENT)


def role_values(roles: Iterable[Role]) -> list[str]:
    """Roles as they stand in the log."""
    return sorted(role.value for role in roles)


def record_many(
    kind: AuditKind,
    people: Iterable[User],
    *,
    by: User | None,
    details: Mapping[str, object] | None = None,
) -> None:
    """Like `record`, an entry for each of these people, by few statements."""
    entries: list[AuditEntry] = []
    for person in people:
        record(kind, by=by, person=person, details=details, into=entries)
    write(entries)


def record_sign_in(user: User, *, method: SignInMethod, address: str) -> None:
    AuditEntry.objects.create(
        kind=AuditKind.SIGNED_IN,
        actor=user,
        person=user,
        method=method,
        address=address,
    )


def forget_old(at: dt.datetime, length: dt.timedelta) -> int:
    """Delete what is older, and return how much that was."""
    old = AuditEntry.objects.filter(at__lt=at - length)
    forgotten = 0
    while some := list(old.order_by("at").values_list("pk", flat=True)[:ENTRIES_A_STATEMENT]):
        forgotten += AuditEntry.objects.filter(pk__in=some).delete()[0]
    return forgotten
