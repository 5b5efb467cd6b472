"""Changes of weekly lessons from a day on, by which they are undone."""

from __future__ import annotations

from django.db import models

from schedule.models.changes import PlanningAction
from schedule.models.terms import Term


class ChangeFromDay(models.Model):
    """Hold what one action made of weekly lessons from a day on; its history says what it made of lessons."""

    action = models.OneToOneField(PlanningAction, models.CASCADE, related_name="from_day")
    term = models.ForeignKey(Term, models.CASCADE, related_name="changes_from_day")
    first_day = models.DateField()
    # As `terms.from_day.kept` writes each: its key, what it was, what it became, and the one that goes on.
    weekly_lessons = models.JSONField(default=list)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.action_id} {self.first_day}"
