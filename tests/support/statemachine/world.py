"""A school with its cloud, its workers and its people: the steps of an example happen here."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import logging
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import requests
import time_machine
from django.db.models import Q
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from classroom.envelope import parse_envelope
from classroom.models import CallbackEvent
from replays.enums import ReplayReason, ReplayState, UseKind
from replays.models import Replay
from replays.services.refresh import ask_now
from replays.services.trash import IN_TRASH_FOR, NothingToDelete, restore_replays, trash_replays
from replays.services.watching import count_use
from replays.states import DELETABLE
from schedule.lessons.cancel import LessonOver, cancel_lesson, restore_lesson
from schedule.lessons.change import LessonFrozen, change_lesson
from schedule.lessons.delete import LessonBegun, delete_lessons
from schedule.lessons.plan import plan_of
from schedule.lessons.taking import LessonOverlaps
from schedule.models import Lesson, Room
from schedule.rooms.replacement import RoomStillOpen, open_another_room
from schedule.rooms.time_left import NoTimeLeft
from tests.factories.accounts import UserFactory
from tests.factories.schedule import LessonFactory
from tests.support.callbacks import body_of, deliver
from tests.support.statemachine.threadless_cloud import ThreadlessCloud
from tests.support.statemachine.worker import TASKS, Broker, Workers, flush_commits

BEGINS_AT = dt.datetime(2031, 3, 3, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
# Calls are quick, but no two moments are the same.
CALL_TAKES_S = 0.05
STEP_TAKES_S = 0.2
UNKNOWN_ROOM = 399_999_999
FORGED_URL = "https://1.vod2.myqcloud.com/stolen/f0.mp4"
# By which the cloud deletes what was recorded.
DELETING = frozenset({"DeleteRecord", "BatchDeleteRecord", "DeletePlaybackItem"})

# What is done, and with what: ("task", "replays.ask_for_missing").
Step = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class School:
    """The things that every example begins with."""

    planner: User
    lessons: Sequence[Lesson]


def make_school() -> School:
    lessons = [
        LessonFactory.create(
            starts_at=BEGINS_AT + hours * HOUR, ends_at=BEGINS_AT + hours * HOUR + HOUR
        )
        for hours in (1, 1, 3)
    ]
    return School(UserFactory.create(roles=[Role.PLANNER]), lessons)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A callback that was answered with 200."""

    digest: str
    event_type: str
    room_id: int | None
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Trouble:
    """A mishap of a worker: it dies before that statement, or others act while it waits for that call."""

    dies_after: int | None = None
    waits_at: int | None = None
    meanwhile: Sequence[Step] = ()


WELL = Trouble()


