"""The rules of alarms, by tables of cases: a class from 8:00 to 8:45, and times as minutes after its start."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import pytest

from attendance.alarms.rules import ClassFacts, Judgement, PeopleFacts, RoomFacts, judge
from attendance.enums import AlarmEnd, AlarmKind
from schedule.enums import BEGUN, CloudStatus

START = dt.datetime(2026, 11, 2, 8, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
NOT_STARTED, RUNNING = CloudStatus.NOT_STARTED, CloudStatus.RUNNING


def minute(after: float | None) -> dt.datetime | None:
    return None if after is None else START + after * MINUTE


def at(after: float) -> dt.datetime:
    return START + after * MINUTE


def room(
    status: CloudStatus = RUNNING, asked: float | None = 0, started: float | None = 0, **more: Any
) -> RoomFacts:
    is_begun = status != NOT_STARTED
    started_at = minute(started) if is_begun else None
    return RoomFacts(status=status, asked_at=minute(asked), started_at=started_at, **more)


def people(
    looked: float, *who: str, away: float | None = None, next_lesson: float | None = None
) -> PeopleFacts:
    """Those inside by a look: `teacher`, `student`."""
    return PeopleFacts(
        looked_at=at(looked),
        has_teacher="teacher" in who,
        has_student="student" in who,
        teacher_away_since=minute(away),
        next_lesson_at=minute(next_lesson),
    )


def facts(
    room: RoomFacts | None = None, people: PeopleFacts | None = None, **more: Any
) -> ClassFacts:
    begun = room is not None and room.status in BEGUN
    defaults = {"opens_at": at(-30), "starts_at": START, "ends_at": at(45), "has_begun": begun}
    return ClassFacts(**{**defaults, "room": room, "people": people, **more})


def raised(class_facts: ClassFacts, after: float) -> dict[str, float]:
    """Return the alarms that are raised, and since which minute each is certain."""
    judgement = judge(class_facts, at(after))
    return {kind.value: (since - START) / MINUTE for kind, since in judgement.raises.items()}


def next_minute(judgement: Judgement) -> float | None:
    return None if judgement.next_at is None else (judgement.next_at - START) / MINUTE


# --- What is raised -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    class_facts: ClassFacts
    after: float
    # The kind, and since when it is certain.
    raises: tuple[str, float] | None = None
    wants: str = ""
    next: float | None = None


BOTH = ("teacher", "student")
CASES = (
    # --- Not started
    Case("too early", facts(room(NOT_STARTED, asked=4)), 4.9, next=5),
    Case("at its minute it is asked", facts(room(NOT_STARTED, asked=4.9)), 5, wants="state"),
    Case("asked at its minute", facts(room(NOT_STARTED, asked=5)), 5, ("not_started", 5)),
    Case("long after", facts(room(NOT_STARTED, asked=20)), 20, ("not_started", 5)),
    Case("no room was made", facts(None), 5, ("not_started", 5)),
    Case(
        "expired before its end", facts(room(CloudStatus.EXPIRED, asked=6)), 6, ("not_started", 5)
    ),
    Case("begun in a room before", facts(room(NOT_STARTED, asked=5), has_begun=True), 5),
    Case("its time is over", facts(room(NOT_STARTED, asked=45)), 45),
    # --- Teacher missing
    Case("nobody has looked", facts(room()), 4, next=5),
    Case("the first look", facts(room()), 5, wants="look"),
    Case("never seen", facts(room(), people(5, "student")), 5, ("teacher_missing", 5)),
    Case("a look of before", facts(room(), people(4.9, "student")), 5, wants="look"),
    Case("is there", facts(room(), people(5, *BOTH)), 5, next=10),
    Case("five minutes on", facts(room(), people(5, *BOTH)), 10, wants="look"),
    Case(
        "left, known by the cloud",
        facts(room(), people(20, "student", away=14)),
        20,
        ("teacher_missing", 19),
    ),
    Case("left a while ago", facts(room(), people(20, "student", away=17)), 20, next=22),
    Case(
        "its five minutes are over", facts(room(), people(20, "student", away=17)), 22, wants="look"
    ),
    Case("still away", facts(room(), people(22, "student", away=17)), 22, ("teacher_missing", 22)),
    Case("left before the start", facts(room(), people(3, "student", away=-2)), 3, next=5),
    Case("began late", facts(room(started=7), people(11, "student")), 11, next=12),
    Case(
        "began late, long ago",
        facts(room(started=7), people(12, "student")),
        12,
        ("teacher_missing", 12),
    ),
    Case("began early", facts(room(started=-4), people(3, "student")), 3, next=5),
    Case("left at the end", facts(room(), people(46, "student", away=44)), 46, next=47),
    Case(
        "a callback told that it began late, and not when",
        facts(room(asked=12, started=None), people(12, "student")),
        12,
        next=17,
    ),
    # --- Empty
    Case("nobody comes", facts(room(), people(9, "teacher")), 9, next=10),
    Case("its one look", facts(room(), people(9, "teacher")), 10, wants="look"),
    Case("nobody came", facts(room(), people(10, "teacher")), 10, ("empty", 10)),
    Case("somebody came", facts(room(), people(10, *BOTH)), 10, next=15),
    Case(
        "left after it was judged",
        facts(room(), people(20, "teacher"), students_judged_at=at(10)),
        20,
        next=25,
    ),
    Case("began after its minute", facts(room(started=11), people(12, "teacher")), 12, next=16),
    # --- Not recorded
    Case("too early to say", facts(room(is_unrecorded=True), people(4, *BOTH)), 4, next=5),
    Case("is it running?", facts(room(is_unrecorded=True), people(4, *BOTH)), 5, wants="look"),
    Case(
        "runs unrecorded", facts(room(is_unrecorded=True), people(5, *BOTH)), 5, ("not_recorded", 5)
    ),
    Case(
        "known by its state",
        facts(room(is_unrecorded=True, asked=5), people(4, *BOTH)),
        5,
        ("not_recorded", 5),
        wants="look",
    ),
    Case(
        "began late, unrecorded",
        facts(room(is_unrecorded=True, asked=7, started=7)),
        7,
        ("not_recorded", 7),
        next=10,
    ),
    Case("not begun", facts(room(NOT_STARTED, asked=6, is_unrecorded=True)), 6, ("not_started", 5)),
    # --- Running over
    Case("past its end", facts(room(), people(44, *BOTH), students_judged_at=at(10)), 46, next=47),
    Case(
        "who is inside?",
        facts(room(), people(46, *BOTH), students_judged_at=at(10)),
        47,
        wants="look",
    ),
    Case(
        "nobody is missed", facts(room(), people(47, *BOTH), students_judged_at=at(10)), 47, next=52
    ),
    Case(
        "back to back",
        facts(room(), people(47, *BOTH, next_lesson=45), students_judged_at=at(10)),
        47,
        ("running_over", 47),
    ),
    Case(
        "a long break",
        facts(room(), people(47, *BOTH, next_lesson=60), students_judged_at=at(10)),
        47,
        next=58,
    ),
    Case(
        "two minutes before",
        facts(room(), people(50, *BOTH, next_lesson=52), students_judged_at=at(10)),
        50,
        ("running_over", 50),
    ),
    Case(
        "a look of before the minute",
        facts(room(), people(49, *BOTH, next_lesson=52), students_judged_at=at(10)),
        50,
        wants="look",
    ),
    # --- Cannot be opened
    Case(
        "no room before the start",
        facts(RoomFacts(is_made=False, failed_at=at(-100))),
        -20,
        ("cannot_be_opened", -30),
    ),
    Case(
        "fails at this moment",
        facts(room(NOT_STARTED, failed_at=at(-5))),
        -5,
        ("cannot_be_opened", -5),
    ),
    Case("too early to enter", facts(RoomFacts(is_made=False, failed_at=at(-100))), -31, next=-30),
    Case(
        "cannot be made, at five past",
        facts(RoomFacts(is_made=False, failed_at=at(-1))),
        5,
        ("cannot_be_opened", -1),
    ),
    Case("runs, and a change fails", facts(room(failed_at=at(3)), people(5, *BOTH)), 6),
    # --- Not to be held
    Case("cancelled", facts(room(NOT_STARTED, asked=6), is_published=False), 6),
    Case("over", facts(room(CloudStatus.ENDED, asked=20)), 20),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_raised_wanted_and_judged_next(case: Case):
    judgement = judge(case.class_facts, at(case.after))

    expected = {} if case.raises is None else dict([case.raises])
    class_facts = raised(case.class_facts, case.after)
    assert class_facts == expected
    assert judgement.wants_state == (case.wants == "state")
    assert judgement.wants_look == (case.wants == "look")
    if case.next is not None:
        assert next_minute(judgement) == case.next


def test_no_kind_is_raised_twice():
    for kind in AlarmKind:
        class_facts = facts(room(asked=30), people(30), raised={kind: False})
        assert kind.value not in raised(class_facts, 30)


# --- What ends ------------------------------------------------------------------------------------------


def ended(kind: AlarmKind, class_facts: ClassFacts, after: float) -> AlarmEnd | None:
    return judge(replace(class_facts, raised={kind: True}), at(after)).ends.get(kind)


K, E = AlarmKind, AlarmEnd
JUDGED = {"students_judged_at": START + 10 * MINUTE}


@pytest.mark.parametrize(
    ("kind", "class_facts", "after", "end"),
    [
        (K.NOT_STARTED, facts(room(NOT_STARTED, asked=6)), 6.1, None),
        (K.NOT_STARTED, facts(room(asked=6)), 6, E.CAUSE_GONE),
        (K.NOT_STARTED, facts(room(NOT_STARTED, asked=44.9)), 45, E.CLASS_OVER),
        (K.NOT_STARTED, facts(room(NOT_STARTED), is_published=False), 6, E.LESSON_CHANGED),
        (
            K.NOT_STARTED,
            facts(room(NOT_STARTED), opens_at=at(30), starts_at=at(60), ends_at=at(105)),
            6,
            E.LESSON_CHANGED,
        ),
        (K.NOT_STARTED, facts(room(NOT_STARTED), starts_at=at(10)), 6, E.LESSON_CHANGED),
        (K.TEACHER_MISSING, facts(room(), people(9, "student")), 9, None),
        (K.TEACHER_MISSING, facts(room(), people(9, *BOTH)), 9, E.CAUSE_GONE),
        (K.TEACHER_MISSING, facts(room(CloudStatus.ENDED), people(9)), 9, E.CLASS_OVER),
        (K.EMPTY, facts(room(), people(12, "teacher"), **JUDGED), 12, None),
        (K.EMPTY, facts(room(), people(12, *BOTH), **JUDGED), 12, E.CAUSE_GONE),
        (K.NOT_RECORDED, facts(room(is_unrecorded=True), people(9, *BOTH)), 9, None),
        (K.NOT_RECORDED, facts(room(), people(9, *BOTH)), 9, E.CAUSE_GONE),
        (K.RUNNING_OVER, facts(room(), people(50, *BOTH, next_lesson=60)), 50, None),
        (K.RUNNING_OVER, facts(room(), people(50, "teacher")), 50, E.CAUSE_GONE),
        (K.RUNNING_OVER, facts(room(CloudStatus.ENDED), people(50)), 50, E.CLASS_OVER),
        (K.CANNOT_BE_OPENED, facts(RoomFacts(is_made=False, failed_at=at(-9))), -5, None),
        (K.CANNOT_BE_OPENED, facts(room(NOT_STARTED)), -5, E.CAUSE_GONE),
        (K.CANNOT_BE_OPENED, facts(room()), 1, E.CAUSE_GONE),
    ],
)
def test_what_ends_and_why(
    kind: AlarmKind, class_facts: ClassFacts, after: float, end: AlarmEnd | None
):
    assert ended(kind, class_facts, after) == end


def test_class_that_is_not_begun_is_asked_about_every_twenty_seconds_while_its_alarm_is_open():
    class_facts = facts(room(NOT_STARTED, asked=6), raised={AlarmKind.NOT_STARTED: True})

    assert not judge(class_facts, at(6.3)).wants_state
    assert judge(class_facts, at(6.4)).wants_state
    assert next_minute(judge(class_facts, at(6.3))) == pytest.approx(6 + 1 / 3)


def test_recording_by_hand_is_judged_again_and_again_as_nobody_tells_of_it():
    class_facts = facts(room(is_recorded_by_hand=True, is_unrecorded=True), people(5, *BOTH))

    assert next_minute(
        judge(replace(class_facts, raised={AlarmKind.NOT_RECORDED: True}), at(6))
    ) == pytest.approx(6 + 1 / 3)


def test_class_that_runs_over_is_judged_again_as_nobody_tells_that_the_next_lesson_was_cancelled():
    known = facts(room(), people(50, *BOTH, next_lesson=52), **JUDGED)

    for runs_over in (known, replace(known, raised={AlarmKind.RUNNING_OVER: True})):
        assert next_minute(judge(runs_over, at(50))) == pytest.approx(50 + 1 / 3)


def test_over_class_is_not_judged_again():
    assert judge(facts(room(CloudStatus.ENDED)), at(20)).next_at is None
    assert judge(facts(room(NOT_STARTED)), at(45)).next_at is None
    assert judge(facts(room(NOT_STARTED), is_published=False), at(0)).next_at is None
