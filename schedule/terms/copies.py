"""Copying the weekly lessons of one term into another."""

from __future__ import annotations

from django.db import transaction

from schedule.enums import PatternSource
from schedule.models import BellTime, Term
from schedule.terms.copying import Counterparts, TermCopy, copy_of
from schedule.terms.pattern_writing import insert_patterns, lock_term
from schedule.terms.plan_marks import touch


@transaction.atomic
def copy_term(
    source: Term, target: Term, counterparts: Counterparts, *, copies_bells: bool
) -> TermCopy:
    """Add what the target lacks, and return what was done. Doing it again adds nothing.

    What can be carried over is looked at again here: people and the term may have changed since a preview.
    """
    lock_term(target)
    found = copy_of(source, target, counterparts, copies_bells=copies_bells)
    BellTime.objects.bulk_create(
        BellTime(term=target, number=bell.number, starts=bell.starts, ends=bell.ends)
        for bell in found.bells
    )
    insert_patterns(target, found.wanted, source=PatternSource.PAGE)
    if found.bells or found.wanted:
        touch(target)
    return found
