"""Sum up attendance over many lessons: the one place that says how a percentage is counted.

Only lessons that are final count; who is excused counts neither as there nor as away.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from attendance.enums import ATTENDED, AttendanceStage, AttendanceState
from attendance.state_words import PROVISIONAL, state_label
from edu_platform.lib.formatting import NOTHING

# They are what a percentage is a share of.
IN_PERCENTAGE = (*ATTENDED, AttendanceState.ABSENT)
COUNTED_STATES = tuple(AttendanceState)
TENTHS = 1000


@dataclass(slots=True)
class Figures:
    """Counts how often somebody, or a whole class group, was what."""

    by_state: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED_STATES, 0))
    # Lessons that are not final count here, whatever somebody said of them.
    provisional: int = 0

    def add(self, stage: str, state: str, count: int = 1) -> None:
        """Count one person in one lesson, or so many of them alike; `state` is the one that is shown."""
        if stage != AttendanceStage.FINAL or state == PROVISIONAL:
            self.provisional += count
        else:
            self.by_state[state] += count

    @property
    def cells(self) -> list[int]:
        """Return the counts in the order of `AttendanceState`."""
        return list(self.by_state.values())

    @property
    def named(self) -> list[tuple[str, int]]:
        """Return the word of each state with its count; of provisional ones only where there are some."""
        named = [(state_label(state), count) for state, count in self.by_state.items()]
        return [*named, (state_label(PROVISIONAL), self.provisional)] if self.provisional else named

    @property
    def attended(self) -> int:
        return sum(self.by_state[state] for state in ATTENDED)

    @property
    def counted(self) -> int:
        """Return of how many the percentage is a share."""
        return sum(self.by_state[state] for state in IN_PERCENTAGE)

    @property
    def per_mille(self) -> int | None:
        """Return the share of those who were there, rounded down: all is said only of all. None: nothing counts yet."""
        return self.attended * TENTHS // self.counted if self.counted else None

    @property
    def percent_text(self) -> str:
        return percent_text(self.per_mille)

    @property
    def lessons(self) -> int:
        return sum(self.by_state.values()) + self.provisional


def figures_of(counted: Iterable[tuple[str, str]]) -> Figures:
    """Count stages and states."""
    figures = Figures()
    for stage, state in counted:
        figures.add(stage, state)
    return figures


def percent_text(per_mille: int | None) -> str:
    """Return 97.5% of 975, and nothing of nothing."""
    if per_mille is None:
        return NOTHING
    whole, tenth = divmod(per_mille, 10)
    return f"{whole}.{tenth}%" if tenth else f"{whole}%"
