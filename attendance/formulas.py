"""The formulas of attendance, and nothing else: of times and rules alone, in seconds since 1970.

- *Held* is the planned period where it meets the real one, over all rooms of the lesson. A class that was held wholly
  at another time was held when it really was.
- A person's *seconds* are the union of their stays in all rooms, cut to what was held. Where the cloud no longer had
  the single stays of a room, its sum for the person stands for them, at most what was held, and without times.
- *Late* is who was first in more than `late_after_s` after the beginning of what was held; *left early* who was last
  out more than `left_early_s` before its end; *absent* who was there for less than `absent_below_percent` of it.

Of the states one holds: absent, else late, else left early, else present. Minutes are only ever written, never counted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from attendance.enums import AttendanceState
from attendance.rules import AttendanceRules
from edu_platform.lib.periods import Period, Periods, cut, length_s, union


def seconds_of(moment: dt.datetime) -> int:
    """Return a moment in whole seconds since 1970."""
    return int(moment.timestamp())


def moment_of(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC)


@dataclass(frozen=True, slots=True)
class Held:
    """The periods in which the class was held, as far as they count; none where it was not."""

    periods: Periods = ()
    # The class lay wholly outside its planned period.
    is_at_another_time: bool = False

    @property
    def seconds(self) -> int:
        return length_s(self.periods)

    @property
    def start_s(self) -> int:
        return self.periods[0].start_s

    @property
    def end_s(self) -> int:
        return self.periods[-1].end_s


def held_of(planned: Period, real: Iterable[Period]) -> Held:
    """Return when a class was held; `real` are the periods of all its rooms."""
    real_periods = union(real)
    in_plan = cut(real_periods, [planned])
    if in_plan or not real_periods:
        return Held(in_plan)
    return Held(real_periods, is_at_another_time=True)


class Sum(NamedTuple):
    """The cloud's sum of a person's time in one room; a moment that it does not tell is None."""

    present_s: int
    first_in_s: int | None = None
    last_out_s: int | None = None


@dataclass(frozen=True, slots=True)
class Presence:
    """A person's time in a class."""

    seconds: int = 0
    first_in_s: int | None = None
    last_out_s: int | None = None
    # False where a sum of the cloud stands for stays that it no longer had.
    has_own_times: bool = True
    # The cloud's sum was longer than the class, and has been cut.
    exceeds_class: bool = False


NO_PRESENCE = Presence()


def _meets(record: Sum, held: Held) -> bool:
    """Tell whether a sum can be of the class that was held: nobody gathers seconds before or after it."""
    came_later = record.first_in_s is not None and record.first_in_s >= held.end_s
    left_before = record.last_out_s is not None and record.last_out_s <= held.start_s
    return not came_later and not left_before


def presence(stays: Iterable[Period], sums: Sequence[Sum], held: Held) -> Presence:
    """Return a person's time in a class: `stays` in rooms that told them, `sums` of rooms that did not."""
    if not held.periods:
        return NO_PRESENCE
    inside = cut(stays, held.periods)
    counted = [record for record in sums if record.present_s > 0 and _meets(record, held)]
    summed_s = sum(record.present_s for record in counted)
    firsts = [record.first_in_s for record in counted if record.first_in_s is not None]
    lasts = [record.last_out_s for record in counted if record.last_out_s is not None]
    if inside:
        firsts.append(inside[0].start_s)
        lasts.append(inside[-1].end_s)
    return Presence(
        seconds=min(length_s(inside) + summed_s, held.seconds),
        first_in_s=min(max(min(firsts), held.start_s), held.end_s) if firsts else None,
        last_out_s=max(min(max(lasts), held.end_s), held.start_s) if lasts else None,
        has_own_times=not counted,
        exceeds_class=summed_s > held.seconds,
    )


class Judgement(NamedTuple):
    state: AttendanceState
    is_late: bool
    left_early: bool


def is_late(at_s: int, start_s: int, late_after_s: int) -> bool:
    """Return whether somebody who comes at a second is late for what begins at another."""
    return at_s > start_s + late_after_s


def began_late(periods: Periods, planned_start_s: int, late_after_s: int) -> bool:
    """Return whether a class that was held began late, by the rule for people."""
    return bool(periods) and is_late(periods[0].start_s, planned_start_s, late_after_s)


def judge(present: Presence, held: Held, rules: AttendanceRules) -> Judgement:
    """Return the state of a person in a class that was held, and both marks whatever the state."""
    first_s, last_s = present.first_in_s, present.last_out_s
    came_late = first_s is not None and is_late(first_s, held.start_s, rules.late_after_s)
    left_early = last_s is not None and last_s < held.end_s - rules.left_early_s
    if present.seconds * 100 < rules.absent_below_percent * held.seconds:
        state = AttendanceState.ABSENT
    elif came_late:
        state = AttendanceState.LATE
    elif left_early:
        state = AttendanceState.LEFT_EARLY
    else:
        state = AttendanceState.PRESENT
    return Judgement(state, came_late, left_early)


class MemberEvent(NamedTuple):
    """One event of a room: somebody came, or left."""

    at_s: int
    has_come: bool


class Stay(NamedTuple):
    """A person's stay in a room."""

    start_s: int
    # None: no event ended it.
    end_s: int | None


def stays(events: Iterable[MemberEvent]) -> tuple[Stay, ...]:
    """Return a person's stays in one room, of their comings and goings in any order.

    A second page of the same person comes in before the first is put out, or after it, within the same second:
    they are counted, so that either is one stay. Who leaves without having come was not there, unless they went
    in the second of their coming before: then that going was another page's.
    """
    periods, inside, since_s = [], 0, 0
    was_put_out = False
    # Within one second comings go first.
    for event in sorted(events, key=lambda event: (event.at_s, not event.has_come)):
        if event.has_come:
            since_s = event.at_s if not inside else since_s
            inside += 1
        elif inside or was_put_out:
            inside = max(inside - 1, 0)
            if not inside:
                periods.append(Period(since_s, event.at_s))
                was_put_out = since_s == event.at_s
    ended = [Stay(*period) for period in union(periods)]
    return (*ended, Stay(since_s, None)) if inside else tuple(ended)


def closed(stay: Stay, class_end_s: int, last_out_s: int | None) -> Period:
    """Return a stay with its end; one that no event ended lasted until the class did.

    Or until the person left for the last time, `last_out_s`, as the cloud sums up: their page may have come back
    without a word of its first end.
    """
    if stay.end_s is not None:
        return Period(stay.start_s, stay.end_s)
    if last_out_s is None or last_out_s <= stay.start_s:
        return Period(stay.start_s, class_end_s)
    return Period(stay.start_s, min(last_out_s, class_end_s))
