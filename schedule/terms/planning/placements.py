"""The lessons that the weekly lessons of a term ask for, day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

from django.db.models import QuerySet

from accounts.models import User
from schedule.enums import WeeklyLessonSource
from schedule.lessons.moments import NotReadable, in_school_time
from schedule.lessons.plan import LessonPlan
from schedule.models import ClassGroup, Term, WeeklyLesson
from schedule.terms.bells.bell_lists import BellLists, NoSuchPeriod, bell_lists_of, members_of
from schedule.terms.bells.bell_times import BellSpan
from schedule.terms.days.calendar import TermCalendar, TermDate, calendar_of
from schedule.terms.days.days_off import HELD, PartOff, Verdict
from schedule.terms.weekly_lessons.week_ranges import Weeks
from schedule.terms.words import no_such_period_in_words

# What tells of its people who may teach, in queries for weekly lessons.
ROLES_OF_PEOPLE = ("teacher__role_grants", "assistants__role_grants")
# A weekly lesson, and a day on which it asks for a lesson.
Key = tuple[int, dt.date]


class _People:
    """The people in all the lessons of a weekly lesson, read from it once, if at all."""

    def __init__(self, weekly_lesson: WeeklyLesson) -> None:
        self._weekly_lesson = weekly_lesson

    @cached_property
    def assistants(self) -> tuple[User, ...]:
        return tuple(self._weekly_lesson.assistants.all())

    @cached_property
    def class_groups(self) -> tuple[ClassGroup, ...]:
        return tuple(self._weekly_lesson.class_groups.all())


@dataclass(frozen=True)
class Placement:
    """A lesson that a weekly lesson asks for on a day."""

    weekly_lesson: WeeklyLesson
    day: TermDate
    starts_at: dt.datetime
    ends_at: dt.datetime
    _people: _People

    @cached_property
    def plan(self) -> LessonPlan:
        """The plan of the lesson; of thousands of placements few are asked for it."""
        weekly_lesson = self.weekly_lesson
        return LessonPlan(
            course=weekly_lesson.course,
            teacher=weekly_lesson.teacher,
            class_groups=self._people.class_groups,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            assistants=self._people.assistants,
            title=weekly_lesson.title,
            room_type=weekly_lesson.room_type,
            record_mode=weekly_lesson.record_mode,
            overlap_reason=weekly_lesson.overlap_reason,
        )

    @property
    def date(self) -> dt.date:
        return self.day.date

    @property
    def key(self) -> Key:
        return self.weekly_lesson.pk, self.day.date


@dataclass(frozen=True, slots=True)
class NotPlaced:
    """A lesson that cannot be held on its day: clocks skip its hour then, or have it twice, or it has no such period."""

    weekly_lesson: WeeklyLesson
    day: TermDate
    reason: str


@dataclass(frozen=True, slots=True)
class PartlyAway:
    """A lesson that is held though some of its class groups have a day off."""

    placement: Placement
    away: tuple[PartOff, ...]
    names: tuple[str, ...]


@dataclass(slots=True)
class Placements:
    wanted: list[Placement] = field(default_factory=list)
    # Left out, since the school is closed, or all of their class groups have a day off.
    on_holidays: list[tuple[WeeklyLesson, TermDate]] = field(default_factory=list)
    partly_away: list[PartlyAway] = field(default_factory=list)
    not_placed: list[NotPlaced] = field(default_factory=list)


def placements_of(
    term: Term,
    *,
    source: WeeklyLessonSource | None = None,
    calendar: TermCalendar | None = None,
    bell_lists: BellLists | None = None,
) -> Placements:
    """All that the weekly lessons of a term ask for, or those of one source, in order of time; eight queries.

    `calendar`, `bell_lists`: as its days and bell times will be, instead of as they are.
    """
    weekly_lessons = weekly_lessons_to_place(term).prefetch_related(*ROLES_OF_PEOPLE)
    if source is not None:
        weekly_lessons = weekly_lessons.filter(source=source)
    return place(weekly_lessons, calendar or calendar_of(term), bell_lists or bell_lists_of(term))


def weekly_lessons_to_place(term: Term) -> QuerySet[WeeklyLesson]:
    weekly_lessons = term.weekly_lessons.select_related("course", "teacher")
    return weekly_lessons.prefetch_related("assistants", "class_groups").order_by("pk")


def place(
    weekly_lessons: Iterable[WeeklyLesson],
    calendar: TermCalendar,
    bell_lists: BellLists,
    *,
    is_meant: Callable[[Key], bool] = lambda _key: True,
) -> Placements:
    """Place each weekly lesson on each of its days, or on those that `is_meant` picks.

    Those by periods take the times of the list that holds for their class groups, which are read where a term has
    several lists.
    """
    placing = _Placing(calendar, bell_lists)
    placements = placing.placements
    for weekly_lesson in weekly_lessons:
        people = _People(weekly_lesson)
        weeks = Weeks(weekly_lesson.weeks)
        placements.on_holidays += [
            (weekly_lesson, day) for day in calendar.holidays_of(weekly_lesson.weekday, weeks)
        ]
        for day in calendar.dates_of(weekly_lesson.weekday, weeks):
            if is_meant((weekly_lesson.pk, day.date)):
                placing.place(weekly_lesson, people, day)
    placements.wanted.sort(key=lambda placement: (placement.starts_at, placement.weekly_lesson.pk))
    return placements


class _Placing:
    """Places weekly lessons on days, one by one."""

    def __init__(self, calendar: TermCalendar, bell_lists: BellLists) -> None:
        self._days_off, self._bell_lists = calendar.days_off, bell_lists
        self._moments = _Moments()
        self.placements = Placements()

    def place(self, weekly_lesson: WeeklyLesson, people: _People, day: TermDate) -> None:
        try:
            hours, no_hours = self._hours_of(weekly_lesson, people, day.date), ""
        except NoSuchPeriod as err:
            hours, no_hours = None, no_such_period_in_words(err.number, err.list_name)
        judged = self._judge(people, day.date, hours)
        if judged.off is not None:
            self.placements.on_holidays.append((weekly_lesson, replace(day, name=judged.off.label)))
            return
        if hours is None:
            self.placements.not_placed.append(NotPlaced(weekly_lesson, day, no_hours))
            return
        try:
            starts_at, ends_at = (self._moments[day.date, time] for time in hours)
        except NotReadable as err:
            self.placements.not_placed.append(NotPlaced(weekly_lesson, day, str(err)))
            return
        placement = Placement(weekly_lesson, day, starts_at, ends_at, people)
        self.placements.wanted.append(placement)
        if judged.away:
            self.placements.partly_away.append(_partly_away(placement, people, judged))

    def _hours_of(self, weekly_lesson: WeeklyLesson, people: _People, day: dt.date) -> BellSpan:
        groups = people.class_groups if self._bell_lists.are_several else ()
        return self._bell_lists.hours_of(weekly_lesson, groups, day)

    def _judge(self, people: _People, day: dt.date, hours: BellSpan | None) -> Verdict:
        if not self._days_off.on(day):
            return HELD
        members = members_of(people.class_groups)
        return self._days_off.judge(members, day, hours, self._bell_lists)


def _partly_away(placement: Placement, people: _People, judged: Verdict) -> PartlyAway:
    names = {group.pk: group.name for group in people.class_groups}
    parts = tuple(dict.fromkeys(part for _group, part in judged.away))
    return PartlyAway(placement, parts, tuple(names[group] for group, _part in judged.away))


class _Moments(dict[tuple[dt.date, dt.time], dt.datetime]):
    """Moments in the school's time, each worked out once: thousands of lessons have a few bell times."""

    def __missing__(self, key: tuple[dt.date, dt.time]) -> dt.datetime:
        moment = self[key] = in_school_time(*key)
        return moment
