"""News of a lesson for a group: what people know of it, and what it became."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

from schedule.enums import ChangeKind
from schedule.history.personal_news import NetChange, known
from schedule.models import LessonChange, LessonSnapshot


class GroupNews(NetChange):
    """One lesson's; nothing before or after where nobody knows of it, as of a draft or one that was deleted."""

    @property
    def class_group_ids(self) -> set[int]:
        return {pk for side in self.sides for pk in side.class_group_ids}

    @property
    def kinds(self) -> list[ChangeKind]:
        """Return what is told of it, if anything; nothing when it does not take place and nobody knew of it."""
        return self.told_kinds if self.took_place or self.takes_place else []

    def since(self, earlier: Self) -> GroupNews:
        """Both as one: what people knew before the earlier one, and what it is now."""
        return GroupNews(earlier.before, self.after)

    def kept(self) -> list[dict[str, Any] | None]:
        return [None if side is None else side.kept() for side in (self.before, self.after)]

    @classmethod
    def read(cls, kept: Sequence[Mapping[str, Any] | None]) -> Self:
        before, after = (None if side is None else LessonSnapshot.read(side) for side in kept)
        return cls(before, after)


def news_of(changes: Iterable[LessonChange], *, at: dt.datetime) -> dict[str, GroupNews]:
    """Return the news of these changes, by the lesson's code: nothing of drafts, and of what is over."""
    found = {
        change.lesson_code: GroupNews(known(change.was), known(change.became)) for change in changes
    }
    return {code: news for code, news in found.items() if news.kinds and not news.is_over(at)}
