"""The contents of notices about changes of the timetable: what lies in the database, as values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from schedule.enums import NewsKind, Part
from schedule.models import LessonSnapshot

# A change of one lesson: of one that the person still sees, and of one that they do not.
LESSON_NOTICE = "schedule.lesson_changed"
LESSON_GONE_NOTICE = "schedule.lesson_gone"
# Several of theirs by one action.
LESSONS_NOTICE = "schedule.lessons_changed"
NOTICE_KINDS = (LESSON_NOTICE, LESSON_GONE_NOTICE, LESSONS_NOTICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonNews:
    """The news of one lesson for a person, with the part that they had in it and the one that they have."""

    # The change since which they had not heard of the lesson.
    change_id: int
    # Why it was done, each reason once; the latest last.
    reasons: tuple[str, ...]
    news: NewsKind
    before: LessonSnapshot | None
    after: LessonSnapshot | None
    was: Part | None
    becomes: Part | None

    @property
    def change_ids(self) -> tuple[int, ...]:
        return (self.change_id,)

    @property
    def part(self) -> Part:
        """Return the part in the lesson by which the person hears of it."""
        part = self.becomes or self.was
        if part is None:
            raise ValueError("news for somebody who has nothing to do with the lesson")
        return part

    def without(self, change_ids: Collection[int]) -> Self | None:
        """Return what is left without the lesson of one of these changes: all of it, or nothing."""
        return None if self.change_id in change_ids else self

    def kept(self) -> dict[str, Any]:
        """As JSON, in which the present part is called `is`."""
        return {
            "changes": [self.change_id],
            "reasons": list(self.reasons),
            "news": str(self.news),
            "before": None if self.before is None else self.before.kept(),
            "after": None if self.after is None else self.after.kept(),
            "was": _written(self.was),
            "is": _written(self.becomes),
        }

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        (change_id,) = kept["changes"]
        return cls(
            change_id=change_id,
            reasons=tuple(kept["reasons"]),
            news=NewsKind(kept["news"]),
            before=_snapshot(kept["before"]),
            after=_snapshot(kept["after"]),
            was=_part(kept["was"]),
            becomes=_part(kept["is"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonsNews:
    """The news of several lessons for a person, of which the notice says how many they are."""

    # For each lesson, the change since which they had not heard of it.
    change_ids: tuple[int, ...]
    reasons: tuple[str, ...]
    are_new: bool

    @property
    def count(self) -> int:
        return len(self.change_ids)

    def without(self, change_ids: Collection[int]) -> Self | None:
        """Return what is left without the lessons of these changes, if anything."""
        left = tuple(pk for pk in self.change_ids if pk not in change_ids)
        return replace(self, change_ids=left) if left else None

    def kept(self) -> dict[str, Any]:
        """As JSON, with the count, from which earlier releases made the sentence."""
        return {
            "changes": list(self.change_ids),
            "reasons": list(self.reasons),
            "count": self.count,
            "are_new": self.are_new,
        }

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        return cls(
            change_ids=tuple(kept["changes"]),
            reasons=tuple(kept["reasons"]),
            are_new=kept["are_new"],
        )


def read_news(kind: str, kept: Mapping[str, Any]) -> LessonNews | LessonsNews:
    """Read the contents of a notice of one of `NOTICE_KINDS`."""
    return LessonsNews.read(kept) if kind == LESSONS_NOTICE else LessonNews.read(kept)


def _written(part: Part | None) -> str:
    return "" if part is None else str(part)


def _part(written: str) -> Part | None:
    return Part(written) if written else None


def _snapshot(kept: Mapping[str, Any] | None) -> LessonSnapshot | None:
    return None if kept is None else LessonSnapshot.read(kept)
