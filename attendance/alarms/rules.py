"""The rules of alarms: which of them hold for a class, which are over, and when to judge next.

Pure: nothing here asks a database or a cloud. What is not known at its minute is wanted, and no alarm is raised of a
fact that is older than its minute.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from attendance.enums import AlarmEnd, AlarmKind
from schedule.enums import CloudStatus

MINUTE = dt.timedelta(minutes=1)
NOT_STARTED_AFTER = 5 * MINUTE
# Neither teacher nor assistant is inside for so long; who is inside is looked at as often.
MISSING_FOR = 5 * MINUTE
EMPTY_AFTER = 10 * MINUTE
UNRECORDED_AFTER = 5 * MINUTE
# After the planned end, and before the next lesson of somebody inside, whichever is later.
OVER_AFTER = 2 * MINUTE
BEFORE_NEXT = 2 * MINUTE
# What costs no look is judged this often while it may change and nobody tells.
JUDGED_EVERY = dt.timedelta(seconds=20)
# What was wanted and did not come.
WANTED_AGAIN_AFTER = dt.timedelta(seconds=10)


# --- Facts ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RoomFacts:
    """The current room of a lesson, as the cloud said when it was asked."""

    is_made: bool = True
    status: CloudStatus = CloudStatus.NOT_STARTED
    asked_at: dt.datetime | None = None
    started_at: dt.datetime | None = None
    is_gone: bool = False
    # The cloud did not make it, or did not take its last change, last at that moment.
    failed_at: dt.datetime | None = None
    # Made without recording, or to be recorded by hand and nobody has begun.
    is_unrecorded: bool = False
    is_recorded_by_hand: bool = False


@dataclass(frozen=True, slots=True)
class PeopleFacts:
    """The people in the current room, as a look that began then showed them."""

    looked_at: dt.datetime
    has_teacher: bool
    has_student: bool
    teacher_away_since: dt.datetime | None = None
    # When the first of the next lessons of those inside begins.
    next_lesson_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """A lesson, and what is known of its class."""

    # From then on its teacher may enter.
    opens_at: dt.datetime
    starts_at: dt.datetime
    ends_at: dt.datetime
    is_published: bool = True
    # In any of its rooms.
    has_begun: bool = False
    room: RoomFacts | None = None
    people: PeopleFacts | None = None
    students_judged_at: dt.datetime | None = None
    # The alarms that were raised already, and whether each is open.
    raised: Mapping[AlarmKind, bool] = field(default_factory=dict)

    @property
    def is_running(self) -> bool:
        room = self.room
        return room is not None and room.status == CloudStatus.RUNNING and not room.is_gone

    @property
    def began_at(self) -> dt.datetime:
        """Return when the class that runs began, at the earliest at its planned start.

        A callback tells only that it has begun: until a list tells when, it counts from the last answer on.
        """
        room = self.room
        started_at = None if room is None else room.started_at or room.asked_at
        return max(self.starts_at, started_at or self.starts_at)

    def is_over(self, at: dt.datetime) -> bool:
        """Return whether its class is over, or can begin no more."""
        if self.is_running:
            return False
        has_ended = self.room is not None and self.room.status == CloudStatus.ENDED
        return has_ended or at >= self.ends_at

    def is_open(self, kind: AlarmKind) -> bool:
        return self.raised.get(kind, False)


# --- Judgements ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Judgement:
    """The judgement of a class at a moment; `next_at` None: there is nothing more to judge."""

    raises: Mapping[AlarmKind, dt.datetime] = field(default_factory=dict)
    ends: Mapping[AlarmKind, AlarmEnd] = field(default_factory=dict)
    next_at: dt.datetime | None = None
    # The room's state, or who is inside, has to be asked for first.
    wants_state: bool = False
    wants_look: bool = False
    has_judged_students: bool = False


class Holds(Enum):
    YES = auto()
    NO = auto()
    # Its minute is still to come: of an alarm that was raised, the lesson was moved.
    TOO_EARLY = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one kind of alarm."""

    holds: Holds
    # Since when it is certain, where it holds.
    certain_at: dt.datetime | None = None
    next_at: dt.datetime | None = None
    wants_state: bool = False
    wants_look: bool = False


NO = Verdict(Holds.NO)
NEEDS_STATE = Verdict(Holds.UNKNOWN, wants_state=True)
NEEDS_LOOK = Verdict(Holds.UNKNOWN, wants_look=True)


