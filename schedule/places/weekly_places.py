"""The places of a term's week where a weekly lesson could be, in the weeks that it has."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from django.db.models import Q, QuerySet

from schedule.models import Term, WeeklyLesson
from schedule.places.lesson_places import PlaceKind
from schedule.places.school_days import Start, starts_of
from schedule.terms.bells.bell_lists import BellLists, NoSuchPeriod, members_of
from schedule.terms.bells.bell_times import Bells, BellSpan
from schedule.terms.days.calendar import calendar_of, days_of
from schedule.terms.planning.placements import weekly_lessons_to_place
from schedule.terms.weekly_lessons.changes import near_weekly_lessons
from schedule.terms.weekly_lessons.overlaps import ANY_MONDAY, TakenWeeks, WeeklyOverlap
from schedule.terms.weekly_lessons.writing import WeeklyLessonPlan, plan_of
from schedule.week_grid import DAYS_A_WEEK


@dataclass(frozen=True, slots=True)
class WeeklyPlace:
    """A weekday and time at which the weekly lesson could be, and what stands against that."""

    start: Start
    # The weekly lesson as it would be there.
    plan: WeeklyLessonPlan
    # When it would be held; the times of its plan are those of the term's own bell times.
    hours: BellSpan
    kind: PlaceKind
    against: Sequence[WeeklyOverlap] = ()
    # The weekly lesson with which it would swap.
    other: WeeklyLesson | None = None
    # So many of its weeks have no lesson there, since its days are off and nothing makes up for them.
    lost_weeks: int = 0


def moved_plan(
    plan: WeeklyLessonPlan, weekday: int, starts: dt.time, bells: Bells
) -> WeeklyLessonPlan | None:
    """Return the plan at another weekday and time; None where the day is over before it ends.

    It keeps its length: as many periods where it is planned by them and one starts then, else as many minutes.
    """
    number, periods_more = bells.number_at(starts), _periods_more(plan)
    if number is not None and periods_more is not None:
        last = number + periods_more
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
        plan, weekday=weekday, starts=starts, ends=ends_at.time(), first_bell=None, last_bell=None
    )


class DaysHeld:
    """Knows on how many days of a term a weekly lesson is held; two queries."""

    def __init__(self, term: Term, bell_lists: BellLists) -> None:
        self._term, self._bell_lists = term, bell_lists
        self._calendar = calendar_of(term)

    def is_never(self, plan: WeeklyLessonPlan) -> bool:
        """Tell whether all of its days are off."""
        return bool(plan.weeks.among(self._term.weeks)) and self._count(plan) == 0

    def lost_weeks(self, plan: WeeklyLessonPlan) -> int:
        """Return how many of its weeks have no lesson."""
        return max(len(plan.weeks.among(self._term.weeks)) - self._count(plan), 0)

    def _count(self, plan: WeeklyLessonPlan) -> int:
        days = self._calendar.dates_of(plan.weekday, plan.weeks)
        return sum(not self._is_off(plan, day.date) for day in days)

    def _is_off(self, plan: WeeklyLessonPlan, day: dt.date) -> bool:
        days_off = self._calendar.days_off
        if not days_off.on(day):
            return False
        hours = None
        with suppress(NoSuchPeriod):
            hours = self._bell_lists.hours_of(plan, plan.class_groups, day)
        members = members_of(plan.class_groups)
        return bool(days_off.is_off(members, day, hours, self._bell_lists))


def places_of_weekly(weekly_lesson: WeeklyLesson) -> list[WeeklyPlace]:
    """Return where in the week it could be, in order of time; as many queries for one as for many."""
    plan = plan_of(weekly_lesson)
    term = weekly_lesson.term
    taken = TakenWeeks(term)
    weeks = _WeeksOfPlan(term, plan, taken.bell_lists)
    days_held = DaysHeld(term, taken.bell_lists)
    near = list(near_weekly_lessons(term, plan, taken, ~Q(pk=weekly_lesson.pk)))
    for other in (*near, *_others_then(weekly_lesson, near, taken.bell_lists)):
        taken.add(other, plan_of(other))
    places = [
        _with_days_off(_place_of(plan, start, at_start, weeks, taken), days_held)
        for weekday in range(1, DAYS_A_WEEK + 1)
        for start, at_start in weeks.starts_on(weekday)
    ]
    if all(place.kind is not PlaceKind.HERE for place in places):
        hours = weeks.hours_of(plan) or own_hours(plan)
        own_place = WeeklyPlace(Start(hours.starts), plan, hours, PlaceKind.HERE)
        places.append(_with_days_off(own_place, days_held))
    return _with_swaps(places, _swaps(plan, near, weeks, taken, days_held))


class _WeeksOfPlan:
    """Knows by which bell times a weekly lesson is held in the weeks that it has."""

    def __init__(self, term: Term, plan: WeeklyLessonPlan, bell_lists: BellLists) -> None:
        self._term, self._plan, self._bell_lists = term, plan, bell_lists

    def starts_on(self, weekday: int) -> Iterator[tuple[Start, WeeklyLessonPlan]]:
        """Yield where it may start on a weekday, each with the plan by which it would start then."""
        for start in starts_of(self._bells_on(weekday).spans):
            at_start = self._plan_at(weekday, start)
            if at_start is not None:
                yield start, at_start

    def hours_of(self, plan: WeeklyLessonPlan) -> BellSpan | None:
        """Return when it is held: its own hours where they differ by week, None where no week has its periods."""
        if not self._bell_lists.are_several:
            return own_hours(plan)
        hours = set()
        for day in self._days(plan.weekday):
            with suppress(NoSuchPeriod):
                hours.add(self._bell_lists.hours_of(plan, plan.class_groups, day))
        if not hours:
            return None
        return hours.pop() if len(hours) == 1 else own_hours(plan)

    def _plan_at(self, weekday: int, start: Start) -> WeeklyLessonPlan | None:
        """Return the plan by which it starts then: by the period of the term's own bell times, else by the clock."""
        default = self._bell_lists.default
        by_number = dict(enumerate((span.starts for span in default.spans), start=1))
        for starts in (by_number.get(start.number or 0, start.starts), start.starts):
            moved = moved_plan(self._plan, weekday, starts, default)
            hours = None if moved is None else self.hours_of(moved)
            if hours is not None and hours.starts == start.starts:
                return moved
        return None

    def _bells_on(self, weekday: int) -> Bells:
        """Return those that hold for its class groups in all of its weeks; the term's own where they differ."""
        members = members_of(self._plan.class_groups)
        return self._bell_lists.on_all(members, self._days(weekday))

    def _days(self, weekday: int) -> Iterator[dt.date]:
        return days_of(self._term, weekday, self._plan.weeks)


