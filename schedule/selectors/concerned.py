"""Whom changes of lessons concern."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from schedule.changes.news import Pair, parts_in
from schedule.enums import Part


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