def judge(facts: ClassFacts, at: dt.datetime) -> Judgement:
    """Judge a class by its facts at a moment."""
    if not facts.is_published or at < facts.opens_at:
        next_at = facts.opens_at if facts.is_published else None
        return Judgement(ends=_all_end(facts, AlarmEnd.LESSON_CHANGED), next_at=next_at)
    if facts.is_over(at):
        return Judgement(ends=_all_end(facts, AlarmEnd.CLASS_OVER))
    verdicts = {
        kind: rule(facts, at) for kind, rule in RULES.items() if facts.raised.get(kind, True)
    }
    wants_state = any(verdict.wants_state for verdict in verdicts.values())
    wants_look = any(verdict.wants_look for verdict in verdicts.values())
    return Judgement(
        raises=_raised(facts, verdicts),
        ends=_ended(facts, verdicts),
        next_at=_next_at(facts, verdicts.values(), at),
        wants_state=wants_state,
        wants_look=wants_look,
        has_judged_students=_has_judged_students(facts, at),
    )


def _all_end(facts: ClassFacts, end: AlarmEnd) -> dict[AlarmKind, AlarmEnd]:
    return {kind: end for kind, is_open in facts.raised.items() if is_open}


def _raised(
    facts: ClassFacts, verdicts: Mapping[AlarmKind, Verdict]
) -> dict[AlarmKind, dt.datetime]:
    return {
        kind: verdict.certain_at
        for kind, verdict in verdicts.items()
        if kind not in facts.raised
        and verdict.holds is Holds.YES
        and verdict.certain_at is not None
    }


def _ended(facts: ClassFacts, verdicts: Mapping[AlarmKind, Verdict]) -> dict[AlarmKind, AlarmEnd]:
    ends = {Holds.NO: AlarmEnd.CAUSE_GONE, Holds.TOO_EARLY: AlarmEnd.LESSON_CHANGED}
    return {
        kind: ends[verdict.holds]
        for kind, verdict in verdicts.items()
        if facts.is_open(kind) and verdict.holds in ends
    }


def _next_at(facts: ClassFacts, verdicts: Iterable[Verdict], at: dt.datetime) -> dt.datetime:
    moments = [facts.ends_at] if at < facts.ends_at else [facts.ends_at + OVER_AFTER]
    for verdict in verdicts:
        if verdict.next_at is not None:
            moments.append(verdict.next_at)
        if verdict.wants_state or verdict.wants_look:
            moments.append(at + WANTED_AGAIN_AFTER)
    to_come = [moment for moment in moments if moment > at]
    return min(to_come, default=at + MISSING_FOR)


# --- The rules ------------------------------------------------------------------------------------------


def _not_started(facts: ClassFacts, at: dt.datetime) -> Verdict:
    minute = facts.starts_at + NOT_STARTED_AFTER
    if facts.has_begun or facts.is_running:
        return NO
    if at < minute:
        return Verdict(Holds.TOO_EARLY, next_at=minute)
    room = facts.room
    if room is None or not room.is_made:
        # Where the cloud makes none, that is the alarm.
        failed = room is not None and room.failed_at is not None
        return NO if failed else Verdict(Holds.YES, minute, next_at=at + JUDGED_EVERY)
    since = max(minute, at - JUDGED_EVERY) if facts.is_open(AlarmKind.NOT_STARTED) else minute
    if room.asked_at is None or room.asked_at < since:
        return NEEDS_STATE
    return Verdict(Holds.YES, minute, next_at=room.asked_at + JUDGED_EVERY)


