"""Who would be in two lessons at once, found for any number of lessons in one look."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schedule.models import Lesson, Occupation


@dataclass(frozen=True, slots=True)
class Holder:
    """A person or a class group, of which there is one only."""

    is_person: bool
    pk: int


@dataclass(frozen=True, slots=True)
class Claim:
    """That a lesson takes somebody for `[starts_at, ends_at)`.

    `order` says which of two overlapping claims gives way: the greater one. 0 stands for lessons
    that are in the timetable already, which never do.
    """

    holder: Holder
    starts_at: dt.datetime
    ends_at: dt.datetime
    order: int
    lesson_pk: int | None = None


@dataclass(frozen=True, slots=True)
class Overlap:
    """`claim` cannot stand, because `taken` is there."""

    claim: Claim
    taken: Claim


def claims_in_timetable(
    *, starts_at: dt.datetime, ends_at: dt.datetime, without: Iterable[Lesson] = ()
) -> list[Claim]:
    """What is taken inside the period, without the lessons that are about to be planned anew."""
    left_out = {lesson.pk for lesson in without}
    rows = Occupation.objects.overlapping(starts_at=starts_at, ends_at=ends_at).filter(
        is_exclusive=True
    )
    columns = rows.values_list("lesson", "person", "class_group", "starts_at", "ends_at")
    return [
        Claim(Holder(group is None, person or group or 0), start, end, 0, lesson)
        for lesson, person, group, start, end in columns.iterator()
        if lesson not in left_out
    ]


def find_overlaps(claims: Iterable[Claim]) -> Iterator[Overlap]:
    """Yield each claim that another one stands against, once.

    A claim that gave way stands against nobody any more, so what is not yielded fits together.
    """
    by_holder: dict[Holder, list[Claim]] = defaultdict(list)
    for claim in claims:
        by_holder[claim.holder].append(claim)
    for of_holder in by_holder.values():
        of_holder.sort(key=lambda claim: (claim.starts_at, claim.order))
        yield from _overlaps_of_one(of_holder)


def _overlaps_of_one(claims: list[Claim]) -> Iterator[Overlap]:
    standing: Claim | None = None
    for claim in claims:
        if standing is None or standing.ends_at <= claim.starts_at:
            standing = claim
        elif claim.order > standing.order:
            yield Overlap(claim, standing)
        elif standing.order > claim.order:
            yield Overlap(standing, claim)
            standing = claim
        elif claim.ends_at > standing.ends_at:
            standing = claim