class World:
    """One example. `complaints` are calls to the cloud that should never have been made."""

    def __init__(self, school: School, clock: time_machine.Traveller) -> None:
        self.school = school
        self.clock = clock
        self.cloud = ThreadlessCloud()
        self.broker = Broker()
        self.workers = Workers(self.broker)
        self.client = Client(enforce_csrf_checks=True)
        self.accepted: list[Accepted] = []
        # Since when people have had these replays in the trash.
        self.trashed: dict[int, dt.datetime] = {}
        self.complaints: list[str] = []
        self.seen_rooms: dict[int, tuple[int, dt.datetime | None]] = {}
        self.seen_replays: dict[int, tuple[str, str]] = {}
        self.lied_gone = False

    def do(self, step: Step) -> None:
        kind, *words = step
        self._acts[kind](self, *words)
        self.clock.shift(STEP_TAKES_S)

    # --- The cloud ----------------------------------------------------------------------------

    def answer(self, request: requests.PreparedRequest) -> requests.Response:
        """Answer a call of the platform; while it waits for that, others may act."""
        action = request.headers["X-TC-Action"]
        asked = json.loads(request.body or b"{}")
        if action in DELETING:
            self._watch_deletion([asked["RoomId"]] if "RoomId" in asked else asked["RoomIds"])
        if action == "DeleteRoom" and self.cloud.was_seen_held(asked["RoomId"]):
            self.complaints.append(f"room {asked['RoomId']} is deleted, though its class was held")
        try:
            return self.cloud.answer(request)
        finally:
            self.clock.shift(CALL_TAKES_S)
            self.workers.while_waiting()

    def _watch_deletion(self, room_ids: Collection[int]) -> None:
        for room_id in room_ids:
            replay = Replay.objects.filter(room__room_id=room_id).first()
            since = None if replay is None else self.trashed.get(replay.pk)
            if since is None or timezone.now() < since + IN_TRASH_FOR:
                self.complaints.append(f"room {room_id} loses its recording, and nobody deleted it")

    def rooms(self) -> list[int]:
        made = Room.objects.made().order_by("pk").values_list("room_id", flat=True)
        return [number for number in made if number is not None]

    def fact(self, what: str, index: int) -> None:
        numbers = self.rooms()
        turned = index % max(len(numbers), 1)
        for number in numbers[turned:] + numbers[:turned]:
            if self.cloud.change(number, what):
                return

    def hold(self, index: int, made: int) -> None:
        """A class of an hour, of whose files so many are made at once."""
        self.fact("start", index)
        self.wait(HOUR.total_seconds())
        self.fact("end", index)
        if made:
            self.make_files(made)

    def make_files(self, at_most: int) -> None:
        self.cloud.make_files(at_most=at_most)

    def record_so(self, wanted: dict[str, Any]) -> None:
        """Make recordings otherwise than usual."""
        self.cloud.set_recording(**wanted)
        if wanted.get("describe_record_silent"):
            # If there are several files, it tells of the latest alone.
            self.cloud.hidden_files.update(self.cloud.statuses)

    def fail(self, action: str, kind: str, times: int | None) -> None:
        self.cloud.fail(action, kind, times)

    def say_gone(self, times: int) -> None:
        """Have the cloud say of a room that there is none."""
        self.lied_gone = True
        self.cloud.fail("DescribeRoom", "fail", times, "ResourceNotFound.Room")

    def hide(self, actions: Collection[str]) -> None:
        self.cloud.hides.update(actions)

    def heal(self) -> None:
        self.cloud.heal()

    def wait(self, seconds: float) -> None:
        self.clock.shift(seconds)
        self.cloud.pass_time()

    # --- Callbacks ----------------------------------------------------------------------------

    def call_back(self, index: int) -> None:
        """Deliver any event of any time, perhaps once more."""
        if events := self.cloud.events():
            self._deliver(self.cloud.envelope(events[-1 - index % len(events)]))

    def call_forged(self, event_type: str, index: int) -> None:
        """A callback with a valid signature, copied from another one, and false contents about any room."""
        numbers = [*self.rooms(), UNKNOWN_ROOM]
        data = {"RoomId": numbers[index % len(numbers)], "RecordUrl": FORGED_URL}
        self._deliver(body_of(event_type, data | {"RecordSize": 7, "Duration": 7}))

    def call_badly(self, how: str, index: int) -> None:
        """Send a garbled or badly signed callback, which must leave no trace."""
        events = self.cloud.events()
        body = self.cloud.envelope(events[index % len(events)]) if events else body_of("RoomEnd")
        content, status = BAD_BODIES[how](body)
        before = self._traces()
        answer = deliver(content, self.client)
        assert answer.status_code == status, (how, answer.content)
        assert self._traces() == before

    def _traces(self) -> tuple[object, ...]:
        events = list(CallbackEvent.objects.order_by("pk").values_list("pk", "state", "due_at"))
        return events, len(self.broker.messages)

    def _deliver(self, body: dict[str, Any]) -> None:
        answer = deliver(body, self.client)
        flush_commits()
        assert answer.status_code == 200, answer.content
        envelope = parse_envelope(json.dumps(body).encode())
        self.accepted.append(
            Accepted(envelope.digest, envelope.event_type, envelope.room_id, timezone.now())
        )

    # --- Workers ------------------------------------------------------------------------------

    def run(self, name: str, trouble: Trouble = WELL, **arguments: Any) -> None:
        def others_act() -> None:
            for step in trouble.meanwhile:
                self.do(step)

        self.workers.run(
            name,
            arguments,
            dies_after=trouble.dies_after,
            waits_at=trouble.waits_at,
            meanwhile=others_act,
        )

    def take_message(self, index: int, trouble: Trouble = WELL, *, keeps: bool = False) -> None:
        """Have a worker take a message; it is delivered once more if that dies, or by mistake."""
        ready = self.broker.deliverable()
        if not ready:
            return
        message = ready[index % len(ready)]
        if not keeps and trouble.dies_after is None:
            self.broker.messages.remove(message)
        name, arguments, _at = message
        self.run(name, trouble, **arguments)

    def take_message_twice(self, index: int) -> None:
        self.take_message(index, keeps=True)

    def call_and_take(self, index: int, trouble: Trouble) -> None:
        """A call whose message a worker takes at once."""
        self.call_back(index)
        self.take_message(-1, trouble)

    def poll(self, seconds: float, trouble: Trouble) -> None:
        """Do what the clock does of rooms and recordings, some time later."""
        self.wait(seconds)
        self.run("schedule.poll_rooms")
        self.run("replays.ask_for_missing", trouble)

    def delete(self, index: int, seconds: float, trouble: Trouble) -> None:
        """A replay goes to the trash, and its time there may be over when a worker looks."""
        self.person("trash", index)
        self.wait(seconds)
        self.run("replays.purge_deleted", trouble)

    def lose_messages(self) -> None:
        self.broker.messages.clear()

    def work_off(self) -> None:
        """Let healthy workers do all that is due now."""
        for name in TASKS:
            self.run(name)
            for _turn in range(50):
                if not self.broker.deliverable():
                    break
                self.take_message(0)

    # --- People -------------------------------------------------------------------------------

    def person(self, what: str, index: int) -> None:
        about_lessons = LESSON_ACTS.get(what)
        if about_lessons is not None:
            if lessons := list(Lesson.objects.order_by("pk")):
                with suppress(*REFUSALS):
                    about_lessons(lessons[index % len(lessons)])
        elif replays := list(Replay.objects.order_by("pk").filter(REPLAYS_TO[what])):
            with suppress(*REFUSALS):
                REPLAY_ACTS[what](self, replays[index % len(replays)])
        flush_commits()

    def trash(self, replay: Replay) -> None:
        if trash_replays([replay], person=self.school.planner, at=timezone.now()):
            self.trashed[replay.pk] = timezone.now()

    def restore(self, replay: Replay) -> None:
        if restore_replays([replay], person=self.school.planner, at=timezone.now()).count:
            del self.trashed[replay.pk]

    def check(self, replay: Replay) -> None:
        ask_now(replay, person=self.school.planner, at=timezone.now())

    def play(self, replay: Replay) -> None:
        for file in replay.files.present()[:1]:
            count_use(file, UseKind.PLAY, at=timezone.now(), user=self.school.planner)

    _acts: dict[str, Callable[..., None]] = {
        "class": hold,
        "fact": fact,
        "files": make_files,
        "recorded so": record_so,
        "call": call_back,
        "taken call": call_and_take,
        "polling": poll,
        "deletion": delete,
        "forged call": call_forged,
        "bad call": call_badly,
        "task": run,
        "message": take_message,
        "message twice": take_message_twice,
        "messages lost": lose_messages,
        "all work": work_off,
        "person": person,
        "wait": wait,
        "fails": fail,
        "denies a room": say_gone,
        "hides": hide,
        "well": heal,
    }