def own_hours(plan: WeeklyLessonPlan) -> BellSpan:
    return BellSpan(plan.starts, plan.ends)


def _others_then(
    weekly_lesson: WeeklyLesson, near: Sequence[WeeklyLesson], bell_lists: BellLists
) -> QuerySet[WeeklyLesson]:
    """Return all others at its time: a weekly lesson that takes its place has to fit beside them.

    With several lists of bell times others may be at its time whose own times are not.
    """
    then = Q(starts__lt=weekly_lesson.ends, ends__gt=weekly_lesson.starts)
    return weekly_lessons_to_place(weekly_lesson.term).filter(
        Q() if bell_lists.are_several else then,
        ~Q(pk__in=[weekly_lesson.pk, *(other.pk for other in near)]),
        weekday=weekly_lesson.weekday,
    )


def _place_of(
    plan: WeeklyLessonPlan,
    start: Start,
    at_start: WeeklyLessonPlan,
    weeks: _WeeksOfPlan,
    taken: TakenWeeks,
) -> WeeklyPlace:
    hours = weeks.hours_of(at_start) or own_hours(at_start)
    if (at_start.weekday, at_start.starts) == (plan.weekday, plan.starts):
        return WeeklyPlace(start, plan, hours, PlaceKind.HERE)
    against = taken.overlaps_of(at_start)
    kind = PlaceKind.TAKEN if against else PlaceKind.FREE
    return WeeklyPlace(start, at_start, hours, kind, against)


def _with_days_off(place: WeeklyPlace, days_held: DaysHeld) -> WeeklyPlace:
    """Return the place with the weeks that it loses; where it is never held, it is none."""
    if place.kind is not PlaceKind.HERE and days_held.is_never(place.plan):
        return replace(place, kind=PlaceKind.OFF, against=())
    return replace(place, lost_weeks=days_held.lost_weeks(place.plan))


# --- Swaps ----------------------------------------------------------------------------------------


def _with_swaps(places: Sequence[WeeklyPlace], freed: Iterable[WeeklyPlace]) -> list[WeeklyPlace]:
    """Put in the places that a swap frees; such a time may be that of no period."""
    swaps = {(place.plan.weekday, place.plan.starts): place for place in freed}
    merged = []
    for place in places:
        swap = swaps.pop((place.plan.weekday, place.plan.starts), None)
        merged.append(place if swap is None else replace(swap, start=place.start))
    return sorted([*merged, *swaps.values()], key=lambda place: (place.plan.weekday, place.hours))


def _swaps(
    plan: WeeklyLessonPlan,
    near: Sequence[WeeklyLesson],
    weeks: _WeeksOfPlan,
    taken: TakenWeeks,
    days_held: DaysHeld,
) -> Iterator[WeeklyPlace]:
    """Yield where another one of the same length, and of the same teacher or class group, stands alone against it."""
    for other in near:
        other_plan = plan_of(other)
        is_related = other.teacher_id == plan.teacher.pk or plan.group_ids & other_plan.group_ids
        if not is_related or not _is_as_long(plan, other_plan) or plan.hours == other_plan.hours:
            continue
        at_other, at_own = plan.at_hours_of(other_plan), other_plan.at_hours_of(plan)
        hours = weeks.hours_of(at_other)
        if hours is None or taken.are_at_once(at_other, at_own):
            continue
        if days_held.is_never(at_other) or days_held.is_never(at_own):
            continue
        against = taken.overlaps_of(at_other)
        in_turn = taken.overlaps_of(at_own)
        if _lessons_in(against) == {other.pk} and _lessons_in(in_turn) <= {other.pk}:
            lost = days_held.lost_weeks(at_other)
            start = Start(hours.starts)
            yield WeeklyPlace(start, at_other, hours, PlaceKind.SWAP, against, other, lost)


def _lessons_in(overlaps: Sequence[WeeklyOverlap]) -> set[int]:
    return {overlap.weekly_lesson.pk for overlap in overlaps}


def _length(plan: WeeklyLessonPlan) -> dt.timedelta:
    starts, ends = (dt.datetime.combine(ANY_MONDAY, time) for time in (plan.starts, plan.ends))
    return ends - starts


def _is_as_long(plan: WeeklyLessonPlan, other: WeeklyLessonPlan) -> bool:
    """Tell whether both have as many minutes, or as many periods."""
    own_periods, other_periods = _periods_more(plan), _periods_more(other)
    are_as_many = own_periods is not None and own_periods == other_periods
    return are_as_many or _length(plan) == _length(other)


def _periods_more(plan: WeeklyLessonPlan) -> int | None:
    """Return how many periods follow the first one; None for a plan by the clock."""
    if plan.first_bell is None or plan.last_bell is None:
        return None
    return plan.last_bell - plan.first_bell
