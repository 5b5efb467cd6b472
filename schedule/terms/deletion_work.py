"""Deleting a term with its lessons as long work: the page that asks leaves it to a worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.permissions import Action
from edu_platform.lib.long_work import RunningWork, WorkRefused, WorkState
from edu_platform.lib.versions import NotAsShown
from schedule.lessons.delete import LessonBegun
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.models import PlanningAction, Term, Work
from schedule.terms.deletion import delete_term
from schedule.terms.term_work import GONE, GONE_IN_WORDS, term_of, to_the_terms
from schedule.work.actions import action_arguments, action_of
from schedule.work.kinds import CHANGED, Outcome, Sentence, WorkKind

BEGUN = "begun"
BEGUN_IN_WORDS = gettext_lazy(
    "%(lesson)s has begun, or is over: this term cannot be deleted any more."
)
FAULTS = {
    CHANGED: gettext_lazy(
        "Nothing was deleted: the term, or what is deleted with it, has changed since you opened the page, which shows it as it is now."
    ),
    BEGUN: BEGUN_IN_WORDS,
    GONE: GONE_IN_WORDS,
}


def deletion_arguments(term: Term, action: PlanningAction, known: str) -> dict[str, Any]:
    """Return what a worker needs to delete the term as this request would."""
    return {"term": term.code, "name": term.name, "known": known, **action_arguments(action)}


def _run(work: RunningWork[Work]) -> None:
    term = term_of(work.row)
    known = work.row.arguments["known"]
    action, at = action_of(work.row), timezone.now()
    try:
        delete_term(term, action=action, at=at, known=known, write_in=work.writing)
    except Term.DoesNotExist as err:
        raise WorkRefused(fault=GONE) from err
    except (NotAsShown, ChangedMeanwhile) as err:
        raise WorkRefused(fault=CHANGED) from err
    except LessonBegun as err:
        raise WorkRefused(fault=BEGUN, lesson=str(err.lesson)) from err


def deleted_in_words(name: str) -> str:
    return _("Deleted: %(name)s") % {"name": name}


def _outcome(work: Work) -> Outcome:
    if work.state == WorkState.DONE:
        return to_the_terms([Sentence(deleted_in_words(work.arguments["name"]))])
    if work.result.get("fault") == GONE:
        return to_the_terms()
    address = reverse("schedule:term_delete", args=[work.arguments["term"]])
    return Outcome((), address, _("Back to deleting the term"))


def _title(arguments: Mapping[str, Any]) -> str:
    return _("Delete the term “%(name)s”") % {"name": arguments["name"]}


DELETE_TERM = WorkKind(
    name="schedule.delete_term",
    action=Action.PLAN_LESSONS,
    run=_run,
    title=_title,
    named_by=("name",),
    outcome=_outcome,
    faults=FAULTS,
)
