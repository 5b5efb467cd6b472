"""Copying the weekly lessons of a term as long work: its page asks for it, a worker does it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.permissions import Action
from edu_platform.lib.http import with_query
from edu_platform.lib.long_work import RunningWork, WorkRefused, WorkState
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.models import ClassGroup, Term, Work
from schedule.terms.term_copies import Counterparts, copy_term
from schedule.terms.term_work import GONE, GONE_IN_WORDS, term_of, to_the_terms
from schedule.terms.weekly_lessons.lists import terms_to_copy
from schedule.work.kinds import CHANGED, Outcome, Sentence, WorkKind

SOURCE_GONE = "source_gone"
FAULTS = {
    SOURCE_GONE: gettext_lazy(
        "Nothing was copied: the term “%(source)s” was deleted meanwhile, or has no weekly lessons any more."
    ),
    CHANGED: gettext_lazy(
        "Nothing was copied: others change one of the two terms just now. Try again."
    ),
    GONE: GONE_IN_WORDS,
}


def copy_arguments(
    source: Term, target: Term, counterparts: Counterparts, *, copies_bells: bool
) -> dict[str, Any]:
    """Return what a worker needs to copy the term as this request would."""
    return {
        "term": target.code,
        "name": target.name,
        "source": source.code,
        "source_name": source.name,
        "counterparts": [[pk, group.pk] for pk, group in counterparts.items()],
        "copies_bells": copies_bells,
    }


def _run(work: RunningWork[Work]) -> None:
    arguments = work.row.arguments
    target = term_of(work.row)
    sources = {term.code: term for term in terms_to_copy(target)}
    source = sources.get(arguments["source"])
    if source is None:
        raise WorkRefused(fault=SOURCE_GONE, source=arguments["source_name"])
    # Those that were archived or deleted meanwhile are no counterparts any more.
    groups = {group.pk: group for group in ClassGroup.objects.active()}
    counterparts = {pk: groups[other] for pk, other in arguments["counterparts"] if other in groups}
    copies_bells = arguments["copies_bells"]
    try:
        copy_term(source, target, counterparts, copies_bells=copies_bells, write_in=work.writing)
    except Term.DoesNotExist as err:
        raise WorkRefused(fault=GONE) from err
    except ChangedMeanwhile as err:
        raise WorkRefused(fault=CHANGED) from err


def copied_in_words(count: int) -> str:
    return ngettext(
        "%(count)s weekly lesson was copied.", "%(count)s weekly lessons were copied.", count
    ) % {"count": count}


def is_in_part(shown: Mapping[str, Any]) -> bool:
    """Tell whether something was not carried over, which is recorded nowhere else."""
    return bool(shown["left_out"] or shown["in_part"])


def _outcome(work: Work) -> Outcome:
    arguments, result = work.arguments, work.result
    if result.get("fault") == GONE:
        return to_the_terms()
    copy_page = reverse("schedule:term_copy", args=[arguments["term"]])
    if work.state != WorkState.DONE:
        return Outcome((), copy_page, _("Back to copying"))
    sentences = [Sentence(copied_in_words(result["added"]))]
    if is_in_part(result):
        sentences.append(Sentence(_("Not all could be carried over."), is_warning=True))
        address = with_query(copy_page, {"from": arguments["source"], "done": work.code})
        return Outcome(sentences, address, _("What was copied"))
    address = reverse("schedule:term", args=[arguments["term"]])
    return Outcome(sentences, address, _("To the weekly lessons of this term"))


def _title(arguments: Mapping[str, Any]) -> str:
    return _("Copy the term “%(source)s” into “%(name)s”") % {
        "source": arguments["source_name"],
        "name": arguments["name"],
    }


COPY_TERM = WorkKind(
    name="schedule.copy_term",
    action=Action.PLAN_LESSONS,
    run=_run,
    title=_title,
    named_by=("source_name", "name"),
    outcome=_outcome,
    faults=FAULTS,
)
