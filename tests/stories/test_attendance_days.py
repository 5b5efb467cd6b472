"""Whole days of classes, with all that goes wrong: the platform's attendance is that of an oracle, to the second.

What people do is done to a real local cloud and noted by a recorder that shares no code with the platform
(`tests/support/attendance_oracle.py`). The clock of both is moved by hand, so a day passes in seconds.
ATTENDANCE_DAYS says how many days are tried; each has classes of its own.
"""

from __future__ import annotations

import datetime as dt
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import time_machine
from django.utils import timezone

from accounts.models import ClassroomIdentity, User
from accounts.services.batch_registration import register_people
from attendance.collecting.asking import ask_due
from attendance.counting.due_lessons import count_due, expect_ended
from attendance.enums import AttendanceStage
from attendance.models import LessonAttendance, PersonAttendance, RoomStatistics
from classroom.client.rate_limits import Priority
from classroom.models import CallbackEvent
from classroom.services.callback_processing import process_event
from schedule.enums import RoomReason
from schedule.models import Lesson
from schedule.rooms.making import ensure_room
from schedule.rooms.polling import poll_rooms
from schedule.rooms.replacement import open_another_room
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, MembershipFactory, UnplannedLessonFactory
from tests.support.attendance_oracle import RecordedRoom, Verdict, verdict
from tests.support.callbacks import KEY, body_of, deliver
from tests.support.cloud import LocalCloud

pytestmark = pytest.mark.django_db

DAYS = int(os.environ.get("ATTENDANCE_DAYS", "1"))
MINUTE_S, HOUR_S = 60, 3600
LESSON_MIN = 45
STUDENTS = 6
# After the end of a class workers run then, and later every hour until nothing is asked any more.
RUNS_AFTER_END_MIN = (0.2, 0.5, 1.2, 2.4, 7, 25, 59)
ASKED_FOR_H = 49
KICKED = 1


# --- What goes wrong ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that goes wrong with one class; its fields say how."""

    name: str
    # Settings of the local cloud for its rooms.
    cloud: dict[str, object] = field(default_factory=dict)
    callbacks: int = 1
    # From the end on, no worker does anything for so long.
    idle_s: int = 0
    # The cloud tells no single stays, or not all: its sums stand for them.
    by_sum: bool = False
    # Statistics come, however late.
    comes: bool = True
    rooms: int = 1
    # So much later than planned the class is held.
    shifted_min: int = 0
    nobody_comes: bool = False
    # It may end after its planned end.
    overruns: bool = True


FAULTS = (
    Fault(name="nothing"),
    Fault(name="late by a minute", cloud={"late_s": MINUTE_S}),
    Fault(name="late by two hours", cloud={"late_s": 2 * HOUR_S}),
    Fault(name="never", cloud={"never": True}, comes=False),
    Fault(name="refused", cloud={"refuse": "FailedOperation"}, comes=False),
    Fault(name="garbled lines", cloud={"garble": "types"}),
    Fault(name="lines without names", cloud={"garble": "missing"}),
    Fault(name="a total too large", cloud={"garble": "total"}),
    Fault(name="second page refused", cloud={"garble": "page2", "page_size": 3}, comes=False),
    Fault(name="a page again and again", cloud={"garble": "repeat", "page_size": 100}),
    Fault(name="several pages", cloud={"page_size": 2}),
    Fault(name="no events", cloud={"events": "none"}, by_sum=True),
    Fault(name="fewer events", cloud={"events": "fewer"}, by_sum=True, overruns=False),
    Fault(name="answers to a keyword are cut", cloud={"keyword_limit": 3}),
    Fault(name="callbacks lost", callbacks=0),
    Fault(name="callbacks doubled", callbacks=2),
    Fault(name="no worker for three hours", idle_s=3 * HOUR_S, by_sum=True),
    Fault(name="two rooms", rooms=2),
    Fault(name="two rooms, one late", rooms=2, cloud={"late_s": 20 * MINUTE_S}),
    Fault(name="held at another time", shifted_min=LESSON_MIN + 5),
    Fault(name="nobody came", nobody_comes=True),
)


# --- A class, and what people do in it -----------------------------------------------------------


@dataclass(slots=True)
class HeldClass:
    """One lesson, its rooms as the recorder saw them, and what happens when."""

    fault: Fault
    lesson: Lesson
    students: list[User]
    rooms: list[RecordedRoom] = field(default_factory=list)
    rooms_planned: int = 0
    # The current room has this number in the cloud.
    number: int = 0

    @property
    def start_s(self) -> int:
        return int(self.lesson.starts_at.timestamp())

    @property
    def end_s(self) -> int:
        return int(self.lesson.ends_at.timestamp())

    @property
    def planned(self) -> set[int]:
        return set(range(self.start_s, self.end_s))

    def expected(self, person: User) -> Verdict:
        return verdict(self.planned, self.rooms, person.username, by_sum=self.fault.by_sum)


