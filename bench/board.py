"""The board of running classes: ten people look at fifty classes, while 2,000 people join these.

Web, worker, beat and local cloud are real, the cloud with its limits of calls on. Most join while the cloud tells of
everybody by a callback; then nobody joins for a minute; then the rest join, and no callback comes. In the end nobody looks,
while the minute comes at which each class is looked into for its alarms. How long a join takes until the board says it
goes from the answer of the cloud's console to an answer of the board to one of those who look.

    make bench    or    .venv/bin/python bench/board.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

import datetime as dt
import http.client
import random
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus

import clients
import school
import table
from callbacks import CALLBACKS
from stack import Stack, percentile
from table import Row

CLASSES, STUDENTS, VIEWERS = 50, 40, 10
BOARD = "/schedule/now/"
ASKS_EVERY_S = 2.0
LOOK = "DescribeCurrentMemberList"
# So many of each class join while no callback comes.
WITHOUT_CALLBACKS = 8
# Rooms are made for then; near enough that the cloud's list is asked for them.
PLANNED_FOR = dt.timedelta(minutes=25)
STARTS_AFTER_S = 120
FILL_S, QUIET_S, LATER_FILL_S, LAST_SEEN_S = 120, 60, 40, 45
# The last look that is planned for an open board is over by then.
FORGOTTEN_AFTER_S = 62
ALARM_MINUTE_S, ALARMS_TAKE_S = 300, 40
CALLS_WHILE_FILLING, CALLS_IN_QUIET = 15, 5
SEEN_BY_CALLBACK_S, SEEN_WITHOUT_S = 6, 35
# Session and person, and two of the board's own.
STATEMENTS = 4
COUNTS = re.compile(rb'id="class-(\w+)".*?now-count"[^>]*>\s*(\d+)\s*/', re.DOTALL)


@dataclass(slots=True)
class HeldClass:
    """A class, whom it is held for, and when each of its students joined."""

    code: str
    number: int
    user_ids: list[str]
    joined_s: list[float] = field(default_factory=list)
    # When an answer first said that so many are inside.
    seen_s: list[float] = field(default_factory=list)

    def waits_s(self, first: int, last: int) -> list[float]:
        """Return how long those joins waited; one that nobody saw waited for ever."""
        seen = [*self.seen_s, *[float("inf")] * len(self.joined_s)]
        return [seen[place] - self.joined_s[place] for place in range(first, last)]


def plan_classes() -> list[HeldClass]:
    """Plan classes that begin in a moment, with their rooms, teachers and students."""
    from django.utils import timezone

    from accounts.models import ClassroomIdentity
    from schedule.models import Room

    teachers = school.add_people([f"t{n}" for n in range(CLASSES)], "teacher")
    students = school.add_people([f"s{n}" for n in range(CLASSES * STUDENTS)], "student")
    groups = school.add_class_groups([f"{n}班" for n in range(CLASSES)])
    people: dict[int, list[int]] = {}
    starts_at = timezone.now().replace(microsecond=0) + PLANNED_FOR
    for number, (teacher, group) in enumerate(zip(teachers, groups, strict=True)):
        members = students[number * STUDENTS : (number + 1) * STUDENTS]
        school.add_members(group, members)
        (lesson,) = school.plan_lessons(teacher, group, [starts_at])
        people[lesson.pk] = [teacher.pk, *(student.pk for student in members)]
    school.register_everybody()
    school.make_rooms()
    ids = dict(ClassroomIdentity.objects.values_list("user", "classroom_user_id"))
    rooms = Room.objects.filter(is_current=True, room_id__isnull=False).select_related("lesson")
    return [
        HeldClass(room.lesson.code, room.number, [ids[person] for person in people[room.lesson.pk]])
        for room in rooms
        if room.lesson is not None
    ]


def begin_in(seconds: int) -> None:
    """Plan all classes for then: making the school took its time."""
    from django.utils import timezone

    from schedule.models import Lesson

    starts_at = timezone.now().replace(microsecond=0) + dt.timedelta(seconds=seconds)
    Lesson.objects.update(starts_at=starts_at, ends_at=starts_at + dt.timedelta(minutes=45))


class Viewers:
    """People who look at the board, as its script asks."""

    def __init__(self, port: int, cookies: list[str], classes: list[HeldClass]) -> None:
        self.port = port
        self.by_code = {held.code: held for held in classes}
        self.is_over = threading.Event()
        self.lock = threading.Lock()
        self.failures: list[str] = []
        self.answers: Counter[int] = Counter()
        self.threads = [
            threading.Thread(target=self._look, args=(cookie,), daemon=True) for cookie in cookies
        ]

    def begin(self) -> None:
        for thread in self.threads:
            thread.start()

    def end(self) -> None:
        self.is_over.set()
        for thread in self.threads:
            thread.join()

    def _look(self, cookie: str) -> None:
        connection, version = clients.connect(self.port), ""
        while not self.is_over.wait(ASKS_EVERY_S * random.uniform(0.9, 1.1)):
            try:
                status, version, body = ask_board(connection, cookie, version)
            except (OSError, http.client.HTTPException) as err:
                self.failures.append(type(err).__name__)
                connection.close()
                continue
            self.answers[status] += 1
            if status == HTTPStatus.OK:
                self._note(body, time.monotonic())
            elif status != HTTPStatus.NO_CONTENT:
                self.failures.append(str(status))

    def _note(self, body: bytes, at_s: float) -> None:
        with self.lock:
            for code, count in COUNTS.findall(body):
                seen_s = self.by_code[code.decode()].seen_s
                seen_s += [at_s] * (int(count) - len(seen_s))


def ask_board(
    connection: http.client.HTTPConnection, cookie: str, version: str
) -> tuple[int, str, bytes]:
    """Ask as the page's script does; return the status, the version that holds now, and the parts."""
    headers = {"Cookie": cookie} | ({"X-Page-Version": version} if version else {})
    connection.request("GET", BOARD, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    return answer.status, answer.headers["X-Page-Version"] or version, body


def statements_when_nothing_is_new(port: int, cookie: str) -> int:
    connection, version = clients.connect(port), ""
    counted = []
    for _time in range(5):
        _status, version, _body = ask_board(connection, cookie, version)
        headers = {"Cookie": cookie, "X-Page-Version": version, "X-Count-Statements": "1"}
        connection.request("GET", BOARD, headers=headers)
        answer = connection.getresponse()
        answer.read()
        count = re.search(r"\bstatements;dur=([\d.]+)", answer.headers["Server-Timing"] or "")
        if answer.status == HTTPStatus.NO_CONTENT and count is not None:
            counted.append(int(float(count[1])))
    if not counted:
        raise SystemExit("there was always something new")
    return max(counted)


def join(stack: Stack, classes: list[HeldClass], *, until: int, in_s: float) -> None:
    """Let students join until so many are in each class, evenly over some time, and in an order by chance."""
    chance = random.Random(42)
    places = range(len(classes[0].joined_s), until)
    turns = [held for _place in places for held in chance.sample(classes, len(classes))]
    began_s = time.monotonic()
    for turn, held in enumerate(turns):
        time.sleep(max(0.0, began_s + turn * in_s / len(turns) - time.monotonic()))
        user_id = held.user_ids[1 + len(held.joined_s)]
        stack.control(f"rooms/{held.number}/join", {"user_id": user_id})
        held.joined_s.append(time.monotonic())


class Calls:
    """Calls that the cloud was asked, from one moment to another."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        calls = stack.control("calls")["calls"]
        self.last = max((call["n"] for call in calls), default=0)

    def since_last(self) -> list[tuple[float, str]]:
        calls = self.stack.control(f"calls?since={self.last}")["calls"]
        self.last = max((call["n"] for call in calls), default=self.last)
        return [(call["at"], call["action"]) for call in calls]


def busiest_second(calls: list[tuple[float, str]]) -> int:
    times, most, first = sorted(at for at, _action in calls), 0, 0
    for number, at in enumerate(times):
        while at - times[first] > 1:
            first += 1
        most = max(most, number - first + 1)
    return most


def print_calls(name: str, calls: list[tuple[float, str]], lasted_s: float) -> None:
    by_action = Counter(action for _at, action in calls)
    print(f"{name}: {len(calls) / lasted_s:.1f} calls a second in {lasted_s:.0f} s", end="")
    print(f", {busiest_second(calls)} in the busiest: {dict(by_action)}", flush=True)


def rows() -> list[Row]:
    with Stack() as stack:
        classes = plan_classes()
        staff = school.add_people([f"p{n}" for n in range(VIEWERS)], "planner")
        cookies = [school.cookie_of(person) for person in staff]
        school.forget_messages(stack.valkey.url)
        stack.control("callbacks", {"enabled": False})
        for held in classes:
            stack.control(f"rooms/{held.number}/join", {"user_id": held.user_ids[0]})
            stack.control(f"rooms/{held.number}/start", {})
        stack.start_web()
        stack.start_worker()
        stack.start_beat()
        stack.control("limits", {"enforce": True})
        begin_in(STARTS_AFTER_S)
        started_s = time.monotonic()
        viewers = Viewers(stack.port, cookies, classes)
        viewers.begin()
        # The states of all rooms are known by then, and the board is open.
        time.sleep(40)
        return _measured(stack, classes, viewers, cookies[0], started_s)


def _measured(
    stack: Stack, classes: list[HeldClass], viewers: Viewers, cookie: str, started_s: float
) -> list[Row]:
    most = STUDENTS - WITHOUT_CALLBACKS
    told_at = f"http://127.0.0.1:{stack.port}{CALLBACKS}"
    stack.control("callbacks", {"enabled": True, "url": told_at})
    calls = Calls(stack)
    join(stack, classes, until=most, in_s=FILL_S)
    filling = calls.since_last()
    print_calls("while classes fill", filling, FILL_S)
    time.sleep(LAST_SEEN_S)
    calls.since_last()
    time.sleep(QUIET_S)
    quiet = calls.since_last()
    print_calls("nobody joins", quiet, QUIET_S)
    statements = statements_when_nothing_is_new(stack.port, cookie)
    stack.control("callbacks", {"enabled": False})
    join(stack, classes, until=STUDENTS, in_s=LATER_FILL_S)
    time.sleep(LAST_SEEN_S)
    viewers.end()
    print(f"Answers of the board: {dict(viewers.answers)}; failures: {Counter(viewers.failures)}")
    time.sleep(FORGOTTEN_AFTER_S)
    calls.since_last()
    minute_s = started_s + STARTS_AFTER_S + ALARM_MINUTE_S
    late_s = time.monotonic() - minute_s
    if late_s > 0:
        raise SystemExit(f"the minute of alarms was {late_s:.0f} s ago")
    time.sleep(ALARMS_TAKE_S - late_s)
    alone = calls.since_last()
    print_calls("nobody looks", alone, ALARMS_TAKE_S - late_s)
    looks = sum(action == LOOK for _at, action in alone)
    by_callback = [wait for held in classes for wait in held.waits_s(0, most)]
    without = [wait for held in classes for wait in held.waits_s(most, STUDENTS)]
    what = f"board of {CLASSES} classes, {VIEWERS} look"
    return [
        Row(
            what=f"{what}: calls while classes fill",
            value=len(filling) / FILL_S,
            unit="/s",
            at_most=CALLS_WHILE_FILLING,
        ),
        Row(
            what=f"{what}: calls in the busiest second of these",
            value=busiest_second(filling),
            unit="",
        ),
        Row(
            what=f"{what}: calls in a minute in which nobody joins",
            value=len(quiet) / QUIET_S,
            unit="/s",
            at_most=CALLS_IN_QUIET,
        ),
        Row(
            what=f"{what}: a join is shown, p95",
            value=percentile(by_callback, 0.95),
            unit="s",
            at_most=SEEN_BY_CALLBACK_S,
        ),
        Row(
            what=f"{what}: a join is shown without callbacks, p95",
            value=percentile(without, 0.95),
            unit="s",
            at_most=SEEN_WITHOUT_S,
        ),
        Row(
            what=f"{what}: statements when nothing is new",
            value=statements,
            unit="",
            at_most=STATEMENTS,
        ),
        Row(
            what=f"board of {CLASSES} classes, nobody looks: looks at an alarm's minute",
            value=looks,
            unit="",
            floor=CLASSES,
            at_most=CLASSES,
        ),
        Row(what=f"{what}: failures", value=len(viewers.failures), unit="", at_most=0),
    ]


if __name__ == "__main__":
    table.end_in(rows)
