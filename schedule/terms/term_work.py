"""Parts of all long work on a term: its scope, and what becomes of it where the term is gone."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from edu_platform.lib.long_work import WorkRefused
from schedule.models import Term, Work
from schedule.work.kinds import Outcome, Sentence

GONE = "gone"
GONE_IN_WORDS = gettext_lazy("Nothing was done: the term was deleted meanwhile.")


def scope_of(term: Term) -> str:
    """Return what nobody else may work on while this is done with a term."""
    return f"term:{term.pk}"


def term_of(work: Work) -> Term:
    """Return the term that the work is about.

    Raises:
        WorkRefused: it was deleted meanwhile.
    """
    term = Term.objects.filter(code=work.arguments["term"]).first()
    if term is None:
        raise WorkRefused(fault=GONE)
    return term


def to_the_terms(sentences: Sequence[Sentence] = ()) -> Outcome:
    return Outcome(sentences, reverse("schedule:terms"), _("To the terms"))
