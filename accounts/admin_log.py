"""The audit log's entries of what people do in the administration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Model
from django.http import HttpRequest

from accounts.decorators import signed_in
from accounts.enums import AuditKind
from accounts.models import AuditEntry, User
from accounts.services import audit
from edu_platform.lib.admin_events import AdminEvent, ChangeMessage, Deed

KINDS = {
    Deed.ADDED: AuditKind.OBJECT_ADDED,
    Deed.CHANGED: AuditKind.OBJECT_CHANGED,
    Deed.DELETED: AuditKind.OBJECT_DELETED,
    Deed.RAN_ACTION: AuditKind.ACTION_RUN,
}
MESSAGE_CHARS = 1000


def keep(request: HttpRequest, event: AdminEvent) -> None:
    """Write an entry of each row, or one of an action."""
    by = signed_in(request)
    if event.deed is Deed.RAN_ACTION:
        details = {"model": event.model, "action": event.action, "count": event.row_count}
        audit.record(AuditKind.ACTION_RUN, by=by, details=details)
        return
    entries: list[AuditEntry] = []
    for row in event.rows:
        changes = _changes(row, event.message)
        if isinstance(row, User) and not changes:
            continue  # the services told of it
        audit.record(
            KINDS[event.deed],
            by=by,
            person=row if isinstance(row, User) else None,
            object_text=str(row),
            details={"model": event.model, "id": row.pk, "changes": changes},
            into=entries,
        )
    audit.write(entries)


def _changes(row: Model, message: ChangeMessage) -> str | Sequence[Any]:
    """Name what a form changed: its fields, and those of the rows below it."""
    if isinstance(message, str):
        return message[:MESSAGE_CHARS]
    if not isinstance(row, User):
        return list(message)
    return [change for change in message if any("name" in told for told in change.values())]
