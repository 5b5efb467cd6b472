"""Adding, changing and removing the weekly lessons of a term. Lessons follow when the term is planned."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from edu_platform.lib.versions import require_as_shown
from schedule.enums import WeeklyLessonSource
from schedule.lessons.moving import NothingToSwap
from schedule.models import PlannedLesson, Term, WeeklyLesson
from schedule.models.lessons import any_room_has_begun
from schedule.terms.locks import lock_term
from schedule.terms.term_versions import touch
from schedule.terms.weekly_lessons.overlaps import TakenWeeks, WeeklyOverlap
from schedule.terms.weekly_lessons.writing import (
    WeeklyLessonPlan,
    insert_weekly_lessons,
    plan_of,
    update_weekly_lessons,
)


class WeeklyLessonOverlaps(Exception):
    """Somebody would be in two weekly lessons at once; `overlaps` says who, and in which other one."""

    def __init__(self, overlaps: Sequence[WeeklyOverlap]) -> None:
        super().__init__(f"{len(overlaps)} overlaps")
        self.overlaps = overlaps


def _require_no_overlap(
    term: Term,
    plan: WeeklyLessonPlan,
    *,
    changed: tuple[WeeklyLesson, WeeklyLessonPlan] | None = None,
    beside: Sequence[tuple[WeeklyLesson, WeeklyLessonPlan]] = (),
) -> None:
    """Refuse a plan in which somebody is taken.

    `changed`: the weekly lesson that becomes this, as it was. `beside`: others that change with it, as they will be.

    Raises:
        WeeklyLessonOverlaps: somebody is.
    """
    taken = TakenWeeks(term)
    leaving = [other.pk for other, _plan in beside] + ([changed[0].pk] if changed else [])
    # With several lists of bell times others may be at its time whose own times are not.
    at_its_time = Q() if taken.bell_lists.are_several else _overlapping(plan)
    at_its_place = at_its_time & Q(weekday=plan.weekday) & ~Q(pk__in=leaving)
    for weekly_lesson in near_weekly_lessons(term, plan, taken, at_its_place):
        taken.add(weekly_lesson, plan_of(weekly_lesson))
    for other, other_plan in beside:
        taken.add(other, other_plan)
    keeps_place = changed is not None and changed[1].place == plan.place
    if overlaps := taken.overlaps_of(plan, keeps_place=keeps_place):
        raise WeeklyLessonOverlaps(overlaps)


def _overlapping(plan: WeeklyLessonPlan) -> Q:
    return Q(starts__lt=plan.ends, ends__gt=plan.starts)


def near_weekly_lessons(
    term: Term, plan: WeeklyLessonPlan, taken: TakenWeeks, which: Q
) -> QuerySet[WeeklyLesson]:
    """Return those of these weekly lessons of the term that take somebody of the plan, or share students with it."""
    people = [user.pk for user in (plan.teacher, *plan.assistants)]
    near = term.weekly_lessons.filter(
        Q(teacher__in=people) | Q(assistants__in=people) | Q(class_groups__in=taken.near(plan)),
        which,
    )
    near = near.select_related("term", "course", "teacher")
    return near.prefetch_related("assistants", "class_groups").order_by("starts", "pk").distinct()


# --- Writing --------------------------------------------------------------------------------------


@transaction.atomic
def add_weekly_lesson(
    term: Term, plan: WeeklyLessonPlan, *, source: WeeklyLessonSource = WeeklyLessonSource.PAGE
) -> WeeklyLesson:
    """Add a weekly lesson.

    Raises:
        WeeklyLessonOverlaps: a person, class group or student is in another one of the term.
    """
    lock_term(term)
    plan = _at_its_bells(term, plan)
    _require_no_overlap(term, plan)
    (weekly_lesson,) = insert_weekly_lessons(term, [plan], source=source)
    touch(term)
    return weekly_lesson


@transaction.atomic
def change_weekly_lesson(
    weekly_lesson: WeeklyLesson, plan: WeeklyLessonPlan, *, known: str = ""
) -> bool:
    """Make a weekly lesson as planned; returns whether it differed. `known`: the version that a page showed.

    Raises:
        NotAsShown: somebody has changed it since.
        WeeklyLessonOverlaps: a person, class group or student is in another one of the term.
        WeeklyLesson.DoesNotExist: it was removed meanwhile.
    """
    lock_term(weekly_lesson.term)
    plan = _at_its_bells(weekly_lesson.term, plan)
    before = _as_shown(weekly_lesson, known)
    if before.kept() == plan.kept():
        return False
    _require_no_overlap(weekly_lesson.term, plan, changed=(weekly_lesson, before))
    update_weekly_lessons([(weekly_lesson, plan)])
    touch(weekly_lesson.term)
    return True


@transaction.atomic
def swap_weekly_lessons(
    weekly_lesson: WeeklyLesson, other: WeeklyLesson, *, known: str = "", known_other: str = ""
) -> None:
    """Exchange weekday and hours of two weekly lessons of a term; each keeps its weeks, and all else.

    Raises:
        NothingToSwap: it is one, both are at the same time, or they are of two terms.
        NotAsShown: somebody has changed one of them since a page showed it in this version.
        WeeklyLessonOverlaps: a person, class group or student is in another one of the term.
        WeeklyLesson.DoesNotExist: one was removed meanwhile.
    """
    term = weekly_lesson.term
    lock_term(term)
    before, other_before = _as_shown(weekly_lesson, known), _as_shown(other, known_other)
    if other.term_id != term.pk or before.hours == other_before.hours:
        raise NothingToSwap
    plan = _at_its_bells(term, before.at_hours_of(other_before))
    other_plan = _at_its_bells(term, other_before.at_hours_of(before))
    _require_no_overlap(term, plan, changed=(weekly_lesson, before), beside=[(other, other_plan)])
    _require_no_overlap(
        term, other_plan, changed=(other, other_before), beside=[(weekly_lesson, plan)]
    )
    update_weekly_lessons([(weekly_lesson, plan), (other, other_plan)])
    touch(term)


@transaction.atomic
def remove_weekly_lesson(weekly_lesson: WeeklyLesson, *, known: str = "") -> None:
    """Remove a weekly lesson; one that was removed meanwhile is no fault. Its lessons stay until the term is planned.

    Raises:
        NotAsShown: as `change_weekly_lesson`.
    """
    lock_term(weekly_lesson.term)
    rows = WeeklyLesson.objects.filter(pk=weekly_lesson.pk)
    if known and rows.exists():
        _as_shown(weekly_lesson, known)
    rows.delete()
    touch(weekly_lesson.term)


def _as_shown(weekly_lesson: WeeklyLesson, known: str) -> WeeklyLessonPlan:
    """Read a weekly lesson as it is now, its term being locked.

    Raises:
        NotAsShown: somebody has changed it since a page showed it.
        WeeklyLesson.DoesNotExist: it was removed meanwhile.
    """
    now = WeeklyLesson.objects.select_related("term", "course", "teacher").get(pk=weekly_lesson.pk)
    plan = plan_of(now)
    require_as_shown(now, known, plan.version)
    return plan


def _at_its_bells(term: Term, plan: WeeklyLessonPlan) -> WeeklyLessonPlan:
    """Return the plan at the times that its periods have by now: bell times may have changed since they were chosen."""
    if plan.first_bell is None or plan.last_bell is None:
        return plan
    bells = {bell.number: bell for bell in term.bell_times.all()}
    first, last = bells.get(plan.first_bell), bells.get(plan.last_bell)
    if first is None or last is None:
        return dataclasses.replace(plan, first_bell=None, last_bell=None)
    return dataclasses.replace(plan, starts=first.starts, ends=last.ends)


@dataclass(frozen=True, slots=True)
class LessonsOfWeeklyLesson:
    """Counts of the lessons that were made of it: those that go with it, and those that stay."""

    coming: int
    staying: int


def lessons_of(weekly_lesson: WeeklyLesson, *, at: dt.datetime) -> LessonsOfWeeklyLesson:
    """Return what the next planning does with its lessons once it is removed; one query."""
    planned_lessons = PlannedLesson.objects.filter(weekly_lesson=weekly_lesson).exclude(lesson=None)
    planned_lessons = planned_lessons.annotate(has_begun=any_room_has_begun("lesson"))
    coming = Q(lesson__starts_at__gt=at, is_edited=False, has_begun=False)
    counts = planned_lessons.aggregate(made=Count("pk"), coming=Count("pk", filter=coming))
    return LessonsOfWeeklyLesson(counts["coming"], counts["made"] - counts["coming"])
