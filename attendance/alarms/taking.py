"""Taking an alarm: somebody of the staff looks after it, and nobody else runs after it."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from accounts.enums import AuditKind
from accounts.models import User
from accounts.services import audit
from attendance.models import Alarm


class AlarmOver(Exception):
    """The alarm has ended, so there is nothing to look after any more."""


class AlarmTaken(Exception):
    """Somebody else was first."""

    def __init__(self, by: User) -> None:
        super().__init__(by)
        self.by = by


@transaction.atomic
def take(alarm: Alarm, by: User, note: str, at: dt.datetime) -> Alarm:
    """Give an alarm to a person who takes it; its taker may write another note. Safe to repeat.

    Raises:
        AlarmOver: it has ended.
        AlarmTaken: somebody else has it.
        Alarm.DoesNotExist: its lesson was deleted.
    """
    # Without the person beside it: of a row that is waited for, PostgreSQL would join whom it named before.
    locked = Alarm.objects.select_for_update(no_key=True).get(pk=alarm.pk)
    if not locked.is_open:
        raise AlarmOver
    taker = locked.taker
    if taker is not None and taker != by:
        raise AlarmTaken(taker)
    if taker == by and note in {"", locked.note}:
        return locked
    if taker is None:
        locked.taken_by, locked.taken_at = by, at
    locked.note = note
    locked.save(update_fields=["taken_by", "taken_at", "note"])
    change = f"{locked.kind}: {note}" if note else locked.kind
    audit.record_row(AuditKind.ALARM_TAKEN, locked.lesson, by=by, changes=change)
    return locked
