"""Splitting weekly lessons at a day: the week in which each changes, what it is until then, and what it is from then on."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from schedule.models import WEEKS_CHARS, WeeklyLesson
from schedule.terms.bells.bell_lists import numbers_of
from schedule.terms.bells.bell_times import Bells
from schedule.terms.days.calendar import TermCalendar
from schedule.terms.from_day.wish import FromDay
from schedule.terms.weekly_lessons.gate import fault_of
from schedule.terms.weekly_lessons.week_ranges import Weeks, written
from schedule.terms.weekly_lessons.writing import WeeklyLessonPlan, plan_of
from schedule.week_grid import DAYS_A_WEEK

ANY_DAY = dt.date(2001, 1, 1)


class SplitFault(Enum):
    """Says why a weekly lesson cannot become what is wanted."""

    NO_PERIOD = auto()
    NO_SUCH_PERIOD = auto()
    PAST_MIDNIGHT = auto()
    TOO_MANY_WEEKS = auto()

    @property
    def words(self) -> str:
        return str(WORDS[self])


WORDS: dict[SplitFault, StrPromise] = {
    SplitFault.NO_PERIOD: _("Its time is that of no period, so it cannot be shifted."),
    SplitFault.NO_SUCH_PERIOD: _("The day has no such period for it."),
    SplitFault.PAST_MIDNIGHT: _("It would end after midnight."),
    SplitFault.TOO_MANY_WEEKS: _("Its weeks would be too many single ones: split it by hand."),
}


class CannotBecome(Exception):
    """A weekly lesson cannot become what is wanted."""

    def __init__(self, fault: SplitFault) -> None:
        super().__init__(fault.name)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Split:
    """A weekly lesson that becomes another one in a week: in place where nothing lies before, else in two parts."""

    weekly_lesson: WeeklyLesson
    before: WeeklyLessonPlan
    # As it is from that week on.
    after: WeeklyLessonPlan
    # As it is until then; None where it is changed in place.
    until: WeeklyLessonPlan | None
    first_week: int


@dataclass(frozen=True, slots=True)
class Refused:
    weekly_lesson: WeeklyLesson
    fault: SplitFault


@dataclass(frozen=True, slots=True)
class Splits:
    splits: Sequence[Split]
    refused: Sequence[Refused]
    # So many of those concerned are as is wanted already, or are held no more from that day on.
    unchanged: int


class Splitting:
    """Splits the weekly lessons of one term by one wish."""

    def __init__(
        self, wish: FromDay, calendar: TermCalendar, bells: Bells, *, at: dt.datetime
    ) -> None:
        """`bells`: the term's own bell times. `at`: what has begun by then stays."""
        self._wish, self._bells, self._weeks = wish, bells, calendar.weeks
        self._now = timezone.localtime(at).replace(tzinfo=None)
        self._days: dict[tuple[int, int], list[dt.date]] = defaultdict(list)
        for day in calendar.dates():
            if day.plan_weekday is not None:
                self._days[day.week, day.plan_weekday].append(day.date)
        self._first_monday = calendar.first_monday
        self._first_weeks: dict[tuple[object, ...], int] = {}

    def of(self, weekly_lessons: Iterable[WeeklyLesson]) -> Splits:
        """Split those that are concerned, in the order in which they come."""
        splits: list[Split] = []
        refused: list[Refused] = []
        unchanged = 0
        for weekly_lesson in weekly_lessons:
            try:
                split = self._split(weekly_lesson)
            except CannotBecome as err:
                refused.append(Refused(weekly_lesson, err.fault))
            else:
                if split is None:
                    unchanged += 1
                else:
                    splits.append(split)
        return Splits(splits, refused, unchanged)

    def _split(self, weekly_lesson: WeeklyLesson) -> Split | None:
        before = plan_of(weekly_lesson)
        weeks = before.weeks.among(self._weeks)
        if not any(week >= self._first_week(before, before) for week in weeks):
            return None
        after = changed_plan(before, self._wish, self._bells)
        if after.kept() == before.kept():
            return None
        first_week = self._first_week(before, after)
        later = [week for week in weeks if week >= first_week]
        earlier = [week for week in weeks if week < first_week]
        if not later:
            return None
        if not earlier:
            return Split(weekly_lesson, before, after, None, first_week)
        return Split(
            weekly_lesson,
            before,
            dataclasses.replace(after, weeks=_listed(later)),
            dataclasses.replace(before, weeks=_listed(earlier)),
            first_week,
        )

    def _first_week(self, before: WeeklyLessonPlan, after: WeeklyLessonPlan) -> int:
        """Return the first week in which all that is held of both lies on that day or later, and is to come.

        A week is never split: where a part of it lies before, all of it stays.
        """
        key = before.weekday, before.starts, after.weekday, after.starts
        if key not in self._first_weeks:
            weeks = range(1, self._weeks + 1)
            starts = (before.weekday, before.starts), (after.weekday, after.starts)
            self._first_weeks[key] = next(
                (week for week in weeks if all(self._is_to_come(week, *start) for start in starts)),
                self._weeks + 1,
            )
        return self._first_weeks[key]

    def _is_to_come(self, week: int, weekday: int, starts: dt.time) -> bool:
        days = self._days.get((week, weekday)) or [self._natural_day(week, weekday)]
        first = min(days)
        return first >= self._wish.first_day and dt.datetime.combine(first, starts) > self._now

    def _natural_day(self, week: int, weekday: int) -> dt.date:
        return self._first_monday + dt.timedelta(days=(week - 1) * DAYS_A_WEEK + weekday - 1)


