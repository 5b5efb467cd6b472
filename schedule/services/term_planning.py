"""Making the lessons of a term as its patterns and its calendar say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from edu_platform.lib.batches import in_batches
from schedule.enums import ActionOrigin
from schedule.models import Lesson, PlannedLesson, PlanningAction, Term
from schedule.services.bulk_lessons import ROWS_A_STATEMENT, change_lessons, schedule_lessons
from schedule.services.lesson_deletion import delete_lessons
from schedule.terms.difference import TermDifference, difference, without_conflicts


class PlanConflicts(Exception):
    """Somebody would be in two lessons at once; `difference.conflicts` says who, and in which."""

    def __init__(self, found: TermDifference) -> None:
        super().__init__(f"{len(found.conflicts)} conflicts")
        self.difference = found


@transaction.atomic
def plan_term(
    term: Term,
    *,
    action: PlanningAction,
    at: dt.datetime,
    with_past: bool = False,
    is_draft: bool = False,
    leaves_out_conflicts: bool = False,
) -> TermDifference:
    """Add, change and delete lessons as the term's plan says, and return what was done.

    What was edited by hand, has begun or is over is left alone. New lessons are published unless
    `is_draft`; those that are there keep their state. Doing it again changes nothing.

    Raises:
        PlanConflicts: lessons cannot be placed, and are not to be left out.
        LessonBegun, LessonFrozen, LessonOverlaps: the timetable was changed meanwhile.
    """
    action.origin = ActionOrigin.TERM
    term = Term.objects.select_for_update().get(pk=term.pk)
    found = difference(term, at=at, with_past=with_past)
    if found.conflicts:
        if not leaves_out_conflicts:
            raise PlanConflicts(found)
        found = without_conflicts(found)
    _remove(found, at=at, action=action)
    _change(term, found, action=action)
    _add(term, found, is_draft=is_draft, action=action)
    Term.objects.filter(pk=term.pk).update(planned_at=timezone.now())
    return found


def _remove(found: TermDifference, *, at: dt.datetime, action: PlanningAction) -> None:
    if not found.removed:
        return
    _forget(found.removed)
    lessons = [planned.lesson for planned in found.removed if planned.lesson is not None]
    delete_lessons(lessons, at=at, action=action)


def _change(term: Term, found: TermDifference, *, action: PlanningAction) -> None:
    if not found.changed:
        return
    change_lessons([(each.lesson, each.plan) for each in found.changed], action=action)
    # Another day may have been that of another lesson until now.
    _forget([each.planned for each in found.changed])
    _remember(
        term,
        [(each.placement.pattern.pk, each.placement.date, each.lesson) for each in found.changed],
    )


def _add(term: Term, found: TermDifference, *, is_draft: bool, action: PlanningAction) -> None:
    plans = [each.plan for each in found.added]
    lessons = schedule_lessons(plans, is_draft=is_draft, action=action)
    placed = zip(found.added, lessons, strict=True)
    _remember(term, [(each.pattern.pk, each.date, lesson) for each, lesson in placed])


def _forget(planned: Sequence[PlannedLesson]) -> None:
    for batch in in_batches(each.pk for each in planned):
        PlannedLesson.objects.filter(pk__in=batch).delete()


def _remember(term: Term, placed: Sequence[tuple[int, dt.date, Lesson]]) -> None:
    PlannedLesson.objects.bulk_create(
        [
            PlannedLesson(term=term, pattern_id=pattern_id, date=date, lesson=lesson)
            for pattern_id, date, lesson in placed
        ],
        batch_size=ROWS_A_STATEMENT,
    )
