"""Making the lessons of a term as its weekly lessons and its calendar say."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from edu_platform.lib.batches import ROWS_A_STATEMENT, in_batches, update_rows
from edu_platform.lib.bulk_writing import WriteIn, own_transaction
from edu_platform.lib.versions import require_as_shown
from schedule.enums import ActionOrigin
from schedule.lessons.as_read import TIMETABLE_CHANGED
from schedule.lessons.begun import begun_among, by_now
from schedule.lessons.change import (
    ROWS_A_LESSON,
    change_lessons,
    schedule_lessons,
)
from schedule.lessons.delete import delete_lessons
from schedule.lessons.locks import lock_lessons, lock_parties
from schedule.lessons.trying_again import ChangedMeanwhile, trying_again
from schedule.models import (
    Lesson,
    PlannedLesson,
    PlanningAction,
    Term,
    WeeklyLesson,
)
from schedule.terms.days.calendar import TermCalendar
from schedule.terms.locks import lock_unchanged, require_unchanged
from schedule.terms.planning.difference import difference, without_conflicts
from schedule.terms.planning.term_difference import PlanPart, TermDifference


class PlanConflicts(Exception):
    """Somebody would be in two lessons at once; `difference.conflicts` says who, and in which."""

    def __init__(self, plan_difference: TermDifference) -> None:
        super().__init__(f"{len(plan_difference.conflicts)} conflicts")
        self.difference = plan_difference


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    # When it was asked for: what has begun by then, or by the time that it is done, is left alone.
    at: dt.datetime
    # It counts for the first plan of a term only.
    with_past: bool = False
    # New lessons are published unless they are to be drafts; those that are there keep their state.
    is_draft: bool = False
    leaves_out_conflicts: bool = False
    # The version of the difference that somebody has seen; empty: any.
    version: str = ""
    # Empty: the whole plan.
    part: PlanPart | None = None


def plan_term(
    term: Term,
    *,
    action: PlanningAction,
    options: PlanOptions,
    write_in: WriteIn = own_transaction,
) -> TermDifference:
    """Add, change and delete lessons as the term's plan says, and return what was done.

    What was edited by hand, has begun or is over is left alone. Doing it again changes nothing. What is to be
    done is worked out first; `write_in` opens the transaction that writes it.

    Raises:
        NotAsShown: it would do something else than the version of `options` says; with the difference of now.
        PlanConflicts: lessons cannot be placed, and are not to be left out.
        ChangedMeanwhile: the timetable is changed all the time.
    """
    return trying_again(lambda: _attempt(term, action, options, write_in))


def _attempt(
    term: Term, action: PlanningAction, options: PlanOptions, write_in: WriteIn
) -> TermDifference:
    was_saved = action.pk is not None
    worked_out = work_out_plan(term, options)
    plan_difference = worked_out.difference
    if plan_difference.conflicts and not options.leaves_out_conflicts:
        # Where somebody else planned the term while this was worked out, its own lessons stand in the way.
        require_unchanged(worked_out.term)
        raise PlanConflicts(plan_difference)
    try:
        with write_in(worked_out.lesson_count, rows_a_unit=ROWS_A_LESSON) as noted:
            lock_unchanged(worked_out.term, no_key=True)
            write_plan(worked_out, action=action, options=options)
            noted.update(plan_difference.counts_with_left_out())
    except Exception:
        if not was_saved:
            action.forget_saving()
        raise
    return plan_difference


# --- Working it out, and writing it -----------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class WorkedOutPlan:
    """Hold what a term's plan does, as it was worked out before anything is locked."""

    # As it was when this was worked out, which began then.
    term: Term
    begun_at: dt.datetime
    difference: TermDifference

    @property
    def lesson_count(self) -> int:
        """Return how many lessons are written."""
        difference = self.difference
        return len(difference.added) + len(difference.changed) + len(difference.removed)


def work_out_plan(
    term: Term,
    options: PlanOptions,
    *,
    weekly_lessons: Collection[WeeklyLesson] | None = None,
    calendar: TermCalendar | None = None,
    handed_over: Mapping[int, WeeklyLesson] | None = None,
) -> WorkedOutPlan:
    """Say what a term's plan does; nothing is written.

    `weekly_lessons`, `calendar`: as these will be, where they are written with the plan. `handed_over`: whose the
    planned lessons with these keys will be then.

    Raises:
        NotAsShown: it is something else than the version of `options` says; with the difference of now.
    """
    # What changes from now on is not in this plan.
    begun_at = timezone.now()
    as_read = Term.objects.get(pk=term.pk)
    part = options.part
    # A plan of a part that has lessons already is not the first one.
    is_first = as_read.planned_at is None and not (part and part.planned_ids)
    plan_difference = difference(
        as_read,
        at=by_now(options.at),
        with_past=options.with_past and is_first,
        part=part,
        weekly_lessons=weekly_lessons,
        calendar=calendar,
        handed_over=handed_over,
    )
    require_as_shown(plan_difference, options.version, plan_difference.version)
    if options.leaves_out_conflicts:
        plan_difference = without_conflicts(plan_difference)
    return WorkedOutPlan(as_read, begun_at, plan_difference)