def _listed(weeks: Iterable[int]) -> Weeks:
    """Return these weeks as a list.

    Raises:
        CannotBecome: they are too many single ones to be kept.
    """
    text = written(weeks)
    if len(text) > WEEKS_CHARS:
        raise CannotBecome(SplitFault.TOO_MANY_WEEKS)
    return Weeks(text)


# --- What becomes of a plan -----------------------------------------------------------------------


def changed_plan(plan: WeeklyLessonPlan, wish: FromDay, bells: Bells) -> WeeklyLessonPlan:
    """Return a weekly lesson as it is wanted, in its weeks. Who is to teach it does not assist in it any more.

    Raises:
        CannotBecome: it has no such time.
    """
    teacher = wish.new_teacher or plan.teacher
    becoming = dataclasses.replace(
        _at_its_time(plan, wish, bells),
        course=wish.new_course or plan.course,
        teacher=teacher,
        assistants=tuple(user for user in plan.assistants if user.pk != teacher.pk),
        weekday=wish.new_weekday or plan.weekday,
        overlap_reason=wish.overlap_reason or plan.overlap_reason,
    )
    if fault_of(becoming):
        raise CannotBecome(SplitFault.PAST_MIDNIGHT)
    return becoming


def _at_its_time(plan: WeeklyLessonPlan, wish: FromDay, bells: Bells) -> WeeklyLessonPlan:
    if wish.shift:
        numbers = numbers_of(plan, bells)
        if numbers is None:
            raise CannotBecome(SplitFault.NO_PERIOD)
        first, last = (number + wish.shift for number in numbers)
        return _at_periods(plan, first, last, bells, by_periods=plan.first_bell is not None)
    if wish.first_bell is not None:
        first, last = numbers_of(plan, bells) or (0, 0)
        last = wish.last_bell or wish.first_bell + last - first
        return _at_periods(plan, wish.first_bell, last, bells, by_periods=True)
    if wish.starts is not None:
        ends = wish.ends or _later(wish.starts, plan)
        return dataclasses.replace(
            plan, starts=wish.starts, ends=ends, first_bell=None, last_bell=None
        )
    return plan


def _at_periods(
    plan: WeeklyLessonPlan, first: int, last: int, bells: Bells, *, by_periods: bool
) -> WeeklyLessonPlan:
    if not 1 <= first <= last <= len(bells.spans):
        raise CannotBecome(SplitFault.NO_SUCH_PERIOD)
    return dataclasses.replace(
        plan,
        starts=bells.spans[first - 1].starts,
        ends=bells.spans[last - 1].ends,
        first_bell=first if by_periods else None,
        last_bell=last if by_periods else None,
    )


def _later(starts: dt.time, plan: WeeklyLessonPlan) -> dt.time:
    """Return the end that keeps the length of a plan; one past midnight comes before the start."""
    length = dt.datetime.combine(ANY_DAY, plan.ends) - dt.datetime.combine(ANY_DAY, plan.starts)
    return (dt.datetime.combine(ANY_DAY, starts) + length).time()
