"""Weekly lessons of a term that are in each other's way: by whom they take, in the weeks that both have."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass

from schedule.models import Term, WeeklyLesson
from schedule.occupancy.bookings import Booking, Holder, party_of
from schedule.occupancy.overlaps import Against, Who, standing_against
from schedule.occupancy.students import NOBODY, read_shared_students
from schedule.terms.bells.bell_lists import BellLists, NoSuchPeriod, bell_lists_of
from schedule.terms.bells.bell_times import BellSpan
from schedule.terms.weekly_lessons.writing import WeeklyLessonPlan
from schedule.week_grid import DAYS_A_WEEK

# A week that stands for all of them: what counts is the weekday and the time.
ANY_MONDAY = dt.date(2001, 1, 1)


@dataclass(frozen=True, slots=True)
class WeeklyOverlap:
    """Somebody is taken by this weekly lesson in the same weeks."""

    who: Who
    weekly_lesson: WeeklyLesson


@dataclass(frozen=True, slots=True)
class _Slot:
    """A weekly lesson that was added, in the weeks of the same hours; its place in order is that of its bookings."""

    weekly_lesson: WeeklyLesson
    group_ids: frozenset[int]
    weeks: frozenset[int]
    keeps_place: bool


class TakenWeeks:
    """Knows who is taken when in the weeks of a term, by the weekly lessons that it is given; two queries.

    Students of two class groups, and the bell times that hold, count on the weekday itself, wherever 调休 moves its plan.
    """

    def __init__(self, term: Term, bell_lists: BellLists | None = None) -> None:
        """`bell_lists`: as those of the term will be, instead of as they are."""
        self._term = term
        self.bell_lists = bell_lists or bell_lists_of(term)
        self._shared = read_shared_students(first=term.first_monday, last=term.last_day)
        self._slots: list[_Slot] = []
        # By weekday and holder.
        self._bookings: dict[tuple[int, Holder], list[Booking]] = defaultdict(list)

    def add(
        self,
        weekly_lesson: WeeklyLesson,
        plan: WeeklyLessonPlan,
        *,
        keeps_place: bool = True,
        without: Collection[Holder] = (),
    ) -> None:
        """Take whom the plan takes, but for `without`: lessons to come may have them. `keeps_place` as for `overlaps_of`."""
        for hours, weeks in self._weeks_by_hours(plan).items():
            place = len(self._slots)
            self._slots.append(_Slot(weekly_lesson, plan.group_ids, weeks, keeps_place))
            for holder in _holders(plan):
                if holder not in without:
                    booking = Booking(
                        holder,
                        *_moments(plan, hours),
                        place,
                        is_exclusive=holder.is_person or not plan.overlap_reason,
                    )
                    self._bookings[plan.weekday, holder].append(booking)

    def overlaps_of(
        self, plan: WeeklyLessonPlan, *, keeps_place: bool = False
    ) -> list[WeeklyOverlap]:
        """Return whom of this plan others take, for each of its people and groups, in the order in which these were added.

        Class groups and students may overlap where one of the two says why. `keeps_place`: neither its time nor
        its class groups are new. Students of two such were in both before, and refuse no other change.
        """
        overlaps: dict[tuple[Who, int], WeeklyOverlap] = {}
        for hours, weeks in self._weeks_by_hours(plan).items():
            for overlap in self._overlaps_in(plan, hours, weeks, keeps_place=keeps_place):
                overlaps.setdefault((overlap.who, id(overlap.weekly_lesson)), overlap)
        return list(overlaps.values())

    def are_at_once(self, plan: WeeklyLessonPlan, other: WeeklyLessonPlan) -> bool:
        """Tell whether there is a week in which both are held at one time."""
        if plan.weekday != other.weekday:
            return False
        others = self._weeks_by_hours(other)
        return any(
            weeks & other_weeks and hours.starts < theirs.ends and theirs.starts < hours.ends
            for hours, weeks in self._weeks_by_hours(plan).items()
            for theirs, other_weeks in others.items()
        )

    def _overlaps_in(
        self, plan: WeeklyLessonPlan, hours: BellSpan, own: frozenset[int], *, keeps_place: bool
    ) -> list[WeeklyOverlap]:
        """Return those in the weeks in which it has these hours."""
        holders = [
            holder for holder in _holders(plan) if holder.is_person or not plan.overlap_reason
        ]

        def in_both(group: int, taken: Booking) -> frozenset[int]:
            slot = self._slots[taken.order]
            # A class group of both is in both itself.
            if plan.group_ids & slot.group_ids or (keeps_place and slot.keeps_place):
                return NOBODY
            days = [self._day_of(plan, week) for week in sorted(slot.weeks & own)]
            students = (self._shared.in_both(group, day, taken.holder.pk, day) for day in days)
            return NOBODY.union(*students)

        meeting = self._meeting(plan, holders, hours, own)
        against = standing_against(party_of(holders), meeting, self._shared, in_both)
        places = {holder: place for place, holder in enumerate(holders)}

        def in_order(overlap: Against) -> tuple[int, bool, int]:
            return places[overlap.who.holder], bool(overlap.who.students), overlap.who.other.pk

        overlaps = sorted(against, key=in_order)
        return [
            WeeklyOverlap(overlap.who, self._slots[overlap.taken.order].weekly_lesson)
            for overlap in overlaps
        ]

    def near(self, plan: WeeklyLessonPlan) -> set[int]:
        """Return the class groups of the plan, and those that share students with them."""
        return self._shared.near(plan.group_ids)

    def _meeting(
        self,
        plan: WeeklyLessonPlan,
        holders: Collection[Holder],
        hours: BellSpan,
        own: frozenset[int],
    ) -> list[Booking]:
        """Return what is at these hours in weeks of both, in the order in which it was added."""
        groups = self._shared.near(holder.pk for holder in holders if not holder.is_person)
        near = {*holders, *(Holder(is_person=False, pk=pk) for pk in groups)}
        starts, ends = _moments(plan, hours)
        bookings = [
            booking
            for holder in near
            for booking in self._bookings.get((plan.weekday, holder), ())
            if booking.is_exclusive
            and starts < booking.ends_at
            and booking.starts_at < ends
            and self._slots[booking.order].weeks & own
        ]
        return sorted(bookings, key=lambda booking: booking.order)

    def _weeks_by_hours(self, plan: WeeklyLessonPlan) -> dict[BellSpan, frozenset[int]]:
        """Return when it is held, by the list of bell times that holds, and in which weeks then."""
        weeks = plan.weeks.among(self._term.weeks)
        if not self.bell_lists.are_several:
            return {BellSpan(plan.starts, plan.ends): frozenset(weeks)}
        weeks_by_hours: dict[BellSpan, set[int]] = defaultdict(set)
        for week in weeks:
            # In a week whose list has no such period it is not held.
            with suppress(NoSuchPeriod):
                day = self._day_of(plan, week)
                weeks_by_hours[self.bell_lists.hours_of(plan, plan.class_groups, day)].add(week)
        return {hours: frozenset(weeks) for hours, weeks in weeks_by_hours.items()}

    def _day_of(self, plan: WeeklyLessonPlan, week: int) -> dt.date:
        days = (week - 1) * DAYS_A_WEEK + plan.weekday - 1
        return self._term.first_monday + dt.timedelta(days=days)


def _moments(plan: WeeklyLessonPlan, hours: BellSpan) -> tuple[dt.datetime, dt.datetime]:
    day = ANY_MONDAY + dt.timedelta(days=plan.weekday - 1)
    return dt.datetime.combine(day, hours.starts), dt.datetime.combine(day, hours.ends)


def _holders(plan: WeeklyLessonPlan) -> Iterator[Holder]:
    for user in (plan.teacher, *plan.assistants):
        yield Holder(is_person=True, pk=user.pk)
    for group in plan.class_groups:
        yield Holder(is_person=False, pk=group.pk)
