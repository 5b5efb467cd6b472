"""Words for people in lists of a whole school: how they are told apart, and whom they teach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable


def named_apart(people: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return by username what people of these usernames and names are called: those of one name by both."""
    names = dict(people)
    times = Counter(names.values())
    return {
        username: name if times[name] == 1 else f"{name} ({username})"
        for username, name in names.items()
    }


def taught_in_words(class_groups: str, teacher: str, *, assists: bool) -> str:
    """Say whom somebody teaches; where they assist, also who teaches."""
    return f"{class_groups} · {teacher}" if assists else class_groups
