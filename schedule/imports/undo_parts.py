"""Parts of the pages that ask before an import is undone: what has the same outcome, and names that go with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.utils.translation import gettext

from schedule.history.words import names_text

# A page lists so many of a kind and counts the rest.
LISTED_AT_MOST = 50

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Line:
    """A person or lesson: what it is called, its page if it has one, and what is to be said of it."""

    text: str
    address: str = ""
    reason: str = ""
    # What goes back of it, or why some of it stays.
    more: tuple[str, ...] = ()
    # The lesson that is in the way.
    other: str = ""
    other_address: str = ""

    def in_words(self) -> str:
        """Return the line as commands print it."""
        return " · ".join(filter(None, (self.text, self.reason, *self.more, self.other)))


@dataclass(frozen=True, slots=True)
class Part:
    """Hold what has the same outcome; the first are listed."""

    lines: tuple[Line, ...]
    count: int
    # Empty: its page says it.
    title: str = ""
    is_of_people: bool = False

    @property
    def hidden(self) -> int:
        return self.count - len(self.lines)


def part_of(
    items: Sequence[Item],
    line_of: Callable[[Item], Line],
    *,
    title: str = "",
    is_of_people: bool = False,
) -> Part:
    """Return a part, of which only the lines that are listed are made."""
    return Part(tuple(map(line_of, items[:LISTED_AT_MOST])), len(items), title, is_of_people)


def names_in_words(names: Sequence[str]) -> str:
    """Say the names of courses and class groups; empty where there are none."""
    return names_text(tuple(names)) if names else ""


def deleted_names_in_words(all_names: Sequence[str]) -> str:
    """Say which courses and class groups were deleted, the first by their names; empty where none were."""
    names = all_names[:LISTED_AT_MOST]
    left = len(all_names) - len(names)
    if not names:
        return ""
    text = names_text(tuple(names))
    if left:
        text = f"{text} {gettext('and %(count)s more') % {'count': left}}"
    return gettext("Courses and class groups deleted with it: %(names)s.") % {"names": text}
