"""Telling of alarms: who is told stands in the row, and workers tell."""

from __future__ import annotations

from attendance.models import Alarm


def tell_soon(alarm: Alarm) -> None:
    """Have somebody told of an alarm that has just been raised. Inside the transaction that raises it."""
    alarm.due_at = alarm.raised_at
    alarm.save(update_fields=["due_at"])
