"""Whom changes of lessons concern."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from schedule.changes.news import Pair, parts_in
from schedule.enums import Part


@dataclass(frozen=True, slots=True)
class Concerned:
    """People, by key."""

    # Who teaches or assists, before or after.
    staff: set[int]
    # Who does neither, and attends before or after.
    students: set[int]


def concerned_by(pairs: Sequence[Pair], *, at: dt.datetime) -> Concerned:
    """Who is concerned by these changes; one query, however many they are.

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
