"""Whole mornings of classes, with all that goes wrong: alarms are raised and end as an oracle says, each once.

What people do is done to a real local cloud, as `tests/support/board_script.py` has written it, and noted by a recorder
that shares no code with the platform (`tests/support/board_oracle.py`). The clock of both is moved by hand, so a morning
passes in seconds. BOARD_MORNINGS says how many mornings are tried, BOARD_CLASSES of how many classes, and BOARD_SEED
the first.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import ClassroomIdentity, SchoolSettings, User
from accounts.services.batch_registration import register_people
from attendance.alarms import watching
from attendance.models import Alarm, LessonWatch, RoomPresence
from attendance.presence import looking, short_marks
from attendance.presence.board import open_board
from classroom.client.errors import CloudError
from classroom.client.members import current_members
from classroom.client.rate_limits import Priority
from edu_platform.lib.due import Run
from schedule.enums import RecordMode, RoomReason
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.change import change_lesson
from schedule.lessons.plan import plan_of
from schedule.manual_recording.writing import Outcome, start, stop
from schedule.models import Lesson
from schedule.rooms.making import ensure_room
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    LessonFactory,
    MembershipFactory,
    school_time,
)
from tests.support.board_oracle import (
    FOR_EVER_S,
    Morning,
    Plan,
    RecordedClass,
    Seen,
    differences,
    expected_alarms,
)
from tests.support.board_script import (
    MOVED_BY_S,
    WINDOW_S,
    ScriptedClass,
    ScriptedMorning,
    Step,
    write_morning,
)
from tests.support.board_workers import CLOCK_S, Workers
from tests.support.callbacks import KEY, body_of, deliver
from tests.support.cloud import LocalCloud
from tests.support.cloudcalls import make_quick

pytestmark = pytest.mark.django_db
logger = logging.getLogger(__name__)

MORNINGS = int(os.environ.get("BOARD_MORNINGS", "1"))
CLASSES = int(os.environ.get("BOARD_CLASSES", "4"))
SEED = int(os.environ.get("BOARD_SEED", "1"))
ARRIVALS = frozenset({"teacher", "assistant", "student", "watch"})
FAULTY_ACTIONS = ("DescribeCurrentMemberList", "GetRooms", "DescribeRoom")


def moment(at_s: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(at_s, tz=dt.UTC)


@pytest.fixture
def workers(local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Workers:
    # A busy machine is no silence of the cloud; and as the clock stands still, a run takes no time.
    make_quick(monkeypatch, read_timeout_s=20)
    monkeypatch.setattr(Run, "took_s", 0.0)
    settings.LCIC_CALLBACK_KEY = [KEY]
    workers = Workers(Morning(WINDOW_S))
    monkeypatch.setattr(short_marks, "_run", workers.mark)
    for sender in (
        "attendance.presence.short_marks.send_in_background",
        "attendance.presence.board.send_in_background",
        "attendance.presence.judging_soon.enqueue_on_commit",
        "classroom.services.inbox.send_gathered",
        "classroom.services.inbox.enqueue_on_commit",
        "classroom.services.inbox.send_in_background",
        "classroom.services.callback_processing.send_in_background",
        "schedule.manual_recording.writing.send_in_background",
    ):
        monkeypatch.setattr(sender, workers.send)
    monkeypatch.setattr(watching, "settle", workers.mortal(watching.settle, dies_before=True))
    monkeypatch.setattr(watching, "_plan", workers.mortal(watching._plan, dies_before=True))
    members = workers.mortal(current_members, dies_before=False)
    monkeypatch.setattr(looking, "current_members", members)
    return workers


# --- A morning -------------------------------------------------------------------------------------


class Performance:
    """A scripted morning, as it is acted out and recorded."""

    def __init__(self, cloud: LocalCloud, workers: Workers, script: ScriptedMorning) -> None:
        self.cloud, self.workers, self.script = cloud, workers, script
        self.morning = workers.morning
        self.morning.silences = script.silences
        self.lessons: dict[int, Lesson] = {}
        self.recorded: dict[int, RecordedClass] = {}
        self.numbers: dict[int, int] = {}
        self.ids: dict[str, str] = {}
        self.seen: defaultdict[int, dict[tuple[str, int], Seen]] = defaultdict(dict)
        self.silence = self.no_rooms = 0

    def prepare(self) -> None:
        """Plan the lessons, and make their rooms as long before as the cloud makes them."""
        settings = SchoolSettings.load()
        settings.teacher_entry_min = WINDOW_S // 60
        settings.save()
        people = self._people()
        groups = {}
        for own in self.script.classes:
            if own.students not in groups:
                group = groups[own.students] = ClassGroupFactory.create()
                for name in own.students:
                    MembershipFactory.create(class_group=group, user=people[name])
        register_people(Priority.BACKGROUND)
        known = ClassroomIdentity.objects.values_list("user__username", "classroom_user_id")
        self.ids = dict(known)
        for own in sorted(self.script.classes, key=lambda own: own.recording == "refused"):
            self.cloud.fill_storage(is_full=own.recording == "refused")
            self._plan_class(own, people, groups[own.students])
        self.cloud.fill_storage()
        self.no_rooms = self.cloud.switch("CreateRoom", "fail", code="FailedOperation")

    def _people(self) -> dict[str, User]:
        names = {"supervisor", "uninvited"}
        for own in self.script.classes:
            names |= {own.teacher, own.assistant, *own.students}
        people = {name: UserFactory.create(username=name) for name in sorted(names)}
        for name in ("supervisor", "uninvited"):
            MembershipFactory.create(user=people[name])
        return people

    def _plan_class(self, own: ScriptedClass, people: dict[str, User], group: Any) -> None:
        modes = {"hand": RecordMode.MANUAL}
        self.lessons[own.number] = LessonFactory.create(
            class_groups=[group],
            teacher=people[own.teacher],
            assistants=[people[own.assistant]],
            starts_at=moment(own.starts_s),
            ends_at=moment(own.ends_s),
            record_mode=modes.get(own.recording, RecordMode.AUTOMATIC),
        )
        recorded = self.recorded[own.number] = RecordedClass(
            f"class {own.number}",
            [Plan(0, own.starts_s, own.ends_s)],
            (own.teacher, own.assistant, *own.students),
            tells_quits=own.tells_quits,
            recorded_s=0 if own.recording == "plan" else FOR_EVER_S,
        )
        self.morning.classes.append(recorded)
        if own.has_room:
            self._make(own)
        else:
            made_s = [step.at_s for step in own.steps if step.what == "make"]
            recorded.fails_s = (0, min(made_s, default=FOR_EVER_S))

    def _make(self, own: ScriptedClass) -> None:
        lesson = self.lessons[own.number]
        priority, reason = Priority.INTERACTIVE, RoomReason.AHEAD
        room = ensure_room(lesson, priority=priority, reason=reason, at=timezone.now())
        self.numbers[own.number] = room.number
        self.cloud.set_attendance(room.number, current="all" if own.tells_quits else "present")

    # --- Acting -----------------------------------------------------------------------------------

    def act_out(self) -> None:
        """Let the morning pass: the local cloud runs in this process, so that its clock is moved as well."""
        steps = sorted(self._steps(), key=lambda step: step[0])
        with time_machine.travel(moment(self.script.begins_s), tick=False) as clock:
            self.prepare()
            at_s: float = self.script.begins_s
            while at_s < self.script.ends_s:
                clock.move_to(dt.datetime.fromtimestamp(at_s, tz=dt.UTC))
                while steps and steps[0][0] <= at_s:
                    steps.pop(0)[1]()
                self._work(at_s)
                next_tick_s = at_s - at_s % CLOCK_S + CLOCK_S
                next_step_s = steps[0][0] if steps else FOR_EVER_S
                at_s = min(next_tick_s, next_step_s, max(self.workers.next_s(), at_s + 0.2))

    def _work(self, at_s: float) -> None:
        if at_s % CLOCK_S == 0:
            self.workers.tick(int(at_s))
        self.workers.take_messages()
        if self.workers.has_judged:
            self._note_alarms()

    def _note_alarms(self) -> None:
        self.workers.has_judged = False
        for alarm in Alarm.objects.all():
            raised_s = int(alarm.raised_at.timestamp())
            ended_s = int(alarm.ended_at.timestamp()) if alarm.ended_at else FOR_EVER_S
            self.seen[alarm.lesson_id][alarm.kind, raised_s] = raised_s, ended_s

    def _steps(self) -> Iterator[tuple[int, Callable[[], object]]]:
        script, workers = self.script, self.workers
        for own in script.classes:
            for step in own.steps:
                yield step.at_s, partial(self._act, own, step)
        for from_s, until_s in script.silences:
            yield from_s, self._fall_silent
            yield until_s, lambda: self.cloud.clear(self.silence)
        for from_s, until_s in script.losses:
            yield from_s, lambda: setattr(workers, "loses_messages", True)
            yield until_s, lambda: setattr(workers, "loses_messages", False)
        for number, at_s in enumerate(script.kills):
            if number % 2:
                yield at_s, lambda: setattr(workers, "is_to_be_killed", True)
            else:
                yield at_s, self._leave_dead_leases
        for at_s, kind in script.faults:
            action = FAULTY_ACTIONS[at_s % len(FAULTY_ACTIONS)]
            yield at_s, partial(self.cloud.switch, action, kind, times=3)
        for from_s, until_s in script.looks:
            for at_s in range(from_s, until_s, CLOCK_S):
                yield at_s, open_board

    def _fall_silent(self) -> None:
        self.silence = self.cloud.switch("*", "drop_before")

    def _leave_dead_leases(self) -> None:
        """Let a worker be killed that has just begun with a lesson, and one that has with a room."""
        now = timezone.now()
        soon = now + dt.timedelta(minutes=1)
        for watch in LessonWatch.objects.due(soon)[:2]:
            LessonWatch.objects.all().lease(watch, watching.LEASE, at=now)
        for presence in RoomPresence.objects.due(soon)[:2]:
            RoomPresence.objects.all().lease(presence, looking.LEASE, at=now)
        self.morning.kills.append(int(now.timestamp()))

    def _act(self, own: ScriptedClass, step: Step) -> None:
        recorded = self.recorded[own.number]
        is_there = step.what == "make" or own.number in self.numbers
        if not is_there or not recorded.plan(step.at_s).is_held or step.at_s >= recorded.over_s:
            return
        match step.what:
            case "cancel":
                at = timezone.now()
                cancel_lesson(Lesson.objects.get(pk=self.lessons[own.number].pk), reason="x", at=at)
                plan = recorded.plan(step.at_s)
                cancelled = Plan(step.at_s, plan.starts_s, plan.ends_s, is_held=False)
                recorded.plans.append(cancelled)
            case "move":
                self._move(own, recorded, step.at_s)
            case "make":
                self.cloud.clear(self.no_rooms)
                self._make(own)
                self.no_rooms = self.cloud.switch("CreateRoom", "fail", code="FailedOperation")
            case _:
                self._act_inside(own, recorded, step)

    def _move(self, own: ScriptedClass, recorded: RecordedClass, at_s: int) -> None:
        starts_s, ends_s = own.starts_s + MOVED_BY_S, own.ends_s + MOVED_BY_S
        lesson = Lesson.objects.get(pk=self.lessons[own.number].pk)
        plan = replace(plan_of(lesson), starts_at=moment(starts_s), ends_at=moment(ends_s))
        change_lesson(lesson, plan)
        recorded.plans.append(Plan(at_s, starts_s, ends_s))

    def _act_inside(self, own: ScriptedClass, recorded: RecordedClass, step: Step) -> None:
        number, at_s = self.numbers[own.number], step.at_s
        match step.what:
            case what if what in ARRIVALS:
                self._come(own, recorded, step)
            case "go":
                self._go(own, recorded, step)
            case "start":
                self.cloud.change_room(number, "start")
                recorded.began_s = at_s
                self._call(own, "RoomStart")
            case "end":
                self.cloud.change_room(number, "end")
                recorded.end(at_s)
                self._call(own, "RoomEnd")
            case "record":
                self._record(own, recorded, at_s)
            case "stop recording":
                lesson = Lesson.objects.get(pk=self.lessons[own.number].pk)
                stop(lesson, lesson.teacher, timezone.now())
            case "forge":
                for event_type in ("MemberJoin", "MemberQuit", "RoomStart", "RoomEnd"):
                    deliver(body_of(event_type, {"RoomId": number, "UserId": "nobody"}))

    def _come(self, own: ScriptedClass, recorded: RecordedClass, step: Step) -> None:
        """Let somebody join, who leaves every other class by that."""
        for other in self.morning.classes:
            other.go(step.who, step.at_s)
        number, user_id = self.numbers[own.number], self.ids[step.who]
        self.cloud.join(number, user_id, supervises=step.what == "watch")
        recorded.come(step.who, step.what, step.at_s)
        self._call(own, "MemberJoin")

    def _go(self, own: ScriptedClass, recorded: RecordedClass, step: Step) -> None:
        if recorded.has_inside(step.who, step.at_s):
            self.cloud.leave(self.numbers[own.number], self.ids[step.who])
            recorded.go(step.who, step.at_s)
            self._call(own, "MemberQuit")

    def _record(self, own: ScriptedClass, recorded: RecordedClass, at_s: int) -> None:
        """Press the button; nothing is recorded while the cloud does not answer."""
        lesson = Lesson.objects.get(pk=self.lessons[own.number].pk)
        self.cloud.fill_storage(is_full=False)
        with suppress(CloudError):
            if start(lesson, lesson.teacher, timezone.now()) is Outcome.STARTED:
                recorded.recorded_s = at_s
        self.cloud.fill_storage()

    def _call(self, own: ScriptedClass, event_type: str) -> None:
        for _time in range(own.callbacks):
            deliver(body_of(event_type, {"RoomId": self.numbers[own.number]}))

    # --- Comparing --------------------------------------------------------------------------------

    def compare(self) -> tuple[list[str], Counter[str]]:
        """Return what differs, and how many alarms of each kind there had to be."""
        lines: list[str] = []
        count: Counter[str] = Counter()
        for number, recorded in self.recorded.items():
            expected = expected_alarms(self.morning, recorded, self.script.ends_s)
            seen: defaultdict[str, list[Seen]] = defaultdict(list)
            for (kind, _raised_s), times in sorted(self.seen[self.lessons[number].pk].items()):
                seen[kind].append(times)
            count.update("optional" if alarm.is_optional else alarm.kind for alarm in expected)
            since_s = self.script.begins_s
            lines += [f"{recorded.name}: {line}" for line in differences(expected, seen, since_s)]
        return lines, count


@pytest.mark.timeout(60 + 20 * CLASSES)
@pytest.mark.parametrize("seed", range(SEED, SEED + MORNINGS))
def test_alarms_of_a_morning_are_those_of_what_happened(
    seed: int, local_cloud: LocalCloud, workers: Workers
):
    begins_s = int(school_time(1, 8).timestamp())
    script = write_morning(random.Random(seed), begins_s, CLASSES)
    morning = Performance(local_cloud, workers, script)

    logging.disable(logging.CRITICAL)
    try:
        morning.act_out()
    finally:
        logging.disable(logging.NOTSET)
    lines, count = morning.compare()

    logger.warning("morning %s: %s classes, %s", seed, len(script.classes), dict(count))
    assert lines == [], "\n".join([*lines, *script.in_words(workers.morning.kills)])
    assert count.total() > count["optional"]
