"""Weekly lessons of a term that are in each other's way: by whom they take, in the weeks that both have."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from schedule.models import Term, WeeklyLesson
from schedule.occupancy.bookings import Booking, Holder, party_of
from schedule.occupancy.overlaps import Against, Who, standing_against
from schedule.occupancy.students import NOBODY, read_shared_students
from schedule.terms.weekly_lesson_writing import WeeklyLessonPlan
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
    """A weekly lesson that was added; its place in order is that of its bookings."""

    weekly_lesson: WeeklyLesson
    group_ids: frozenset[int]
    weeks: frozenset[int]
    keeps_place: bool


class TakenWeeks:
    """Knows who is taken when in the weeks of a term, by the weekly lessons that it is given; one query.

    Students of two class groups count on the weekday itself, wherever 调休 moves its plan.
    """

    def __init__(self, term: Term) -> None:
        self._term = term
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
        place = len(self._slots)
        weeks = self._weeks_of(plan)
        self._slots.append(_Slot(weekly_lesson, plan.group_ids, weeks, keeps_place))
        for holder in _holders(plan):
            if holder not in without:
                booking = Booking(
                    holder,
                    *_hours(plan),
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
        holders = [
            holder for holder in _holders(plan) if holder.is_person or not plan.overlap_reason
        ]
        own = self._weeks_of(plan)

        def in_both(group: int, taken: Booking) -> frozenset[int]:
            slot = self._slots[taken.order]
            # A class group of both is in both itself.
            if plan.group_ids & slot.group_ids or (keeps_place and slot.keeps_place):
                return NOBODY
            days = [self._day_of(plan, week) for week in sorted(slot.weeks & own)]
            students = (self._shared.in_both(group, day, taken.holder.pk, day) for day in days)
            return NOBODY.union(*students)

        meeting = self._meeting(plan, holders)
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

    def _meeting(self, plan: WeeklyLessonPlan, holders: Collection[Holder]) -> list[Booking]:
        """Return what is at the time of this plan in weeks of both, in the order in which it was added."""
        groups = self._shared.near(holder.pk for holder in holders if not holder.is_person)
        near = {*holders, *(Holder(is_person=False, pk=pk) for pk in groups)}
        starts, ends = _hours(plan)
        own = self._weeks_of(plan)
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

    def _weeks_of(self, plan: WeeklyLessonPlan) -> frozenset[int]:
        return frozenset(plan.weeks.among(self._term.weeks))

    def _day_of(self, plan: WeeklyLessonPlan, week: int) -> dt.date:
        days = (week - 1) * DAYS_A_WEEK + plan.weekday - 1
        return self._term.first_monday + dt.timedelta(days=days)


def _hours(plan: WeeklyLessonPlan) -> tuple[dt.datetime, dt.datetime]:
    day = ANY_MONDAY + dt.timedelta(days=plan.weekday - 1)
    return dt.datetime.combine(day, plan.starts), dt.datetime.combine(day, plan.ends)


def _holders(plan: WeeklyLessonPlan) -> Iterator[Holder]:
    for user in (plan.teacher, *plan.assistants):
        yield Holder(is_person=True, pk=user.pk)
    for group in plan.class_groups:
        yield Holder(is_person=False, pk=group.pk)
