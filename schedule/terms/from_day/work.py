"""Changing weekly lessons from a day on, and undoing it, as long work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from accounts.permissions import Action
from edu_platform.lib.batches import in_batches
from edu_platform.lib.long_work import RunningWork, WorkRefused, WorkState
from edu_platform.lib.versions import NotAsShown
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.models import ChangeFromDay, PlanningAction, Term, Work
from schedule.terms.from_day.changing import FromDayRefused, change_from_day
from schedule.terms.from_day.kept import KeptSplit
from schedule.terms.from_day.undo import AlreadyUndone, UndoRefused, undo_change
from schedule.terms.from_day.wish import FromDay, Gone
from schedule.terms.term_work import GONE, GONE_IN_WORDS, scope_of, term_of, to_the_terms
from schedule.work.actions import action_arguments, action_of
from schedule.work.kinds import CHANGED, Outcome, Sentence, WorkKind
from schedule.work.writing import begin_work

REFUSED, ALREADY = "refused", "already"
FAULTS = {
    CHANGED: gettext_lazy(
        "Nothing was done: since you opened the page something has changed. The page shows what would happen now."
    ),
    REFUSED: gettext_lazy(
        "Nothing was done: somebody would be in two lessons at once, or a weekly lesson has no such time. The page says which."
    ),
    ALREADY: gettext_lazy("This change was undone before."),
    GONE: GONE_IN_WORDS,
}


def changed_in_words(done: Mapping[str, Any]) -> str:
    """Say what was changed from a day on."""
    counts = {"count": done["weekly_lessons"], "lessons": _lessons_in_words(done)}
    return (
        ngettext(
            "%(count)s weekly lesson was changed: %(lessons)s.",
            "%(count)s weekly lessons were changed: %(lessons)s.",
            done["weekly_lessons"],
        )
        % counts
    )


def undone_in_words(done: Mapping[str, Any]) -> str:
    """Say what was undone of a change from a day on."""
    counts = {"count": done["weekly_lessons"], "lessons": _lessons_in_words(done)}
    return (
        ngettext(
            "%(count)s weekly lesson is as it was before: %(lessons)s.",
            "%(count)s weekly lessons are as they were before: %(lessons)s.",
            done["weekly_lessons"],
        )
        % counts
    )


def _lessons_in_words(done: Mapping[str, Any]) -> str:
    return _("%(changed)s lessons changed, %(added)s new, %(removed)s deleted") % {
        name: done[name] for name in ("changed", "added", "removed")
    }


def rows_of_change(term: Term, wish: FromDay) -> int:
    """Return how many lessons a wish changes, at most; one cheap query."""
    concerned = {
        "weekly_lesson__teacher": wish.teacher,
        "weekly_lesson__class_groups": wish.class_group,
        "weekly_lesson__course": wish.course,
        "weekly_lesson__weekday": wish.weekday,
    }
    named = {name: value for name, value in concerned.items() if value is not None}
    return term.planned_lessons.filter(date__gte=wish.first_day, **named).count()


def rows_of_undo(change: ChangeFromDay) -> int:
    """Return how many lessons undoing changes, at most; one query, more for hundreds of weekly lessons."""
    kept_splits = map(KeptSplit.read, change.weekly_lessons)
    keys = [kept_split.new_id or kept_split.weekly_lesson_id for kept_split in kept_splits]
    coming = change.term.planned_lessons.filter(date__gte=change.first_day)
    return sum(coming.filter(weekly_lesson__in=batch).count() for batch in in_batches(keys))


def begin_change(
    term: Term, wish: FromDay, *, action: PlanningAction, by: User, known: str, row_count: int
) -> Work:
    """Leave it to a worker to do what a page showed."""
    arguments = {
        **_named(term, wish.first_day.isoformat()),
        **action_arguments(action),
        "wish": wish.kept(),
        "known": known,
    }
    return begin_work(
        CHANGE_FROM_DAY,
        by=by,
        scope=scope_of(term),
        arguments=arguments,
        row_count=row_count,
    )


def begin_undo(
    change: ChangeFromDay, *, action: PlanningAction, by: User, known: str, row_count: int
) -> Work:
    """Leave it to a worker to undo a change from a day on."""
    arguments = {
        **_named(change.term, change.first_day.isoformat()),
        **action_arguments(action),
        "change": change.action.code,
        "known": known,
    }
    return begin_work(
        UNDO_FROM_DAY,
        by=by,
        scope=scope_of(change.term),
        arguments=arguments,
        row_count=row_count,
    )


def _named(term: Term, day: str) -> dict[str, str]:
    return {"term": term.code, "name": term.name, "day": day}


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except (Term.DoesNotExist, ChangeFromDay.DoesNotExist) as err:
        raise WorkRefused(fault=GONE) from err
    except (NotAsShown, ChangedMeanwhile, Gone) as err:
        raise WorkRefused(fault=CHANGED) from err
    except AlreadyUndone as err:
        raise WorkRefused(fault=ALREADY) from err
    except (FromDayRefused, UndoRefused) as err:
        raise WorkRefused(fault=REFUSED) from err


def _run(work: RunningWork[Work]) -> None:
    arguments = work.row.arguments
    with _refusing():
        change_from_day(
            term_of(work.row),
            FromDay.read(arguments["wish"]),
            action=action_of(work.row),
            known=arguments["known"],
            write_in=work.writing,
        )


def _run_undo(work: RunningWork[Work]) -> None:
    arguments = work.row.arguments
    with _refusing():
        change = ChangeFromDay.objects.select_related("action", "term").get(
            action__code=arguments["change"]
        )
        undo_change(
            change,
            action=action_of(work.row),
            known=arguments["known"],
            write_in=work.writing,
        )


def _outcome(work: Work) -> Outcome:
    if work.result.get("fault") == GONE:
        return to_the_terms()
    address = reverse("schedule:term_from", args=[work.arguments["term"]])
    is_done = work.state == WorkState.DONE
    sentences = [Sentence(changed_in_words(work.result))] if is_done else ()
    return Outcome(sentences, address, _("To the changes from a day on"))


def _outcome_of_undo(work: Work) -> Outcome:
    if work.result.get("fault") == GONE:
        return to_the_terms()
    if work.state == WorkState.DONE:
        address = reverse("schedule:term_from", args=[work.arguments["term"]])
        sentence = Sentence(undone_in_words(work.result))
        return Outcome([sentence], address, _("To the changes from a day on"))
    codes = work.arguments["term"], work.arguments["change"]
    address = reverse("schedule:term_from_undo", args=codes)
    return Outcome((), address, _("To what undoing would do"))


def _title(arguments: Mapping[str, Any]) -> str:
    return _("Change weekly lessons of “%(name)s” from %(day)s on") % dict(arguments)


def _title_of_undo(arguments: Mapping[str, Any]) -> str:
    return _("Undo the change of “%(name)s” from %(day)s on") % dict(arguments)


CHANGE_FROM_DAY = WorkKind(
    name="schedule.change_from_day",
    action=Action.PLAN_LESSONS,
    run=_run,
    title=_title,
    named_by=("name", "day"),
    outcome=_outcome,
    faults=FAULTS,
)
UNDO_FROM_DAY = WorkKind(
    name="schedule.undo_from_day",
    action=Action.PLAN_LESSONS,
    run=_run_undo,
    title=_title_of_undo,
    named_by=("name", "day"),
    outcome=_outcome_of_undo,
    faults=FAULTS,
)
