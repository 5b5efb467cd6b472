"""What a group hears of a lesson: what people know of it, and what it became."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from schedule.changes.telling_times import TOLD_KINDS
from schedule.enums import ChangeKind
from schedule.models import LessonChange, LessonSnapshot, kinds_between


@dataclass(frozen=True, slots=True)
class News:
    """A lesson before and after: nothing where nobody knows of it, as of a draft or one that was deleted."""

    before: LessonSnapshot | None
    after: LessonSnapshot | None

    @property
    def sides(self) -> list[LessonSnapshot]:
        return [side for side in (self.before, self.after) if side is not None]

    @property
    def class_group_ids(self) -> set[int]:
        return {pk for side in self.sides for pk in side.class_group_ids}

    @property
    def kinds(self) -> list[ChangeKind]:
        """What is told of it, if anything; that nothing takes place which nobody knew of is none."""
        if _takes_no_place(self.before) and _takes_no_place(self.after):
            return []
        return [kind for kind in kinds_between(self.before, self.after) if kind in TOLD_KINDS]

    def is_over(self, at: dt.datetime) -> bool:
        return all(side.ends_at <= at for side in self.sides)

    def since(self, earlier: Self) -> News:
        """Both as one: what people knew before the earlier one, and what it is now."""
        return News(earlier.before, self.after)

    def kept(self) -> list[dict[str, Any] | None]:
        return [None if side is None else side.kept() for side in (self.before, self.after)]

    @classmethod
    def read(cls, kept: Sequence[Mapping[str, Any] | None]) -> Self:
        before, after = (None if side is None else LessonSnapshot.read(side) for side in kept)
        return cls(before, after)


def news_of(changes: Iterable[LessonChange], *, at: dt.datetime) -> dict[str, News]:
    """What is to be told of these changes, by the lesson's code: nothing of drafts, and of what is over."""
    found = {
        change.lesson_code: News(_known(change.was), _known(change.became)) for change in changes
    }
    return {code: news for code, news in found.items() if news.kinds and not news.is_over(at)}


def _known(side: LessonSnapshot | None) -> LessonSnapshot | None:
    return None if side is None or side.is_draft else side


def _takes_no_place(side: LessonSnapshot | None) -> bool:
    return side is None or side.is_cancelled
