"""Publishing all drafts of a term as long work: the plan's page asks for it, a worker does it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.permissions import Action
from edu_platform.lib.long_work import RunningWork, WorkRefused, WorkState
from edu_platform.lib.versions import NotAsShown
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.models import PlanningAction, Term, Work
from schedule.terms.publication import publish_term
from schedule.terms.term_work import GONE, GONE_IN_WORDS, term_of, to_the_terms
from schedule.work.actions import action_arguments, action_of
from schedule.work.kinds import CHANGED, Outcome, Sentence, WorkKind

FAULTS = {
    CHANGED: gettext_lazy(
        "Nothing was published: the term has other drafts than when you opened the page, which counts those of now."
    ),
    GONE: GONE_IN_WORDS,
}


def publication_arguments(term: Term, action: PlanningAction, known: str) -> dict[str, Any]:
    """Return what a worker needs to publish the drafts of the term as this request would."""
    return {"term": term.code, "name": term.name, "known": known, **action_arguments(action)}


def _run(work: RunningWork[Work]) -> None:
    term = term_of(work.row)
    known = work.row.arguments["known"]
    try:
        publish_term(term, action=action_of(work.row), known=known, write_in=work.writing)
    except (NotAsShown, ChangedMeanwhile) as err:
        raise WorkRefused(fault=CHANGED) from err


def published_in_words(count: int) -> str:
    done = ngettext("%(count)s lesson was published.", "%(count)s lessons were published.", count)
    return done % {"count": count}


def _outcome(work: Work) -> Outcome:
    if work.result.get("fault") == GONE:
        return to_the_terms()
    is_done = work.state == WorkState.DONE
    sentences = [Sentence(published_in_words(work.result["count"]))] if is_done else ()
    address = reverse("schedule:term_plan", args=[work.arguments["term"]])
    return Outcome(sentences, address, _("To the plan of the term"))


def _title(arguments: Mapping[str, Any]) -> str:
    return _("Publish the drafts of the term “%(name)s”") % {"name": arguments["name"]}


PUBLISH_TERM = WorkKind(
    name="schedule.publish_term",
    action=Action.PLAN_LESSONS,
    run=_run,
    title=_title,
    named_by=("name",),
    outcome=_outcome,
    faults=FAULTS,
)
