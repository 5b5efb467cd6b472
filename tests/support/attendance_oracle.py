"""An oracle of attendance, which works it out from what people did: each second of a class is an element of a set.

Nothing here knows the platform's code. A recorder notes who was in which room, second by second, while a test acts on
the local cloud; the checker then says what each person's attendance is.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

LATE_AFTER_S = LEFT_EARLY_S = 300
ABSENT_BELOW = 0.5

Seconds = set[int]


@dataclass(slots=True)
class RecordedRoom:
    """One room: when its class ran, and who was in it."""

    ran: Seconds = field(default_factory=set)
    there: defaultdict[str, Seconds] = field(default_factory=lambda: defaultdict(set))
    # Who is in it now, and since when.
    _since_s: dict[str, int] = field(default_factory=dict)
    _started_s: int = 0

    def start(self, at_s: int) -> None:
        self._started_s = at_s

    def come(self, person: str, at_s: int) -> None:
        """Open the page; a second one takes the place of the first, without a second between."""
        self._since_s.setdefault(person, at_s)

    def go(self, person: str, at_s: int) -> None:
        since_s = self._since_s.pop(person, at_s)
        self.there[person] |= set(range(since_s, at_s))

    def end(self, at_s: int) -> None:
        self.ran |= set(range(self._started_s, at_s))
        for person in list(self._since_s):
            self.go(person, at_s)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The attendance of one person in one lesson."""

    seconds: int
    state: str
    is_late: bool
    left_early: bool


NO_TIME = Verdict(0, "absent", is_late=False, left_early=False)


def held(planned: Seconds, rooms: list[RecordedRoom]) -> Seconds:
    ran = set().union(*(room.ran for room in rooms))
    return planned & ran or ran


def verdict(planned: Seconds, rooms: list[RecordedRoom], person: str, *, by_sum: bool) -> Verdict:
    """Say how a person attended; `by_sum` where the cloud tells no more than how long they were there in all."""
    of = held(planned, rooms)
    there = set().union(*(room.there[person] for room in rooms))
    if not there or not of:
        return NO_TIME
    seconds = min(len(there), len(of)) if by_sum else len(there & of)
    counted = there if by_sum else there & of
    if not counted:
        return NO_TIME
    first_s, last_s = max(min(counted), min(of)), min(max(counted), max(of))
    is_late = first_s > min(of) + LATE_AFTER_S
    left_early = last_s < max(of) - LEFT_EARLY_S
    if seconds < len(of) * ABSENT_BELOW:
        state = "absent"
    else:
        state = "late" if is_late else "left_early" if left_early else "present"
    return Verdict(seconds, state, is_late, left_early)