REFUSALS = (
    *(NothingToDelete, LessonOver, LessonFrozen, LessonOverlaps, LessonBegun),
    *(NoTimeLeft, RoomStillOpen),
)


def _move(lesson: Lesson) -> None:
    plan = plan_of(lesson)
    starts_at, ends_at = plan.starts_at + 4 * HOUR, plan.ends_at + 4 * HOUR
    change_lesson(lesson, dataclasses.replace(plan, starts_at=starts_at, ends_at=ends_at))


LESSON_ACTS: dict[str, Callable[[Lesson], object]] = {
    "move": _move,
    "cancel": lambda lesson: cancel_lesson(lesson, reason="", at=timezone.now()),
    "uncancel": restore_lesson,
    "reopen": lambda lesson: open_another_room(lesson, at=timezone.now(), may_leave_running=True),
    "delete": lambda lesson: delete_lessons([lesson], at=timezone.now()),
}
REPLAY_ACTS: dict[str, Callable[[World, Replay], None]] = {
    "trash": World.trash,
    "restore": World.restore,
    "check": World.check,
    "play": World.play,
}

REPLAYS_TO: dict[str, Q] = {
    "trash": Q(state__in=DELETABLE),
    "restore": Q(reason=ReplayReason.TRASHED),
    "check": Q(),
    "play": Q(state=ReplayState.READY),
}


def _signed_by_another(body: dict[str, Any]) -> tuple[bytes, int]:
    return json.dumps(body | {"Sign": "0" * 32}).encode(), 403


def _too_late(body: dict[str, Any]) -> tuple[bytes, int]:
    late = body_of(
        body["EventType"], body["EventData"], ExpireTime=int(BEGINS_AT.timestamp()) - 9999
    )
    return json.dumps(late).encode(), 403


def _broken_off(body: dict[str, Any]) -> tuple[bytes, int]:
    content = json.dumps(body).encode()
    return content[: len(content) // 2], 400


def _without_type(body: dict[str, Any]) -> tuple[bytes, int]:
    return json.dumps({**body, "EventType": None}).encode(), 400


BAD_BODIES: dict[str, Callable[[dict[str, Any]], tuple[bytes, int]]] = {
    "signed by another": _signed_by_another,
    "too late": _too_late,
    "broken off": _broken_off,
    "without a type": _without_type,
}


class FaultsHeard(logging.Handler):
    """Keeps what the platform logs as a fault of its own."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.heard.append(logging.Formatter().format(record))
