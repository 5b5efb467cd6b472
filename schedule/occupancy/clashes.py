"""Name the lessons that stand in the way of a plan: who is taken, and by what."""

from __future__ import annotations

from dataclasses import dataclass

from schedule.models import Lesson, LessonSnapshot
from schedule.occupancy.bookings import Party
from schedule.occupancy.overlaps import Occupancy
from schedule.occupancy.words import who_in_words

# A page names these, and there are hardly ever more than two.
NAMED_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody whom the plan takes is taken already."""

    who: str
    lesson: Lesson


def clashes_of(
    wanted: LessonSnapshot, *, without: Lesson | None, groups_may_overlap: bool
) -> list[Clash]:
    """Name who of a lesson as it is wanted is taken by others than the lesson itself; five queries at most.

    People and class groups come before students.
    """
    people = frozenset({wanted.teacher.pk, *wanted.assistant_ids})
    groups = frozenset[int]() if groups_may_overlap else frozenset(wanted.class_group_ids)
    party = Party(people, groups)
    starts_at, ends_at = wanted.starts_at, wanted.ends_at
    own = () if without is None else (without.pk,)
    occupancy = Occupancy.read(party, starts_at=starts_at, ends_at=ends_at, without=own)
    against = occupancy.against(party, starts_at, ends_at)
    found = sorted(against, key=lambda each: bool(each.who.students))[:NAMED_AT_MOST]
    if not found:
        return []
    names = who_in_words({each.who for each in found})
    lessons = Lesson.objects.select_related("course", "teacher").in_bulk(
        {each.taken.lesson_pk for each in found}
    )
    return [
        Clash(names[each.who], lesson)
        for each in found
        if (lesson := lessons.get(each.taken.lesson_pk or 0)) is not None
    ]