def class_of(fault: Fault, starts_at: dt.datetime) -> HeldClass:
    class_group = ClassGroupFactory.create()
    students = [MembershipFactory.create(class_group=class_group).user for _ in range(STUDENTS)]
    lesson = UnplannedLessonFactory.create(
        class_groups=[class_group],
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(minutes=LESSON_MIN),
    )
    return HeldClass(fault, lesson, students)


# --- What people do -------------------------------------------------------------------------------

# When, what, and who.
Step = tuple[int, str, str]


def student_steps(rng: random.Random, start_s: int, end_s: int, who: str) -> list[Step]:
    """Come and go as students do: in time, late, early, for a moment, out and in again, in a second tab."""
    half_s = (end_s - start_s) // 2
    come_s = start_s + rng.randrange(0, 120)
    middle_s = start_s + rng.randrange(200, end_s - start_s - 200)
    back_s = middle_s + rng.randrange(0, 150)
    come, stay = (come_s, "come", who), (middle_s, "come", who)
    ways: dict[str, list[Step]] = {
        "whole": [come],
        "late": [(start_s + rng.choice([300, 301, 500]), "come", who)],
        "early": [come, (end_s - rng.choice([300, 301, 500]), "go", who)],
        "half": [(start_s, "come", who), (start_s + half_s + rng.choice([-1, 0, 1]), "go", who)],
        "moment": [come, (come_s + rng.randrange(0, 60), "go", who)],
        "away": [come, (middle_s, "go", who), (back_s, "come", who)],
        "kicked": [come, (middle_s, "kick", who), (back_s, "come", who)],
        "tab": [come, stay],
        "never": [],
    }
    return ways[rng.choice(list(ways))]


def room_steps(rng: random.Random, held: HeldClass, start_s: int, end_s: int) -> list[Step]:
    """Hold a class in one room, with a teacher, students, and some who do not belong there."""
    steps = [
        (start_s - 60, "come", held.lesson.teacher.username),
        (start_s, "start", ""),
        (end_s, "end", ""),
    ]
    if held.fault.nobody_comes:
        return steps
    for student in held.students:
        steps += student_steps(rng, start_s, end_s, student.username)
    return [*steps, (start_s + 30, "come", UNINVITED), (start_s + 40, "watch", SUPERVISOR)]


UNINVITED, SUPERVISOR = "uninvited", "supervisor"
# Within one second people act before the class ends, and workers run last.
ORDER = {"open": 0, "end": 2, "call": 3, "work": 4}


