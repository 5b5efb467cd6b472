"""Parts of a film that somebody has watched: pairs of begin and end, in whole seconds of the film.

What is watched twice is there once: a set of them is one of `lib/periods.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from edu_platform.lib import periods

Part = tuple[int, int]

# A person who winds about in a file for hours has some hundred. Beyond this the shortest are forgotten, so that nobody is
# given a second that they did not watch.
MOST_PARTS = 500
# The player has the same bound for one report (static/js/player-watched.js).
MOST_TOLD = 50
# Enough for as many, each as `12345.6-12350.1`.
MOST_TOLD_CHARS = 1_000
_TOLD = re.compile(r"([0-9]{1,6}(?:\.[0-9])?)-([0-9]{1,6}(?:\.[0-9])?)")


def read_told(text: str) -> list[Part]:
    """Read what a player tells, such as `0-9.8,31.2-40`, in its order.

    The form has no room for signs, exponents or words, so each number is one.

    Raises:
        ValueError: something else, more than a player tells, or a part that ends before it begins.
    """
    told = text.split(",") if text else []
    if len(told) > MOST_TOLD:
        raise ValueError(f"{len(told)} parts at once, and {MOST_TOLD} at most")
    return [_read_part(part) for part in told]


def _read_part(text: str) -> Part:
    match = _TOLD.fullmatch(text)
    if match is None:
        raise ValueError("not a part of a film")
    begin, end = (float(second) for second in match.groups())
    if end < begin:
        raise ValueError("a part that ends before it begins")
    # Where one part ends the next one begins, so that both are rounded alike and nothing is lost between them.
    return round(begin), round(end)


def within(parts: Iterable[Part], length_s: int) -> list[Part]:
    """Return what lies in a film of this length."""
    return [(begin, min(end, length_s)) for begin, end in parts if begin < length_s]


def with_added(known: Sequence[Part], more: Iterable[Part], *, most_s: int) -> list[Part]:
    """Return a set with so many seconds at most that were not in it, those that were told first before others."""
    parts = periods.union(known)
    left_s = most_s
    for part in more:
        added = [*_first(_missing(parts, part), left_s)]
        left_s -= periods.length_s(added)
        parts = periods.union([*parts, *added])
    return _bounded(list(parts))


def _missing(known: Sequence[Part], part: Part) -> Iterator[Part]:
    """Yield the pieces of a part that are not in a set."""
    begin, last = part
    for known_begin, known_end in known:
        if begin < min(known_begin, last):
            yield begin, min(known_begin, last)
        begin = max(begin, known_end)
    if begin < last:
        yield begin, last


def _first(parts: Iterable[Part], most_s: int) -> Iterator[Part]:
    left_s = most_s
    for begin, end in parts:
        taken_s = min(end - begin, left_s)
        if taken_s > 0:
            yield begin, begin + taken_s
        left_s -= taken_s


def _bounded(parts: list[Part]) -> list[Part]:
    if len(parts) <= MOST_PARTS:
        return parts
    longest_first = sorted(parts, key=lambda part: part[0] - part[1])
    return sorted(longest_first[:MOST_PARTS])
