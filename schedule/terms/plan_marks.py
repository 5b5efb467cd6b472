"""Notes that what a term is planned by has changed."""

from __future__ import annotations

from django.utils import timezone

from schedule.models import Term


def touch(term: Term) -> None:
    """Call when weekly lessons, days or bell times changed: the term waits to be planned from then on."""
    Term.objects.filter(pk=term.pk).update(changed_at=timezone.now())
