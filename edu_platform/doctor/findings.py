"""Checks, and the findings that they return."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. `check` is `<topic>.<name>`; `advice` says what to do, and is empty where all is well."""

    check: str
    level: Level
    text: str
    advice: str = ""

    @property
    def topic(self) -> str:
        return self.check.partition(".")[0]

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def ok(check: str, text: str) -> Finding:
    return Finding(check, Level.OK, text)


def warning(check: str, text: str, advice: str) -> Finding:
    return Finding(check, Level.WARNING, text, advice)


def error(check: str, text: str, advice: str) -> Finding:
    return Finding(check, Level.ERROR, text, advice)


FindFunction = Callable[[], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """A function and the lines that it can report; it leaves out those that hang on a failed one."""

    lines: tuple[str, ...]
    find: FindFunction

    def __call__(self) -> list[Finding]:
        return list(self.find())

    @property
    def topics(self) -> frozenset[str]:
        return frozenset(line.partition(".")[0] for line in self.lines)


def check(*lines: str) -> Callable[[FindFunction], Check]:
    """Make a check of a function that yields the findings of these lines."""
    return lambda find: Check(lines, find)
