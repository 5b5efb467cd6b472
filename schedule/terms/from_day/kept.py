"""Keep what a change from a day on made of a weekly lesson, so that it can be undone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schedule.terms.from_day.splitting import Split


@dataclass(frozen=True, slots=True)
class KeptSplit:
    """One weekly lesson; plans are as `WeeklyLessonPlan.kept` writes them."""

    weekly_lesson_id: int
    # The one that goes on from the day; None where it was changed in place.
    new_id: int | None
    before: Mapping[str, Any]
    # It became this: in place from the day on, else until the day.
    became: Mapping[str, Any]
    # It goes on as this from the day.
    after: Mapping[str, Any]

    def kept(self) -> dict[str, Any]:
        return {
            "weekly_lesson": self.weekly_lesson_id,
            "new": self.new_id,
            "before": self.before,
            "became": self.became,
            "after": self.after,
        }

    @classmethod
    def of(cls, split: Split, *, new_id: int | None) -> KeptSplit:
        return cls(
            split.weekly_lesson.pk,
            new_id,
            split.before.kept(),
            (split.until or split.after).kept(),
            split.after.kept(),
        )

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> KeptSplit:
        return cls(row["weekly_lesson"], row["new"], row["before"], row["became"], row["after"])
