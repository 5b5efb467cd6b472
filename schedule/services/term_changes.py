"""Noting that a term's plan changed, whatever of it did."""

from __future__ import annotations

from django.utils import timezone

from schedule.models import Term


def touch(term: Term) -> None:
    """Its patterns, days or bell times changed: its lessons may differ from them until it is planned."""
    Term.objects.filter(pk=term.pk).update(changed_at=timezone.now())
