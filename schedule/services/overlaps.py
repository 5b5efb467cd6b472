"""Finds overlapping bookings for any number of lessons in two queries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils import timezone

from accounts.models import User
from edu_platform.lib.statements import Statement
from schedule.models import ClassGroup, Lesson, Occupation
from schedule.planning.shared_students import (
    SharedStudents,
    StudentsTaken,
    read_shared_students,
)


@dataclass(frozen=True, slots=True)
class Holder:
    """A person or a class group, of which there is one only."""

    is_person: bool
    pk: int


@dataclass(frozen=True, slots=True)
class Booking:
    """A lesson takes a person or class group for `[starts_at, ends_at)`.

    `order` says which of two overlapping bookings gives way: the greater one. 0 stands for lessons
    that are in the timetable already, which never do.
    """

    holder: Holder
    starts_at: dt.datetime
    ends_at: dt.datetime
    order: int
    lesson_pk: int | None = None
    # Of a lesson that is planned again, but keeps its time and its class groups. Students of two of them
    # were in both before: that is told on the page of conflicts, and refuses no other change.
    is_in_place: bool = False

    @property
    def lesson_key(self) -> tuple[int, int | None]:
        return self.order, self.lesson_pk


@dataclass(frozen=True, slots=True)
class Who:
    """Who would be in two lessons at once: a person, a class group, or students of `holder` and `other`."""

    holder: Holder
    other: Holder
    students: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Overlap:
    """`booking` cannot stand, because `taken` is there."""

    booking: Booking
    taken: Booking
    # Where they are bookings of two class groups: the students who are in both.
    students: frozenset[int] = frozenset()

    @property
    def who(self) -> Who:
        return Who(self.booking.holder, self.taken.holder, self.students)


def bookings_in_timetable(
    *, starts_at: dt.datetime, ends_at: dt.datetime, without: Iterable[Lesson] = ()
) -> list[Booking]:
    """What is taken inside the period, without the lessons that are about to be planned again."""
    left_out = {lesson.pk for lesson in without}
    rows = _TAKEN.rows(starts_at=starts_at, ends_at=ends_at)
    return [
        Booking(Holder(group is None, person or group or 0), start, end, 0, lesson)
        for lesson, person, group, start, end in rows
        if lesson not in left_out
    ]


_TAKEN = Statement(
    lambda starts_at, ends_at: (
        Occupation.objects.overlapping(starts_at=starts_at, ends_at=ends_at)
        .filter(is_exclusive=True)
        .values_list("lesson", "person", "class_group", "starts_at", "ends_at")
    )
)


def find_overlaps(bookings: Iterable[Booking]) -> Iterator[Overlap]:
    """Yield each booking that another one stands against, once for its holder, and once for students.

    A yielded booking no longer blocks others of its holder, so the remaining ones fit together.
    """
    by_holder: dict[Holder, list[Booking]] = defaultdict(list)
    for booking in bookings:
        by_holder[booking.holder].append(booking)
    for of_holder in by_holder.values():
        of_holder.sort(key=lambda booking: (booking.starts_at, booking.order))
        yield from _overlaps_of_one(of_holder)
    of_groups = [
        each for holder, found in by_holder.items() if not holder.is_person for each in found
    ]
    yield from _overlaps_of_students(of_groups)


def _overlaps_of_one(bookings: list[Booking]) -> Iterator[Overlap]:
    standing: Booking | None = None
    for booking in bookings:
        if standing is None or standing.ends_at <= booking.starts_at:
            standing = booking
        elif booking.order > standing.order:
            yield Overlap(booking, standing)
        elif standing.order > booking.order:
            yield Overlap(standing, booking)
            standing = booking
        elif booking.ends_at > standing.ends_at:
            standing = booking


def taken_by(overlap: Overlap, lesson: Lesson) -> Occupation | StudentsTaken:
    """Who is taken there, by this lesson, as a refusal names it; a few queries."""
    booking, taken = overlap.booking, overlap.taken
    if overlap.students:
        names = User.objects.get_queryset().filter(pk__in=overlap.students)
        groups = ClassGroup.objects.in_bulk([booking.holder.pk, taken.holder.pk])
        return StudentsTaken(
            class_group=groups[booking.holder.pk].name,
            other_group=groups[taken.holder.pk].name,
            students=tuple(names.order_by("display_name").values_list("display_name", flat=True)),
            lesson=lesson,
        )
    who = {"person_id" if taken.holder.is_person else "class_group_id": taken.holder.pk}
    return Occupation(lesson=lesson, starts_at=taken.starts_at, ends_at=taken.ends_at, **who)


def of_one_holder(bookings: Iterable[Booking]) -> Iterator[tuple[Booking, Booking]]:
    """Every two bookings at once of one person or class group, the earlier first."""
    running: dict[Holder, list[Booking]] = defaultdict(list)
    for booking in sorted(bookings, key=lambda each: (each.starts_at, each.lesson_key[0])):
        there = [each for each in running[booking.holder] if each.ends_at > booking.starts_at]
        for other in there:
            yield other, booking
        running[booking.holder] = [*there, booking]


def _overlaps_of_students(bookings: list[Booking]) -> Iterator[Overlap]:
    """The bookings of class groups whose students are in other ones at that time."""
    if not any(map(_student_order, bookings)):
        return
    days = {timezone.localdate(booking.starts_at) for booking in bookings}
    shared = read_shared_students(first=min(days), last=max(days))
    against: dict[Booking, list[tuple[Booking, frozenset[int]]]] = defaultdict(list)
    for one, other, students in sharing_students(bookings, shared):
        earlier, later = sorted((one, other), key=_student_order)
        if _student_order(earlier) < _student_order(later):
            against[later].append((earlier, students))
    yielded: set[Booking] = set()
    for booking in sorted(against, key=_student_order):
        for taken, students in against[booking]:
            if taken not in yielded:
                yielded.add(booking)
                yield Overlap(booking, taken, students)
                break


def _student_order(booking: Booking) -> int:
    return 0 if booking.is_in_place else booking.order


def sharing_students(
    bookings: Iterable[Booking], shared: SharedStudents
) -> Iterator[tuple[Booking, Booking, frozenset[int]]]:
    """Every two bookings at once of class groups that share students, the earlier first, and these students.

    Not those of one lesson, nor of lessons that have a class group in common: that is in both itself.
    """
    concerned = [each for each in bookings if each.holder.pk in shared.neighbours]
    groups_of: dict[tuple[int, int | None], set[int]] = defaultdict(set)
    for booking in bookings:
        groups_of[booking.lesson_key].add(booking.holder.pk)
    running: dict[int, list[Booking]] = {}
    for booking in sorted(concerned, key=lambda each: (each.starts_at, each.lesson_key[0])):
        group = booking.holder.pk
        for near in sorted(shared.neighbours[group] & running.keys()):
            running[near] = [each for each in running[near] if each.ends_at > booking.starts_at]
            for other in running[near]:
                if groups_of[booking.lesson_key].isdisjoint(groups_of[other.lesson_key]):
                    yield from _if_shared(other, booking, shared)
        running.setdefault(group, []).append(booking)


def _if_shared(
    one: Booking, other: Booking, shared: SharedStudents
) -> Iterator[tuple[Booking, Booking, frozenset[int]]]:
    students = shared.in_both(
        one.holder.pk,
        timezone.localdate(one.starts_at),
        other.holder.pk,
        timezone.localdate(other.starts_at),
    )
    if students:
        yield one, other, students
