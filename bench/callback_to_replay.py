"""From an accepted callback to a replay that plays, against the three calls that this needs at least.

No beat runs, so nothing but the callback makes the platform look. Each class is held and recorded before
its callback is sent. The clock starts when the callback is answered, and stops when the replay's
address leads to the file. The floor are the three calls to the cloud themselves, made directly.

    make bench    or    .venv/bin/python bench/callback_to_replay.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

import datetime as dt
import http.client
import statistics
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

import clients
import school
import table
from callbacks import CALLBACKS, signed
from stack import Stack, percentile
from table import Row

if TYPE_CHECKING:
    from schedule.models import Lesson

CLASSES = 40
WARM_UP = 5
POLL_S = 0.005
WITHIN_S = 30


def plan_classes() -> tuple[list[Lesson], str]:
    """A teacher's lessons of the next days with their rooms, and the cookie of a session."""
    from django.utils import timezone

    (teacher,) = school.add_people(["teacher"], "teacher")
    (group,) = school.add_class_groups(["一年级1班"])
    now = timezone.now().replace(microsecond=0)
    starts = [now + dt.timedelta(hours=1 + number) for number in range(WARM_UP + CLASSES)]
    lessons = school.plan_lessons(teacher, group, starts)
    school.make_rooms()
    return lessons, school.cookie_of(teacher)


def hold_class(stack: Stack, lesson: Lesson) -> tuple[int, str]:
    """Hold and record the class; return the room's number and the replay's code."""
    from replays.models import Replay
    from schedule.models import Room

    room = Room.objects.get(lesson=lesson, is_current=True)
    for change in ("start", "end"):
        stack.control(f"rooms/{room.number}/{change}", {})
    deadline = time.monotonic() + WITHIN_S
    while not is_recorded(stack, room.number):
        if time.monotonic() > deadline:
            raise SystemExit("a class has no recording")
        time.sleep(0.05)
    return room.number, Replay.objects.get(lesson=lesson).code


def is_recorded(stack: Stack, room_id: int) -> bool:
    (room,) = [each for each in stack.control("state")["rooms"] if each["RoomId"] == room_id]
    return any(each["State"] == "ready" for each in room["Recordings"])


def callback_to_replay_ms(stack: Stack, cookie: str, room_id: int, code: str) -> float:
    """Send the callback and wait until the replay plays."""
    connection = clients.connect(stack.port)
    body = signed(stack.callback_key, "RecordFinish", room_id)
    answer = status_of(connection, "POST", CALLBACKS, body)
    if answer != HTTPStatus.OK:
        raise SystemExit(f"the callback was answered {answer}")
    accepted = time.perf_counter()
    play = f"/replays/{code}/play/"
    while (status := status_of(connection, "HEAD", play, cookie=cookie)) != HTTPStatus.FOUND:
        if status != HTTPStatus.CONFLICT or time.perf_counter() - accepted > WITHIN_S:
            raise SystemExit(f"the replay was answered {status}")
        time.sleep(POLL_S)
    connection.close()
    return (time.perf_counter() - accepted) * 1000


def status_of(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes | None = None,
    *,
    cookie: str = "",
) -> int:
    connection.request(method, path, body, {"Cookie": cookie})
    answer = connection.getresponse()
    answer.read()
    return answer.status


def floor_ms(room_id: int) -> float:
    """The three calls that one look makes, one after the other."""
    from classroom.client.rate_limits import Priority
    from classroom.enums import Source
    from classroom.snapshots import RoomSnapshot

    look = RoomSnapshot(room_id, priority=Priority.INTERACTIVE, source=Source.COMMAND)
    started = time.perf_counter()
    if not (look.is_ours and look.listing and look.recordings):
        raise SystemExit("the cloud does not know the class")
    return (time.perf_counter() - started) * 1000


def rows() -> list[Row]:
    taken, floor = [], []
    with Stack() as stack:
        lessons, cookie = plan_classes()
        school.forget_messages(stack.valkey.url)
        stack.start_web()
        stack.start_worker()
        stack.control("callbacks", {"enabled": False})
        for lesson in lessons:
            room_id, code = hold_class(stack, lesson)
            lowest = floor_ms(room_id)
            taken.append(callback_to_replay_ms(stack, cookie, room_id, code))
            floor.append(lowest)
    taken, floor = taken[WARM_UP:], floor[WARM_UP:]
    what = "callback to replay"
    return [
        Row(
            what=f"{what}, median",
            value=statistics.median(taken),
            unit="ms",
            floor=statistics.median(floor),
        ),
        Row(
            what=f"{what}, p95",
            value=percentile(taken, 0.95),
            unit="ms",
            floor=percentile(floor, 0.95),
        ),
    ]


if __name__ == "__main__":
    table.end_in(rows)
