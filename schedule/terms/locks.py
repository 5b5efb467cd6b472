"""Locks of a term: who writes its weekly lessons, bell times or days, or plans it, waits for others of the same term."""

from __future__ import annotations

from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.models import Term


def lock_term(term: Term, *, no_key: bool = False) -> Term:
    """Lock a term and return it as it is now; with `no_key` rows that point to it can be added meanwhile.

    Raises:
        Term.DoesNotExist: it was deleted meanwhile.
    """
    return Term.objects.select_for_update(no_key=no_key).get(pk=term.pk)


def lock_unchanged(as_read: Term, *, no_key: bool = False) -> Term:
    """Lock a term, of which weekly lessons, bell times, days and plan are as they were when it was read.

    Raises:
        Term.DoesNotExist: it was deleted meanwhile.
        ChangedMeanwhile: they are not.
    """
    term = lock_term(as_read, no_key=no_key)
    if (term.changed_at, term.planned_at) != (as_read.changed_at, as_read.planned_at):
        raise ChangedMeanwhile
    return term


def require_unchanged(as_read: Term) -> None:
    """Let pass a term that is as it was when it was read, without a lock.

    Raises:
        ChangedMeanwhile: it is not.
    """
    rows = Term.objects.filter(pk=as_read.pk, changed_at=as_read.changed_at)
    if not rows.filter(planned_at=as_read.planned_at).exists():
        raise ChangedMeanwhile
