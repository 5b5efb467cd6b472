"""Undoing a change of weekly lessons from a day on: they are as they were before, and the lessons that come follow.

A weekly lesson that somebody has changed or removed since stays, and so does one whose people or class groups are
gone. What has begun, is over or was edited by hand stays as well.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from edu_platform.lib.bulk_writing import WriteIn, own_transaction
from edu_platform.lib.versions import require_as_shown, version_of
from schedule.lessons.change import ROWS_A_LESSON
from schedule.lessons.trying_again import trying_again
from schedule.models import ChangeFromDay, PlanningAction, Term, WeeklyLesson
from schedule.terms.days.calendar import calendar_of
from schedule.terms.from_day.kept import KeptSplit
from schedule.terms.from_day.rearranging import (
    Becoming,
    Rearrangement,
    WeeklyLessons,
    WorkedOut,
    work_out,
    write,
)
from schedule.terms.locks import lock_term
from schedule.terms.weekly_lessons.kept_plans import PlanParts, WeeklyLeftReason
from schedule.terms.weekly_lessons.writing import WeeklyLessonPlan


class AlreadyUndone(Exception):
    """It was undone before."""


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A weekly lesson that stays as it is; None: it is not there any more."""

    kept_split: KeptSplit
    weekly_lesson: WeeklyLesson | None
    reason: WeeklyLeftReason


@dataclass(slots=True)
class Undoing:
    """Holds what undoing would do."""

    worked_out: WorkedOut
    back: list[Becoming] = field(default_factory=list)
    left_alone: list[LeftAlone] = field(default_factory=list)

    @property
    def changes_anything(self) -> bool:
        return bool(self.back)

    @property
    def can_be_done(self) -> bool:
        return self.changes_anything and not self.worked_out.is_refused

    @property
    def version(self) -> str:
        return version_of(
            [
                (becoming.weekly_lesson.pk, becoming.was.version, becoming.becomes.version)
                for becoming in self.back
            ],
            [(row.kept_split.weekly_lesson_id, str(row.reason)) for row in self.left_alone],
            self.worked_out.overlap_keys(),
            self.worked_out.difference.version,
        )


class UndoRefused(Exception):
    """Nothing is undone: `undoing` says what stands against it."""

    def __init__(self, undoing: Undoing) -> None:
        super().__init__("the change from a day on is not undone")
        self.undoing = undoing


def undoing_of(change: ChangeFromDay, *, at: dt.datetime) -> Undoing:
    """Return what undoing would do; a number of queries that hardly grows with it.

    Raises:
        Term.DoesNotExist: the term was deleted meanwhile.
    """
    term = Term.objects.get(pk=change.term_id)
    weekly_lessons = WeeklyLessons(term)
    kept_splits = [KeptSplit.read(row) for row in change.weekly_lessons]
    parts = PlanParts.of([kept_split.before for kept_split in kept_splits], term)
    rearrangement = Rearrangement(term)
    back: list[Becoming] = []
    left_alone: list[LeftAlone] = []
    for kept_split in kept_splits:
        reason = _reason_to_stay(kept_split, weekly_lessons.plans)
        plan = parts.plan(kept_split.before)
        if reason is None and plan is None:
            reason = WeeklyLeftReason.LEFT
        if reason is not None or plan is None:
            now = weekly_lessons.by_key.get(kept_split.new_id or kept_split.weekly_lesson_id)
            left_alone.append(LeftAlone(kept_split, now, reason or WeeklyLeftReason.LEFT))
        else:
            back.append(_put_back(rearrangement, kept_split, plan, weekly_lessons))
    worked_out = work_out(rearrangement, weekly_lessons, calendar_of(term), at=at)
    return Undoing(worked_out, back, left_alone)


def _reason_to_stay(
    kept_split: KeptSplit, plans: Mapping[int, WeeklyLessonPlan]
) -> WeeklyLeftReason | None:
    """Return why a weekly lesson is not put back: it, or the one that goes on from it, is another one by now."""
    expected = {kept_split.weekly_lesson_id: kept_split.became}
    if kept_split.new_id is not None:
        expected[kept_split.new_id] = kept_split.after
    for pk, plan in expected.items():
        if pk not in plans:
            return WeeklyLeftReason.GONE
        if plans[pk].kept() != plan:
            return WeeklyLeftReason.CHANGED
    return None


def _put_back(
    rearrangement: Rearrangement,
    kept_split: KeptSplit,
    plan: WeeklyLessonPlan,
    weekly_lessons: WeeklyLessons,
) -> Becoming:
    weekly_lesson = weekly_lessons.by_key[kept_split.weekly_lesson_id]
    was = weekly_lessons.plans[kept_split.new_id or kept_split.weekly_lesson_id]
    becoming = Becoming(weekly_lesson, was, plan)
    rearrangement.changed.append(becoming)
    if kept_split.new_id is not None:
        rearrangement.removed.append(weekly_lessons.by_key[kept_split.new_id])
        rearrangement.heirs[kept_split.new_id] = weekly_lesson, rearrangement.term.first_monday
    return becoming


def undo_change(
    change: ChangeFromDay,
    *,
    action: PlanningAction,
    known: str = "",
    write_in: WriteIn = own_transaction,
) -> Undoing:
    """Undo a change from a day on, and return what was done.

    `known`: the version of what a page showed.

    Raises:
        AlreadyUndone: it was undone before.
        NotAsShown: it would do something else; with what it would do now.
        UndoRefused: somebody would be in two lessons at once, or nothing is left that could be undone.
        ChangedMeanwhile: the timetable is changed all the time.
        Term.DoesNotExist: it was deleted meanwhile.
    """
    return trying_again(lambda: _attempt(change, action, known, write_in))


def _attempt(
    change: ChangeFromDay, action: PlanningAction, known: str, write_in: WriteIn
) -> Undoing:
    _require_not_undone(change)
    undoing = undoing_of(change, at=action.at)
    require_as_shown(undoing, known, undoing.version)
    if not undoing.can_be_done:
        raise UndoRefused(undoing)
    action.undoes = change.action
    try:
        with write_in(undoing.worked_out.lesson_count, rows_a_unit=ROWS_A_LESSON) as noted:
            lock_term(undoing.worked_out.rearrangement.term)
            _require_not_undone(change)
            write(undoing.worked_out, action=action)
            noted.update(undone(undoing, action))
    except Exception:
        action.forget_saving()
        raise
    return undoing


def _require_not_undone(change: ChangeFromDay) -> None:
    if PlanningAction.objects.filter(undoes=change.action_id).exists():
        raise AlreadyUndone


def undone(undoing: Undoing, action: PlanningAction) -> dict[str, object]:
    """Return what was undone, as plain JSON."""
    return undoing.worked_out.outcome(action, weekly_lesson_count=len(undoing.back))
