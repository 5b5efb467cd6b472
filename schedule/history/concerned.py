"""The people whom changes of lessons concern."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils import timezone

from schedule.enums import Part
from schedule.history.personal_news import Pair, parts_in
from schedule.models import LessonSnapshot, Membership


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
    found = parts_in(pairs, at=at)
    working = {Part.TEACHER, Part.ASSISTANT}
    staff = {
        user_id
        for user_id, by_index in found.items()
        if any(not working.isdisjoint(parts) for parts in by_index.values())
    }
    return Concerned(staff, found.keys() - staff)


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
