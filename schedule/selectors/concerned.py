"""Whom changes of lessons concern."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from schedule.models import LessonSnapshot, Membership

# A lesson before and after a change: nothing before it was planned, nothing after it was deleted.
Pair = tuple[LessonSnapshot | None, LessonSnapshot | None]


@dataclass(frozen=True, slots=True)
class Concerned:
    """For each person, by key, the places of what concerns them among the changes."""

    # Who teaches or assists, before or after.
    staff: dict[int, list[int]] = field(default_factory=dict)
    # Who attends, before or after, and does neither.
    students: dict[int, list[int]] = field(default_factory=dict)

    @property
    def people(self) -> dict[int, list[int]]:
        together = dict(self.staff)
        for user_id, places in self.students.items():
            together[user_id] = sorted({*together.get(user_id, ()), *places})
        return together


def concerned_by(pairs: Sequence[Pair], *, at: dt.datetime) -> Concerned:
    """Who is concerned by these changes; one query, however many they are.

    Drafts, and what is over before and after, concern nobody.
    """
    shown = [_shown(pair, at) for pair in pairs]
    memberships = _memberships(each for sides in shown for each in sides)
    staff: dict[int, list[int]] = defaultdict(list)
    students: dict[int, list[int]] = defaultdict(list)
    for place, sides in enumerate(shown):
        working = {pk for side in sides for pk in (side.teacher.pk, *side.assistant_ids)}
        attending = {pk for side in sides for pk in _attending(side, memberships)} - working
        for user_id in working:
            staff[user_id].append(place)
        for user_id in attending:
            students[user_id].append(place)
    return Concerned(dict(staff), dict(students))


def _shown(pair: Pair, at: dt.datetime) -> list[LessonSnapshot]:
    """The sides of a change that people see, unless all of it lies in the past."""
    sides = [side for side in pair if side is not None and not side.is_draft]
    return sides if any(side.ends_at > at for side in sides) else []


def _memberships(sides: Iterable[LessonSnapshot]) -> dict[int, list[Membership]]:
    """Those of the students of all class groups, by class group."""
    group_ids = {pk for side in sides for pk in side.class_group_ids}
    found: dict[int, list[Membership]] = defaultdict(list)
    rows = Membership.objects.of_students().filter(class_group__in=group_ids, user__is_active=True)
    for membership in rows if group_ids else ():
        found[membership.class_group_id].append(membership)
    return found


def _attending(side: LessonSnapshot, memberships: dict[int, list[Membership]]) -> set[int]:
    day = timezone.localdate(side.starts_at)
    return {
        membership.user_id
        for pk in side.class_group_ids
        for membership in memberships.get(pk, ())
        if membership.covers(day)
    }
