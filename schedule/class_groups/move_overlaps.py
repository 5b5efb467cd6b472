"""Lessons of two class groups at the same time that students would have by a move."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from edu_platform.lib.batches import in_batches
from schedule.models import ClassGroup, Lesson, Membership
from schedule.occupancy.bookings import Party, read_bookings
from schedule.occupancy.overlaps import Pair, Who, pairs
from schedule.occupancy.students import Days, SharedStudents
from schedule.occupancy.words import who_in_words
from schedule.week_grid import period_of_days

# A school year: what lies later is planned again before.
LOOKED_AHEAD = dt.timedelta(days=366)
# So many are named; more are counted.
NAMED_AT_MOST = 10


@dataclass(frozen=True, slots=True)
class MoveOverlap:
    """Students, in words, and the two lessons in which they would be at once."""

    who: str
    one: Lesson
    other: Lesson


@dataclass(frozen=True, slots=True)
class MoveOverlaps:
    named: Sequence[MoveOverlap] = ()
    count: int = 0

    @property
    def besides(self) -> int:
        return self.count - len(self.named)


def overlaps_of_move(
    students: Collection[int], *, source: ClassGroup, target: ClassGroup | None, day: dt.date
) -> MoveOverlaps:
    """Return where these students would be in two lessons at once from this day on, in order of time.

    Six queries, one where none of them is in a third class group.
    """
    if not students or target is None or target.pk is None:
        return MoveOverlaps()
    shared = _shared_after(students, source=source.pk, target=target.pk, day=day)
    if target.pk not in shared.neighbours:
        return MoveOverlaps()
    starts_at, ends_at = period_of_days(day, day + LOOKED_AHEAD)
    party = Party(frozenset(), frozenset(shared.memberships))
    bookings = read_bookings(starts_at=starts_at, ends_at=ends_at, of=party)
    found = [pair for pair in pairs(bookings, shared) if pair.students]
    found.sort(key=lambda pair: pair.other.starts_at)
    return MoveOverlaps(_named(found[:NAMED_AT_MOST]), len(found))


def _shared_after(
    students: Collection[int], *, source: int, target: int, day: dt.date
) -> SharedStudents:
    """Return the students and the class groups that they share with the target once they have moved."""
    rows = Membership.objects.of_students().not_over(day=day)
    rows = rows.exclude(class_group__in=[source, target]).filter(user__is_active=True)
    memberships: dict[int, dict[int, list[Days]]] = defaultdict(lambda: defaultdict(list))
    for keys in in_batches(students):
        others = rows.filter(user__in=keys)
        for group, user, *days in others.values_list("class_group", "user", "from_date", "to_date"):
            memberships[group][user].append(Days(*days))
            memberships[target][user] = [Days(day, None)]
    others_of_target = set(memberships) - {target}
    neighbours = {group: {target} for group in others_of_target}
    if others_of_target:
        neighbours[target] = others_of_target
    return SharedStudents({group: dict(users) for group, users in memberships.items()}, neighbours)


def _named(found: Sequence[Pair]) -> list[MoveOverlap]:
    if not found:
        return []
    whos = [Who(pair.one.holder, pair.other.holder, pair.students) for pair in found]
    words = who_in_words(set(whos))
    lessons = Lesson.objects.select_related("course", "teacher").in_bulk(
        {booking.lesson_pk for pair in found for booking in pair[:2]}
    )
    return [
        MoveOverlap(
            words[who], lessons[pair.one.lesson_pk or 0], lessons[pair.other.lesson_pk or 0]
        )
        for who, pair in zip(whos, found, strict=True)
        if {pair.one.lesson_pk, pair.other.lesson_pk} <= lessons.keys()
    ]
