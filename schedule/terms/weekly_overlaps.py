"""Which weekly lessons of a term are in each other's way: by whom they take, in the weeks that both have."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from schedule.models import DAYS_A_WEEK, Pattern, Term
from schedule.planning.shared_students import read_shared_students
from schedule.services.overlaps import Holder, Who
from schedule.terms.pattern_plans import PatternPlan


@dataclass(frozen=True, slots=True)
class WeeklyOverlap:
    """Somebody is taken by this weekly lesson in the same weeks."""

    who: Who
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class _Slot:
    pattern: Pattern
    plan: PatternPlan
    weeks: frozenset[int]
    keeps_place: bool


class TakenWeeks:
    """Who is taken when in the weeks of a term, by the weekly lessons that it is given; one query.

    Students of two class groups count on the weekday itself, wherever 调休 moves its plan.
    """

    def __init__(self, term: Term) -> None:
        self._term = term
        self._shared = read_shared_students(first=term.first_monday, last=term.last_day)
        self._slots: dict[tuple[int, Holder], list[_Slot]] = defaultdict(list)

    def add(
        self,
        pattern: Pattern,
        plan: PatternPlan,
        *,
        keeps_place: bool = True,
        without: Collection[Holder] = (),
    ) -> None:
        """`without`: these stand in nobody's way by it. `keeps_place` as for `overlaps_of`."""
        slot = _Slot(pattern, plan, self._weeks_of(plan), keeps_place)
        for holder in _holders(plan):
            if holder not in without:
                self._slots[plan.weekday, holder].append(slot)

    def overlaps_of(self, plan: PatternPlan, *, keeps_place: bool = False) -> list[WeeklyOverlap]:
        """Whom of this plan others take, in the order in which these were added, for each of its people and groups.

        Class groups and students may overlap where one of the two says why. `keeps_place`: neither its time nor
        its class groups are new. Students of two such were in both before, and refuse no other change.
        """
        found: list[WeeklyOverlap] = []
        for holder in _holders(plan):
            found += [
                WeeklyOverlap(Who(holder, holder), slot.pattern)
                for slot, _weeks in self._meeting(plan, holder)
                if holder.is_person or not (plan.overlap_reason or slot.plan.overlap_reason)
            ]
            if not holder.is_person and not plan.overlap_reason:
                found += self._of_students(plan, holder, keeps_place=keeps_place)
        return found

    def near(self, plan: PatternPlan) -> set[int]:
        """The class groups of the plan, and those that share students with them."""
        others = (self._shared.neighbours.get(pk, ()) for pk in plan.group_ids)
        return set(plan.group_ids).union(*others)

    def _of_students(
        self, plan: PatternPlan, holder: Holder, *, keeps_place: bool
    ) -> Iterator[WeeklyOverlap]:
        for pk in sorted(self._shared.neighbours.get(holder.pk, ())):
            other = Holder(is_person=False, pk=pk)
            for slot, weeks in self._meeting(plan, other):
                # A class group of both is in both itself.
                is_told = plan.group_ids & slot.plan.group_ids or (keeps_place and slot.keeps_place)
                if is_told or slot.plan.overlap_reason:
                    continue
                days = [self._day_of(plan, week) for week in weeks]
                in_both = (self._shared.in_both(holder.pk, day, pk, day) for day in days)
                students = frozenset[int]().union(*in_both)
                if students:
                    yield WeeklyOverlap(Who(holder, other, students), slot.pattern)

    def _meeting(self, plan: PatternPlan, holder: Holder) -> Iterator[tuple[_Slot, frozenset[int]]]:
        """What takes the holder at the time of this plan, and in which weeks of both."""
        own = self._weeks_of(plan)
        for slot in self._slots[plan.weekday, holder]:
            weeks = slot.weeks & own
            if weeks and plan.starts < slot.plan.ends and slot.plan.starts < plan.ends:
                yield slot, weeks

    def _weeks_of(self, plan: PatternPlan) -> frozenset[int]:
        return frozenset(plan.weeks.among(self._term.weeks))

    def _day_of(self, plan: PatternPlan, week: int) -> dt.date:
        days = (week - 1) * DAYS_A_WEEK + plan.weekday - 1
        return self._term.first_monday + dt.timedelta(days=days)


def _holders(plan: PatternPlan) -> Iterator[Holder]:
    for user in (plan.teacher, *plan.assistants):
        yield Holder(is_person=True, pk=user.pk)
    for group in plan.class_groups:
        yield Holder(is_person=False, pk=group.pk)
