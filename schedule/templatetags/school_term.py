"""Say on the pages of a term what goes beyond their own subject."""

from __future__ import annotations

from django import template

from accounts.hooks import UnderWay
from schedule.models import Term
from schedule.terms.term_work import scope_of
from schedule.work.reading import work_of_scope

register = template.Library()


@register.simple_tag
def work_on(term: Term) -> UnderWay | None:
    """Return the long work that is under way with a term; one query."""
    return work_of_scope(scope_of(term))