class Day:
    """A day of classes: what happens in them, and the clock's work beside."""

    def __init__(self, cloud: LocalCloud, rng: random.Random, begins_at: dt.datetime) -> None:
        self.cloud, self.rng, self.begins_at = cloud, rng, begins_at
        for name in (UNINVITED, SUPERVISOR):
            MembershipFactory.create(user=UserFactory.create(username=name))
        self.classes = [
            class_of(fault, begins_at + dt.timedelta(seconds=420 * number + 2 * fault.idle_s))
            for number, fault in enumerate(FAULTS)
        ]
        self.ids: dict[str, str] = {}

    def pass_by(self) -> None:
        """Let the day pass: the local cloud runs in this process, so that its clock is moved as well."""
        with time_machine.travel(self.begins_at - dt.timedelta(hours=1)) as clock:
            register_people(Priority.BACKGROUND)
            known = ClassroomIdentity.objects.values_list("user__username", "classroom_user_id")
            self.ids = dict(known)
            for held in self.classes:
                self.open_room(held)
            for moment_s, what, who, held in sorted(self._steps(), key=_by_time):
                clock.move_to(dt.datetime.fromtimestamp(moment_s, tz=dt.UTC))
                self._act(moment_s, what, who, held)

    def _steps(self) -> Iterator[tuple[int, str, str, HeldClass]]:
        last_s = 0
        for held in self.classes:
            for start_s, end_s in self._times(held):
                steps = room_steps(self.rng, held, start_s, end_s)
                if held.rooms_planned:
                    steps.append((start_s - 90, "open", ""))
                held.rooms_planned += 1
                steps.append((end_s + 1, "call", ""))
                runs = [end_s + held.fault.idle_s + round(60 * run) for run in RUNS_AFTER_END_MIN]
                steps += [(run_s, "work", "") for run_s in (held.end_s, *runs)]
                yield from ((*step, held) for step in steps)
                last_s = max(last_s, runs[-1])
        for hour in range(1, ASKED_FOR_H + 1):
            yield last_s + hour * HOUR_S, "work", "", self.classes[0]

    def _times(self, held: HeldClass) -> list[tuple[int, int]]:
        start_s = held.start_s + held.fault.shifted_min * MINUTE_S + self.rng.randrange(0, 200)
        end_s = held.end_s + self.rng.randrange(-200, 600 if held.fault.overruns else 1)
        if held.fault.shifted_min:
            return [(start_s, start_s + 15 * MINUTE_S)]
        if held.fault.rooms == 1:
            return [(start_s, end_s)]
        middle_s = start_s + 900
        return [(start_s, middle_s), (middle_s + 240, end_s)]

    def open_room(self, held: HeldClass) -> None:
        room = ensure_room(
            held.lesson,
            priority=Priority.BACKGROUND,
            reason=RoomReason.AHEAD,
            at=timezone.now(),
        )
        held.number = room.number
        held.rooms.append(RecordedRoom())
        self.cloud.set_attendance(room.number, **held.fault.cloud)

    def _act(self, at_s: int, what: str, who: str, held: HeldClass) -> None:
        recorded, number, person = held.rooms[-1], held.number, self.ids.get(who, "")
        match what:
            case "come" | "watch":
                self.cloud.join(number, person, at_s=at_s, supervises=what == "watch")
                recorded.come(who, at_s)
            case "go" | "kick":
                reason = KICKED if what == "kick" else 0
                self.cloud.leave(number, person, at_s=at_s, reason=reason)
                recorded.go(who, at_s)
            case "start":
                self.cloud.change_room(number, "start")
                recorded.start(at_s)
            case "end":
                self.cloud.change_room(number, "end")
                recorded.end(at_s)
            case "open":
                open_another_room(held.lesson, at=timezone.now())
                self.open_room(held)
            case "call":
                for _time in range(held.fault.callbacks):
                    for event_type in ("MemberQuit", "RoomEnd"):
                        deliver(body_of(event_type, {"RoomId": number}))
            case "work":
                self._work(timezone.now())

    def _work(self, now: dt.datetime) -> None:
        """Run all workers once; half of those who begin with a room are killed at it."""
        poll_rooms(now)
        CallbackEvent.objects.update(begun_at=None)
        for event in CallbackEvent.objects.due(at=now, told_before=now):
            process_event(event.pk, at=now)
        killed = RoomStatistics.objects.due(now).filter(attempts=0, room__room_id__isnull=False)
        for row in killed[: len(killed) // 2]:
            RoomStatistics.objects.all().lease(row, dt.timedelta(minutes=5), at=now)
        ask_due(now)
        expect_ended(now)
        count_due(now)


def _by_time(step: tuple[int, str, str, HeldClass]) -> tuple[int, int]:
    return step[0], ORDER.get(step[1], 1)


def differences(held: HeldClass) -> Iterator[str]:
    """Say where the platform's attendance of a class is not what people did."""
    attendance = LessonAttendance.objects.get(lesson=held.lesson)
    stage = AttendanceStage.FINAL if held.fault.comes else AttendanceStage.PROVISIONAL
    if attendance.stage != stage:
        yield f"{held.fault.name}: {attendance.stage}"
    rows = {row.person_id: row for row in PersonAttendance.objects.filter(attendance=attendance)}
    people = [held.lesson.teacher, *held.students]
    if set(rows) != {person.pk for person in people}:
        yield f"{held.fault.name}: another roster"
    for person in people:
        row, expected = rows[person.pk], held.expected(person)
        counted = Verdict(row.seconds, row.state, row.is_late, row.left_early)
        if not held.fault.comes:
            expected = Verdict(expected.seconds, "", is_late=False, left_early=False)
        if counted != expected:
            yield f"{held.fault.name}: {person.username} {counted} and not {expected}"


@pytest.fixture(autouse=True)
def impatient(monkeypatch, settings):
    monkeypatch.setattr("classroom.client.transport.FIRST_WAIT_S", 0.01)
    settings.LCIC_CALLBACK_KEY = [KEY]


@pytest.mark.parametrize("seed", range(DAYS))
def test_attendance_of_a_day_is_what_people_did(seed: int, local_cloud: LocalCloud):
    begins_at = timezone.now().replace(microsecond=0) - dt.timedelta(days=3)
    day = Day(local_cloud, random.Random(seed), begins_at)

    day.pass_by()

    assert [line for held in day.classes for line in differences(held)] == []
