"""People whom changes concern, and each person's view of them: whether they are news, and why."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils import timezone

from schedule.enums import ChangeKind, NewsKind, Part
from schedule.history.telling_rules import TOLD_KINDS
from schedule.models import LessonSnapshot, Membership, kinds_between

# A lesson before and after a change: nothing before it was planned, nothing after it was deleted.
Pair = tuple[LessonSnapshot | None, LessonSnapshot | None]
# What a person had to do with it before, and has after.
Parts = tuple[Part | None, Part | None]

# --- What one lesson's news is --------------------------------------------------------------------


@dataclass(frozen=True)
class NetChange:
    """A lesson as people know it, and as it has become since, by one change or by several."""

    before: LessonSnapshot | None
    after: LessonSnapshot | None

    @cached_property
    def told_kinds(self) -> list[ChangeKind]:
        """Return what people are told of it, if anything."""
        return [kind for kind in kinds_between(self.before, self.after) if kind in TOLD_KINDS]

    @property
    def sides(self) -> list[LessonSnapshot]:
        return [side for side in (self.before, self.after) if side is not None]

    @cached_property
    def took_place(self) -> bool:
        return self.before is not None and self.before.takes_place

    @cached_property
    def takes_place(self) -> bool:
        return self.after is not None and self.after.takes_place

    def is_over(self, at: dt.datetime) -> bool:
        """Tell whether both lie in the past; also where there is neither."""
        return all(side.ends_at <= at for side in self.sides)

    def news_for(self, was: Part | None, becomes: Part | None) -> NewsKind | None:
        """Return what it is to somebody who had this part in the lesson before, and has that one after."""
        if was and self.took_place:
            if becomes and self.takes_place:
                return NewsKind.CHANGED if self.told_kinds else None
            return self._loss()
        return self._gain(was) if becomes and self.takes_place else None

    def _loss(self) -> NewsKind:
        if self.takes_place:
            return NewsKind.LOST
        return NewsKind.CANCELLED if self.after and self.after.is_cancelled else NewsKind.DELETED

    def _gain(self, was: Part | None) -> NewsKind:
        if self.took_place:
            return NewsKind.GAINED
        is_known = was and self.before and self.before.is_cancelled
        return NewsKind.RESTORED if is_known else NewsKind.NEW


def known(side: LessonSnapshot | None) -> LessonSnapshot | None:
    """Return what people know of a lesson: nothing of a draft."""
    return None if side is None or side.is_draft else side


# --- Who has to do with what ----------------------------------------------------------------------


def parts_in(
    pairs: Sequence[Pair], *, at: dt.datetime, only: int | None = None
) -> dict[int, dict[int, Parts]]:
    """Return what each person concerned has to do with the lessons before and after, by the index of the change.

    One query, however many they are. Drafts, and what is over before and after, concern nobody. With `only`
    that person alone is looked for.
    """
    visible_pairs = [_shown(pair, at) for pair in pairs]
    memberships = _memberships((side for sides in visible_pairs for side in sides if side), only)
    parts_by_user: dict[int, dict[int, Parts]] = defaultdict(dict)
    # There are few of them, and an import of a term has many hundred thousand.
    same: dict[Parts, Parts] = {}
    for index, sides in enumerate(visible_pairs):
        before, after = (_parts(side, memberships, only) for side in sides)
        for user_id in before.keys() | after.keys():
            parts = before.get(user_id), after.get(user_id)
            parts_by_user[user_id][index] = same.setdefault(parts, parts)
    return dict(parts_by_user)


def _shown(pair: Pair, at: dt.datetime) -> Pair:
    """A change as people see it: without drafts, and nothing at all of what lies in the past."""
    change = NetChange(*map(known, pair))
    return (None, None) if change.is_over(at) else (change.before, change.after)


def _memberships(sides: Iterable[LessonSnapshot], only: int | None) -> dict[int, list[Membership]]:
    """Those of the students of all class groups, by class group."""
    group_ids = {pk for side in sides for pk in side.class_group_ids}
    memberships_by_group: dict[int, list[Membership]] = defaultdict(list)
    rows = Membership.objects.of_students().filter(class_group__in=group_ids, user__is_active=True)
    if only is not None:
        rows = rows.filter(user=only)
    for membership in rows if group_ids else ():
        memberships_by_group[membership.class_group_id].append(membership)
    return memberships_by_group


def _parts(
    side: LessonSnapshot | None, memberships: dict[int, list[Membership]], only: int | None
) -> dict[int, Part]:
    if side is None:
        return {}
    parts = dict.fromkeys(_attending(side, memberships), Part.STUDENT)
    parts |= dict.fromkeys(side.assistant_ids, Part.ASSISTANT)
    parts[side.teacher.pk] = Part.TEACHER
    return parts if only is None else {pk: part for pk, part in parts.items() if pk == only}


def _attending(side: LessonSnapshot, memberships: dict[int, list[Membership]]) -> set[int]:
    day = timezone.localdate(side.starts_at)
    return {
        membership.user_id
        for pk in side.class_group_ids
        for membership in memberships.get(pk, ())
        if membership.covers(day)
    }


@dataclass(frozen=True, slots=True)
class Concerned:
    """People, by key."""

    # Who teaches or assists, before or after.
    staff: set[int]
    # Who does neither, and attends before or after.
    students: set[int]


def concerned_by(pairs: Sequence[Pair], *, at: dt.datetime) -> Concerned:
    """Return the people whom these changes concern; one query, however many they are.

    Drafts, and what is over before and after, concern nobody.
    """
    return concerned_by_many(side for pair in pairs for side in _shown(pair, at) if side)


def concerned_by_many(sides: Iterable[LessonSnapshot]) -> Concerned:
    """Return those concerned by lessons as they were or will be; one query, and little work for each of thousands."""
    staff: set[int] = set()
    days_of: dict[int, set[dt.date]] = defaultdict(set)
    for side in sides:
        staff.update({side.teacher.pk, *side.assistant_ids})
        day = timezone.localdate(side.starts_at)
        for group_id in side.class_group_ids:
            days_of[group_id].add(day)
    ordered = {group_id: sorted(days) for group_id, days in days_of.items()}
    rows = Membership.objects.of_students().filter(user__is_active=True, class_group__in=ordered)
    students = {
        user_id
        for user_id, group_id, since, until in rows.values_list(
            "user", "class_group", "from_date", "to_date"
        )
        if _any_within(ordered[group_id], since, until)
    }
    return Concerned(staff, students - staff)


def _any_within(days: Sequence[dt.date], since: dt.date | None, until: dt.date | None) -> bool:
    """Tell whether any of the ordered days lies between these; both are included."""
    first = 0 if since is None else bisect_left(days, since)
    return first < len(days) and (until is None or days[first] <= until)