def write_plan(worked_out: WorkedOutPlan, *, action: PlanningAction, options: PlanOptions) -> None:
    """Do what was worked out, its term locked by now and as it was then, but for what this transaction has written.

    Raises:
        ChangedMeanwhile: lessons or people are not as they were.
    """
    action.origin = ActionOrigin.TERM
    try:
        _write(worked_out, action, options)
    except TIMETABLE_CHANGED as err:
        raise ChangedMeanwhile from err


def _write(worked_out: WorkedOutPlan, action: PlanningAction, options: PlanOptions) -> None:
    term, plan_difference = worked_out.term, worked_out.difference
    at = by_now(options.at)
    _lock(plan_difference, at=at)
    _take_over(plan_difference)
    _remove(plan_difference, at=at, action=action)
    _change(term, plan_difference, action=action)
    _add(term, plan_difference, is_draft=options.is_draft, action=action)
    if options.part is None or options.part.is_all_that_waits:
        # What this transaction itself has changed before is in the plan.
        planned_at = Greatest(F("changed_at"), Value(worked_out.begun_at))
        Term.objects.filter(pk=term.pk).update(planned_at=planned_at)


def _lock(plan_difference: TermDifference, *, at: dt.datetime) -> None:
    """Take all lessons and then all people at once, in the common order, and look whether they are as they were, and still to come.

    Raises:
        ChangedMeanwhile: they are not.
    """
    touched = [rewritten.planned for rewritten in plan_difference.changed] + plan_difference.removed
    lessons = [planned.lesson for planned in touched if planned.lesson is not None]
    lock_lessons(lessons, will_delete=bool(plan_difference.removed))
    plans = [rewritten.plan for rewritten in plan_difference.changed]
    lock_parties(plans + [placement.plan for placement in plan_difference.added])
    untouched = 0
    for batch in in_batches(planned.pk for planned in touched):
        rows = PlannedLesson.objects.filter(pk__in=batch, is_edited=False, lesson__isnull=False)
        untouched += rows.count()
    starts = [lesson.starts_at for lesson in lessons] + [each.starts_at for each in plans]
    has_come = any(starts_at <= at for starts_at in starts)
    if has_come or untouched != len(touched) or begun_among(lesson.pk for lesson in lessons):
        raise ChangedMeanwhile


def _take_over(plan_difference: TermDifference) -> None:
    rows = []
    for planned, placement in plan_difference.taken_over:
        planned.weekly_lesson, planned.date = placement.weekly_lesson, placement.date
        rows.append(planned)
    update_rows(rows, ["weekly_lesson", "date"])


def _remove(plan_difference: TermDifference, *, at: dt.datetime, action: PlanningAction) -> None:
    if not plan_difference.removed:
        return
    _forget(plan_difference.removed)
    lessons = [planned.lesson for planned in plan_difference.removed if planned.lesson is not None]
    delete_lessons(lessons, at=at, action=action)


def _change(term: Term, plan_difference: TermDifference, *, action: PlanningAction) -> None:
    if not plan_difference.changed:
        return
    change_lessons(
        [(rewritten.lesson, rewritten.plan) for rewritten in plan_difference.changed], action=action
    )
    # Another day may have been that of another lesson until now.
    moved = [
        rewritten
        for rewritten in plan_difference.changed
        if rewritten.placement.date != rewritten.planned.date
    ]
    _forget([rewritten.planned for rewritten in moved])
    _remember(
        term,
        [
            (rewritten.placement.weekly_lesson.pk, rewritten.placement.date, rewritten.lesson)
            for rewritten in moved
        ],
    )


def _add(
    term: Term, plan_difference: TermDifference, *, is_draft: bool, action: PlanningAction
) -> None:
    plans = [placement.plan for placement in plan_difference.added]
    lessons = schedule_lessons(plans, is_draft=is_draft, action=action)
    placed = zip(plan_difference.added, lessons, strict=True)
    _remember(
        term, [(placement.weekly_lesson.pk, placement.date, lesson) for placement, lesson in placed]
    )


def _forget(planned: Sequence[PlannedLesson]) -> None:
    for batch in in_batches(planned_lesson.pk for planned_lesson in planned):
        PlannedLesson.objects.filter(pk__in=batch).delete()


def _remember(term: Term, placed: Sequence[tuple[int, dt.date, Lesson]]) -> None:
    PlannedLesson.objects.bulk_create(
        [
            PlannedLesson(term=term, weekly_lesson_id=weekly_lesson_id, date=date, lesson=lesson)
            for weekly_lesson_id, date, lesson in placed
        ],
        batch_size=ROWS_A_STATEMENT,
    )
