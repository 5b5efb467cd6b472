"""Whom changes of lessons concern."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from schedule.enums import Part
from schedule.models import LessonSnapshot, Membership

# A lesson before and after a change: nothing before it was planned, nothing after it was deleted.
Pair = tuple[LessonSnapshot | None, LessonSnapshot | None]
# What a person had to do with it before, and has after.
Parts = tuple[Part | None, Part | None]


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
    staff: dict[int, list[int]] = {}
    students: dict[int, list[int]] = {}
    for user_id, parts_by_place in parts_in(pairs, at=at).items():
        for place, parts in parts_by_place.items():
            is_working = Part.TEACHER in parts or Part.ASSISTANT in parts
            group = staff if is_working else students
            group.setdefault(user_id, []).append(place)
    return Concerned(staff, students)


def parts_in(
    pairs: Sequence[Pair], *, at: dt.datetime, only: int | None = None
) -> dict[int, dict[int, Parts]]:
    """What each person concerned has to do with the lessons before and after, by the places of the changes.

    One query, as for `concerned_by`; with `only` of that person alone.
    """
    shown = [_shown(pair, at) for pair in pairs]
    memberships = _memberships((side for sides in shown for side in sides if side), only)
    found: dict[int, dict[int, Parts]] = defaultdict(dict)
    for place, sides in enumerate(shown):
        before, after = (_parts(side, memberships, only) for side in sides)
        for user_id in before.keys() | after.keys():
            found[user_id][place] = before.get(user_id), after.get(user_id)
    return dict(found)


def _shown(pair: Pair, at: dt.datetime) -> Pair:
    """A change as people see it: without drafts, and nothing at all of what lies in the past."""
    before, after = (None if side is None or side.is_draft else side for side in pair)
    is_to_come = any(side is not None and side.ends_at > at for side in (before, after))
    return (before, after) if is_to_come else (None, None)


def _memberships(sides: Iterable[LessonSnapshot], only: int | None) -> dict[int, list[Membership]]:
    """Those of the students of all class groups, by class group."""
    group_ids = {pk for side in sides for pk in side.class_group_ids}
    found: dict[int, list[Membership]] = defaultdict(list)
    rows = Membership.objects.of_students().filter(class_group__in=group_ids, user__is_active=True)
    if only is not None:
        rows = rows.filter(user=only)
    for membership in rows if group_ids else ():
        found[membership.class_group_id].append(membership)
    return found


def _parts(
    side: LessonSnapshot | None, memberships: dict[int, list[Membership]], only: int | None
) -> dict[int, Part]:
    if side is None:
        return {}
    found = dict.fromkeys(_attending(side, memberships), Part.STUDENT)
    found |= dict.fromkeys(side.assistant_ids, Part.ASSISTANT)
    found[side.teacher.pk] = Part.TEACHER
    return found if only is None else {pk: part for pk, part in found.items() if pk == only}


def _attending(side: LessonSnapshot, memberships: dict[int, list[Membership]]) -> set[int]:
    day = timezone.localdate(side.starts_at)
    return {
        membership.user_id
        for pk in side.class_group_ids
        for membership in memberships.get(pk, ())
        if membership.covers(day)
    }