def _teacher_missing(facts: ClassFacts, at: dt.datetime) -> Verdict:
    if not facts.is_running:
        return NO
    people = facts.people
    if facts.is_open(AlarmKind.TEACHER_MISSING):
        is_back = people is not None and people.has_teacher
        return NO if is_back else Verdict(Holds.UNKNOWN)
    if at >= facts.ends_at:
        return NO
    first = facts.began_at + MISSING_FOR
    if people is None:
        return _look_from(first, at)
    if people.has_teacher:
        # The look before the first minute is none of an alarm's.
        times = max((people.looked_at - facts.began_at) // MISSING_FOR, 0) + 1
        return _look_from(facts.began_at + times * MISSING_FOR, at)
    minute = max(facts.began_at, people.teacher_away_since or facts.began_at) + MISSING_FOR
    # A teacher leaves when the time is over, whether or not the class was ended.
    if minute >= facts.ends_at:
        return NO
    if people.looked_at >= minute:
        return Verdict(Holds.YES, minute)
    return _look_from(minute, at)


def _look_from(minute: dt.datetime, at: dt.datetime) -> Verdict:
    return NEEDS_LOOK if at >= minute else Verdict(Holds.UNKNOWN, next_at=minute)


def _empty(facts: ClassFacts, at: dt.datetime) -> Verdict:
    if not facts.is_running:
        return NO
    people, minute = facts.people, facts.starts_at + EMPTY_AFTER
    if facts.is_open(AlarmKind.EMPTY):
        has_come = people is not None and people.has_student
        return NO if has_come else Verdict(Holds.UNKNOWN)
    if not _students_are_to_be_judged(facts):
        return NO
    if people is None or people.looked_at < minute:
        return _look_from(minute, at)
    return NO if people.has_student else Verdict(Holds.YES, minute)


def _students_are_to_be_judged(facts: ClassFacts) -> bool:
    """Return whether the one look has still to be judged; a class that began after its minute has none."""
    minute = facts.starts_at + EMPTY_AFTER
    is_judged = facts.students_judged_at is not None and facts.students_judged_at >= minute
    return not is_judged and facts.began_at <= minute


def _has_judged_students(facts: ClassFacts, at: dt.datetime) -> bool:
    people, minute = facts.people, facts.starts_at + EMPTY_AFTER
    has_looked = people is not None and people.looked_at >= minute
    return facts.is_running and has_looked and _students_are_to_be_judged(facts)


def _not_recorded(facts: ClassFacts, at: dt.datetime) -> Verdict:
    room = facts.room
    if room is None or not facts.is_running:
        return NO
    minute = max(facts.starts_at + UNRECORDED_AFTER, facts.began_at)
    again_at = at + JUDGED_EVERY if room.is_recorded_by_hand else None
    if not room.is_unrecorded:
        # By hand somebody may stop at any moment, of which nobody tells.
        return Verdict(Holds.NO, next_at=max(minute, again_at) if again_at else None)
    if at < minute:
        return Verdict(Holds.TOO_EARLY, next_at=minute)
    people = facts.people
    moments = [room.asked_at, people.looked_at if people is not None else None]
    if not facts.is_open(AlarmKind.NOT_RECORDED) and not any(
        moment is not None and moment >= minute for moment in moments
    ):
        return NEEDS_LOOK
    return Verdict(Holds.YES, minute, next_at=again_at)


def _running_over(facts: ClassFacts, at: dt.datetime) -> Verdict:
    people, first = facts.people, facts.ends_at + OVER_AFTER
    # The next lesson of those inside may be cancelled or moved, of which nobody tells this one.
    again_at = at + JUDGED_EVERY
    if not facts.is_running:
        return NO
    if facts.is_open(AlarmKind.RUNNING_OVER):
        have_gone = people is not None and people.next_lesson_at is None
        return NO if have_gone else Verdict(Holds.UNKNOWN, next_at=again_at)
    if at < first:
        return Verdict(Holds.UNKNOWN, next_at=first)
    if people is None or people.looked_at < first:
        return NEEDS_LOOK
    if people.next_lesson_at is None:
        times = (people.looked_at - first) // MISSING_FOR + 1
        next_look_at = first + times * MISSING_FOR
        if at >= next_look_at:
            return NEEDS_LOOK
        return Verdict(Holds.NO, next_at=next_look_at)
    minute = max(first, people.next_lesson_at - BEFORE_NEXT)
    if people.looked_at >= minute:
        return Verdict(Holds.YES, minute, next_at=again_at)
    if at >= minute:
        return NEEDS_LOOK
    return Verdict(Holds.NO, next_at=minute)


def _cannot_be_opened(facts: ClassFacts, at: dt.datetime) -> Verdict:
    room = facts.room
    if room is None or room.failed_at is None or facts.has_begun or facts.is_running:
        return NO
    certain_at = max(facts.opens_at, room.failed_at)
    return Verdict(Holds.YES, certain_at, next_at=at + JUDGED_EVERY)


RULES: dict[AlarmKind, Callable[[ClassFacts, dt.datetime], Verdict]] = {
    AlarmKind.NOT_STARTED: _not_started,
    AlarmKind.TEACHER_MISSING: _teacher_missing,
    AlarmKind.EMPTY: _empty,
    AlarmKind.NOT_RECORDED: _not_recorded,
    AlarmKind.RUNNING_OVER: _running_over,
    AlarmKind.CANNOT_BE_OPENED: _cannot_be_opened,
}
