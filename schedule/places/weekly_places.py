"""The places of a term's week where a weekly lesson could be, in the weeks that it has."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from django.db.models import Q, QuerySet

from schedule.models import WeeklyLesson
from schedule.places.lesson_places import PlaceKind
from schedule.places.school_days import Start, starts_of
from schedule.terms.bell_times import Bells
from schedule.terms.placements import weekly_lessons_to_place
from schedule.terms.reading import bell_spans
from schedule.terms.weekly_lesson_changes import near_weekly_lessons
from schedule.terms.weekly_lesson_writing import WeeklyLessonPlan, plan_of
from schedule.terms.weekly_overlaps import ANY_MONDAY, TakenWeeks, WeeklyOverlap
from schedule.week_grid import DAYS_A_WEEK


@dataclass(frozen=True, slots=True)
class WeeklyPlace:
    """A weekday and time at which the weekly lesson could be, and what stands against that."""

    start: Start
    # The weekly lesson as it would be there.
    plan: WeeklyLessonPlan
    kind: PlaceKind
    against: Sequence[WeeklyOverlap] = ()
    # The weekly lesson with which it would swap.
    other: WeeklyLesson | None = None


def moved_plan(
    plan: WeeklyLessonPlan, weekday: int, starts: dt.time, bells: Bells
) -> WeeklyLessonPlan | None:
    """Return the plan at another weekday and time; None where the day is over before it ends.

    It keeps its length: as many periods where it is planned by them and one starts then, else as many minutes.
    """
    number = bells.number_at(starts)
    if number is not None and plan.first_bell is not None and plan.last_bell is not None:
        last = number + plan.last_bell - plan.first_bell
        if last > len(bells.spans):
            return None
        return dataclasses.replace(
            plan,
            weekday=weekday,
            starts=starts,
            ends=bells.spans[last - 1].ends,
            first_bell=number,
            last_bell=last,
        )
    ends_at = dt.datetime.combine(ANY_MONDAY, starts) + _length(plan)
    if ends_at.date() != ANY_MONDAY:
        return None
    return dataclasses.replace(
        plan,
        weekday=weekday,
        starts=starts,
        ends=ends_at.time(),
        first_bell=None,
        last_bell=None,
    )


def places_of_weekly(weekly_lesson: WeeklyLesson) -> list[WeeklyPlace]:
    """Return where in the week it could be, in order of time; as many queries for one as for many."""
    plan = plan_of(weekly_lesson)
    term = weekly_lesson.term
    bells = Bells(bell_spans(term))
    taken = TakenWeeks(term)
    near = list(near_weekly_lessons(term, plan, taken, ~Q(pk=weekly_lesson.pk)))
    for other in (*near, *_others_then(weekly_lesson, near)):
        taken.add(other, plan_of(other))
    places = [
        _place_of(plan, start, at_start, taken)
        for weekday in range(1, DAYS_A_WEEK + 1)
        for start in starts_of(bells.spans)
        if (at_start := moved_plan(plan, weekday, start.starts, bells)) is not None
    ]
    if all(place.kind is not PlaceKind.HERE for place in places):
        places.append(WeeklyPlace(Start(plan.starts), plan, PlaceKind.HERE))
    return _with_swaps(places, plan, near, taken)


def _others_then(
    weekly_lesson: WeeklyLesson, near: Sequence[WeeklyLesson]
) -> QuerySet[WeeklyLesson]:
    """Return all others at its time: a weekly lesson that takes its place has to fit beside them."""
    return weekly_lessons_to_place(weekly_lesson.term).filter(
        ~Q(pk__in=[weekly_lesson.pk, *(other.pk for other in near)]),
        weekday=weekly_lesson.weekday,
        starts__lt=weekly_lesson.ends,
        ends__gt=weekly_lesson.starts,
    )


def _place_of(
    plan: WeeklyLessonPlan, start: Start, at_start: WeeklyLessonPlan, taken: TakenWeeks
) -> WeeklyPlace:
    if (at_start.weekday, at_start.starts) == (plan.weekday, plan.starts):
        return WeeklyPlace(start, plan, PlaceKind.HERE)
    against = taken.overlaps_of(at_start)
    return WeeklyPlace(start, at_start, PlaceKind.TAKEN if against else PlaceKind.FREE, against)


# --- Swaps ----------------------------------------------------------------------------------------


def _with_swaps(
    places: Sequence[WeeklyPlace],
    plan: WeeklyLessonPlan,
    near: Sequence[WeeklyLesson],
    taken: TakenWeeks,
) -> list[WeeklyPlace]:
    """Put in the places that a swap frees; such a time may be that of no period."""
    swaps = {(place.plan.weekday, place.plan.starts): place for place in _swaps(plan, near, taken)}
    merged = []
    for place in places:
        swap = swaps.pop((place.plan.weekday, place.plan.starts), None)
        merged.append(place if swap is None else replace(swap, start=place.start))
    return sorted([*merged, *swaps.values()], key=lambda place: place.plan.hours)


def _swaps(
    plan: WeeklyLessonPlan,
    near: Sequence[WeeklyLesson],
    taken: TakenWeeks,
) -> Iterator[WeeklyPlace]:
    """Yield where another one of the same length, and of the same teacher or class group, stands alone against it."""
    for other in near:
        other_plan = plan_of(other)
        is_related = other.teacher_id == plan.teacher.pk or plan.group_ids & other_plan.group_ids
        if not is_related or not _is_as_long(plan, other_plan) or _are_at_once(plan, other_plan):
            continue
        at_other = plan.at_hours_of(other_plan)
        against = taken.overlaps_of(at_other)
        in_turn = taken.overlaps_of(other_plan.at_hours_of(plan))
        if _lessons_in(against) == {other.pk} and _lessons_in(in_turn) <= {other.pk}:
            yield WeeklyPlace(Start(other.starts), at_other, PlaceKind.SWAP, against, other)


def _lessons_in(overlaps: Sequence[WeeklyOverlap]) -> set[int]:
    return {overlap.weekly_lesson.pk for overlap in overlaps}


def _length(plan: WeeklyLessonPlan) -> dt.timedelta:
    starts, ends = (dt.datetime.combine(ANY_MONDAY, time) for time in (plan.starts, plan.ends))
    return ends - starts


def _is_as_long(plan: WeeklyLessonPlan, other: WeeklyLessonPlan) -> bool:
    """Tell whether both have as many minutes, or as many periods."""
    periods = [
        each.last_bell - each.first_bell
        for each in (plan, other)
        if each.first_bell is not None and each.last_bell is not None
    ]
    return _length(plan) == _length(other) or (len(periods) == 2 and periods[0] == periods[1])


def _are_at_once(plan: WeeklyLessonPlan, other: WeeklyLessonPlan) -> bool:
    return plan.weekday == other.weekday and plan.starts < other.ends and other.starts < plan.ends
