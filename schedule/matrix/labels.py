"""Labels of two letters for courses, where a sheet of paper has no room for more: each course has its own."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import count

LENGTH = 2
JOINER = "\u200d"
SKIN_TONES = range(0x1F3FB, 0x1F400)
FLAG_LETTERS = range(0x1F1E6, 0x1F200)


class CourseLabels:
    """The labels of these courses: the first two letters of their names, unless others have the same."""

    def __init__(self, names: Iterable[str]) -> None:
        """Take the names in the order of lists: of those that begin alike the first keeps its beginning."""
        beginnings = {name: beginning_of(name) for name in names}
        times = Counter(beginnings.values())
        self._labels = {name: label for name, label in beginnings.items() if times[label] == 1}
        self._shared = [name for name in beginnings if name not in self._labels]
        taken = set(self._labels.values())
        for name in self._shared:
            self._labels[name] = next(label for label in _labels(name) if label not in taken)
            taken.add(self._labels[name])

    def __getitem__(self, name: str) -> str:
        return self._labels[name]

    @property
    def legend(self) -> list[tuple[str, str]]:
        """Return label and name of the courses that begin as another one does, if the label is not all of it."""
        labelled = ((self._labels[name], name) for name in self._shared)
        return [(label, name) for label, name in labelled if label != name]


def beginning_of(name: str) -> str:
    return "".join(letters_of(name)[:LENGTH])


def letters_of(name: str) -> list[str]:
    """Return what is seen as one letter each, without blanks: an emoji may be of several characters."""
    letters: list[str] = []
    for char in name:
        if char.isspace():
            continue
        if letters and _belongs_to(letters[-1], char):
            letters[-1] += char
        else:
            letters.append(char)
    return letters


def _labels(name: str) -> Iterator[str]:
    """Yield the labels that a course may have: its beginning, its first letter with a later one, or with a number."""
    first, *others = letters_of(name) or ["?"]
    yield from (first + other for other in others)
    yield from (f"{first}{number}" for number in count(2))


def _belongs_to(letter: str, char: str) -> bool:
    is_second_of_flag = (
        ord(char) in FLAG_LETTERS and len(letter) == 1 and ord(letter) in FLAG_LETTERS
    )
    return (
        unicodedata.category(char).startswith("M")
        or ord(char) in SKIN_TONES
        or JOINER in (char, letter[-1])
        or is_second_of_flag
    )
