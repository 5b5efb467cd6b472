"""Weekly lessons that planning leaves out, since somebody is taken at their time."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import BooleanField, ExpressionWrapper, Q

from edu_platform.lib.batches import in_batches
from schedule.lessons.taking import bookings_of
from schedule.models import Term, WeeklyLesson
from schedule.occupancy.bookings import Booking
from schedule.occupancy.overlaps import Occupancy, Who, give_way
from schedule.terms.bells.bell_lists import BellLists, bell_lists_of
from schedule.terms.days.calendar import TermCalendar, calendar_of
from schedule.terms.planning.placements import Key, Placement, place, weekly_lessons_to_place


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A lesson that a weekly lesson asks for and that cannot be placed: by a lesson that is there, or by another weekly lesson."""

    weekly_lesson: WeeklyLesson
    date: dt.date
    who: Who
    lesson_id: int | None
    other: WeeklyLesson | None

    @property
    def weekly_lessons(self) -> list[WeeklyLesson]:
        return [self.weekly_lesson] if self.other is None else [self.weekly_lesson, self.other]


@dataclass(slots=True)
class _Planned:
    """The coming lessons of a term: those that follow its plan, and those that it asks for and that are not there."""

    # All lessons that follow the plan, and as the plan has them by now those at the time of a missing one.
    lesson_ids: set[int]
    followed: list[tuple[int, Placement]]
    missing: list[Placement]


def left_out_of(term: Term, occupancy: Occupancy, *, at: dt.datetime) -> list[LeftOut]:
    """Return what of the term's plan cannot be placed from now on; ten queries, and more for hundreds of weekly lessons.

    `occupancy` is that of the term; only what lies at the time of a missing lesson is looked at.
    """
    planned = _planned(term, at)
    standing = _standing(planned, occupancy)
    for order, placement in enumerate(planned.missing, start=1):
        standing += bookings_of(placement.plan, order=order)
    left_out_by_order: dict[int, LeftOut] = {}
    for overlap in give_way(standing, occupancy.shared):
        order, other = overlap.booking.order, overlap.taken.order
        placement = planned.missing[order - 1]
        left_out = LeftOut(
            weekly_lesson=placement.weekly_lesson,
            date=placement.date,
            who=overlap.who,
            lesson_id=overlap.taken.lesson_pk,
            other=planned.missing[other - 1].weekly_lesson if other else None,
        )
        left_out_by_order.setdefault(order, left_out)
    return [left_out_by_order[order] for order in sorted(left_out_by_order)]


def _standing(planned: _Planned, occupancy: Occupancy) -> list[Booking]:
    """Return what takes somebody when a lesson is missing: lessons as they are, and as the plan would have them."""
    times = {(placement.starts_at, placement.ends_at) for placement in planned.missing}
    bookings = {booking for time in times for booking in occupancy.at(*time)}
    standing = [
        booking
        for booking in sorted(bookings, key=lambda booking: (booking.starts_at, booking.lesson_pk))
        if booking.is_exclusive and booking.lesson_pk not in planned.lesson_ids
    ]
    for pk, followed in planned.followed:
        standing += bookings_of(followed.plan, order=0, lesson_pk=pk)
    return standing


def _planned(term: Term, at: dt.datetime) -> _Planned:
    lessons: dict[Key, int | None] = {}
    follows = ExpressionWrapper(Q(is_edited=False, lesson__starts_at__gt=at), BooleanField())
    rows = term.planned_lessons.annotate(follows=follows)
    for weekly_lesson, date, lesson, is_followed in rows.values_list(
        "weekly_lesson", "date", "lesson", "follows"
    ):
        lessons[weekly_lesson or 0, date] = lesson if is_followed else None
    days = _Days(calendar_of(term), bell_lists_of(term))
    hours = _hours_of(term, with_groups=days.need_groups)
    placed = days.place(hours, is_meant=lambda key: key not in lessons)
    missing = [placement for placement in placed if placement.starts_at > at]
    dates = {placement.date for placement in missing}
    weekdays = {placement.weekly_lesson.weekday for placement in missing}
    then = [weekly_lesson for weekly_lesson in hours if weekly_lesson.weekday in weekdays]
    others = days.place(then, is_meant=lambda key: key[1] in dates and bool(lessons.get(key)))
    near = _near(missing, others)
    whole = _whole(term, days, {placement.key for placement in (*missing, *near)})
    followed = [(lessons[placement.key] or 0, whole[placement.key]) for placement in near]
    lesson_ids = {pk for pk in lessons.values() if pk is not None}
    return _Planned(lesson_ids, followed, [whole[placement.key] for placement in missing])


class _Days(NamedTuple):
    """The days of a term, and the bell times that hold on them."""

    calendar: TermCalendar
    bell_lists: BellLists

    @property
    def need_groups(self) -> bool:
        """Return whether it depends on class groups when something is held."""
        return self.bell_lists.are_several or bool(self.calendar.days_off)

    def place(
        self, weekly_lessons: Iterable[WeeklyLesson], *, is_meant: Callable[[Key], bool]
    ) -> list[Placement]:
        return place(weekly_lessons, self.calendar, self.bell_lists, is_meant=is_meant).wanted


def _hours_of(term: Term, *, with_groups: bool) -> list[WeeklyLesson]:
    """Read when weekly lessons are held: few of thousands of placements are looked at with people."""
    hours = ("term", "weekday", "starts", "ends", "first_bell", "last_bell", "weeks")
    rows = term.weekly_lessons.only(*hours).order_by("pk")
    return list(rows.prefetch_related("class_groups") if with_groups else rows)


def _near(missing: Iterable[Placement], others: Iterable[Placement]) -> list[Placement]:
    """Return which of the others are at the time of a missing one."""
    times_of: dict[dt.date, set[tuple[dt.datetime, dt.datetime]]] = defaultdict(set)
    for placement in missing:
        times_of[placement.date].add((placement.starts_at, placement.ends_at))
    return [
        placement
        for placement in others
        if any(
            placement.starts_at < ends_at and starts_at < placement.ends_at
            for starts_at, ends_at in times_of.get(placement.date, ())
        )
    ]


def _whole(term: Term, days: _Days, keys: Collection[Key]) -> dict[Key, Placement]:
    """Return these placements with the people and class groups of their weekly lessons."""
    placements: dict[Key, Placement] = {}
    for batch in in_batches(weekly_lesson for weekly_lesson, _date in keys):
        weekly_lessons = weekly_lessons_to_place(term).filter(pk__in=batch)
        placed = days.place(weekly_lessons, is_meant=keys.__contains__)
        placements.update((placement.key, placement) for placement in placed)
    return placements
