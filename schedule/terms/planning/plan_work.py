"""Planning a term as long work: the plan's page asks for it, a worker does it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.permissions import Action
from edu_platform.lib.long_work import RunningWork, WorkRefused, WorkState
from edu_platform.lib.versions import NotAsShown
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.models import PlanningAction, Term, Work
from schedule.terms.planning.term_plan import PlanConflicts, PlanOptions, plan_term
from schedule.terms.term_work import GONE, GONE_IN_WORDS, term_of, to_the_terms
from schedule.work.actions import action_arguments, action_of
from schedule.work.kinds import CHANGED, Outcome, Sentence, WorkKind

CONFLICTS = "conflicts"
FAULTS = {
    CHANGED: gettext_lazy(
        "Nothing was done: since you opened the page something has changed. The page shows what planning would do now."
    ),
    CONFLICTS: gettext_lazy(
        "Nothing was done: somebody would be in two lessons at once. The page of the plan names them."
    ),
    GONE: GONE_IN_WORDS,
}


def rows_of_plan(term: Term) -> int:
    """Return how many lessons a term has by its weekly lessons, at most; one cheap query."""
    return term.weekly_lessons.count() * term.weeks


def plan_arguments(term: Term, action: PlanningAction, options: PlanOptions) -> dict[str, Any]:
    """Return what a worker needs to plan the term as this request would."""
    return {
        "term": term.code,
        "name": term.name,
        **action_arguments(action),
        "with_past": options.with_past,
        "is_draft": options.is_draft,
        "leaves_out_conflicts": options.leaves_out_conflicts,
        "version": options.version,
    }


def _run(work: RunningWork[Work]) -> None:
    arguments = work.row.arguments
    term = term_of(work.row)
    options = PlanOptions(
        at=timezone.now(),
        with_past=arguments["with_past"],
        is_draft=arguments["is_draft"],
        leaves_out_conflicts=arguments["leaves_out_conflicts"],
        version=arguments["version"],
    )
    try:
        plan_term(term, action=action_of(work.row), options=options, write_in=work.writing)
    except Term.DoesNotExist as err:
        raise WorkRefused(fault=GONE) from err
    except (NotAsShown, ChangedMeanwhile) as err:
        raise WorkRefused(fault=CHANGED) from err
    except PlanConflicts as err:
        raise WorkRefused(fault=CONFLICTS) from err


def planned_in_words(counts: Mapping[str, int]) -> list[Sentence]:
    """Say what planning a term did."""
    if not (counts["added"] or counts["changed"] or counts["removed"]):
        done = _("The term is planned: nothing was to be done.")
    else:
        done = _(
            "The term is planned: %(added)s new lessons, %(changed)s changed, %(removed)s deleted."
        ) % dict(counts)
    sentences = [Sentence(done)]
    if counts["left_out"]:
        left_out = ngettext(
            "%(count)s lesson was left out, since it conflicts.",
            "%(count)s lessons were left out, since they conflict.",
            counts["left_out"],
        )
        sentences.append(Sentence(left_out % {"count": counts["left_out"]}, is_warning=True))
    return sentences


def _outcome(work: Work) -> Outcome:
    if work.result.get("fault") == GONE:
        return to_the_terms()
    address = reverse("schedule:term_plan", args=[work.arguments["term"]])
    is_done = work.state == WorkState.DONE
    return Outcome(
        planned_in_words(work.result) if is_done else (), address, _("To the plan of the term")
    )


def _title(arguments: Mapping[str, Any]) -> str:
    return _("Plan the term “%(name)s”") % {"name": arguments["name"]}


PLAN_TERM = WorkKind(
    name="schedule.plan_term",
    action=Action.PLAN_LESSONS,
    run=_run,
    title=_title,
    named_by=("name",),
    outcome=_outcome,
    faults=FAULTS,
)
