"""The cost of calendars that ask for somebody's lessons again and again: 400 of them, in a school with a past.

Measured is the processor time of the web processes. Beside an answer without a body stands the query that it
asks, alone; beside a whole one the same bytes by a view that does nothing.

    make bench    or    .venv/bin/python bench/feed.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

import datetime as dt
import http.client
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

import clients
import school
import table
from stack import Stack
from table import Row

if TYPE_CHECKING:
    from accounts.models import User

LESSONS, PAST_LESSONS = 400, 20_000
STUDENTS = 40
ROUNDS, REQUESTS, WARM_UP = 4, 20, 5
UNCHANGED_MS, WHOLE_MS = 2, 30
SAME = "/bench/same/"


def make_school(stack: Stack) -> tuple[User, User]:
    """A teacher with so many lessons, and a student who attends them; few titles recur."""
    from schedule.models import Lesson

    teachers = school.add_people([f"t{number}" for number in range(20)], "teacher")
    students = school.add_people([f"s{number}" for number in range(STUDENTS)], "student")
    groups = school.add_class_groups([f"{number + 1}班" for number in range(20)])
    school.add_members(groups[0], students)
    first = school.monday() + dt.timedelta(hours=8)
    starts = [first + dt.timedelta(days=n // 4, hours=n % 4) for n in range(LESSONS)]
    made = school.plan_lessons(teachers[0], groups[0], starts)
    for number, each in enumerate(made):
        each.title = f"语文课 第{number}讲 荷花、勾股定理与古诗三首"
    Lesson.objects.bulk_update(made, ["title"])
    school.forget_messages(stack.valkey.url)
    school.add_past_lessons(
        stack.postgres.url(), PAST_LESSONS, like=made[0], teachers=teachers[1:], groups=groups[1:]
    )
    return teachers[0], students[0]


class Asker:
    def __init__(self, stack: Stack, port: int) -> None:
        self._stack, self._connection = stack, clients.connect(port)

    def ask(self, path: str, tag: str = "") -> http.client.HTTPResponse:
        self._connection.request("GET", path, headers={"If-None-Match": tag})
        answer = self._connection.getresponse()
        expected = HTTPStatus.NOT_MODIFIED if tag else HTTPStatus.OK
        if answer.status != expected:
            raise SystemExit(f"{path} answered {answer.status}")
        return answer

    def processor_ms(self, path: str, tag: str = "") -> float:
        """The best of a few rounds."""
        for _ in range(WARM_UP):
            self.ask(path, tag).read()
        return min(self._round_ms(path, tag) for _ in range(ROUNDS))

    def _round_ms(self, path: str, tag: str) -> float:
        before_s = self._stack.processor_s("web")
        for _ in range(REQUESTS):
            self.ask(path, tag).read()
        return (self._stack.processor_s("web") - before_s) * 1000 / REQUESTS


def best_ms(do: Callable[[], object], clock: Callable[[], float]) -> float:
    def round_ms() -> float:
        before_s = clock()
        for _ in range(REQUESTS):
            do()
        return (clock() - before_s) * 1000 / REQUESTS

    do()
    return min(round_ms() for _ in range(ROUNDS))


def rows_of(stack: Stack, asker: Asker, whose: str, person: User) -> list[Row]:
    from django.utils import timezone

    from schedule.feeds.reading import find_feed
    from schedule.feeds.writing import make_token

    token = make_token(person, at=timezone.now())
    path = f"/schedule/feeds/{token}.ics"
    answer = asker.ask(path)
    body, tag = answer.read(), answer.headers["ETag"]
    if body.count(b"BEGIN:VEVENT") != LESSONS:
        raise SystemExit(f"{path} holds other lessons")
    (stack.folder / f"feed-{person.username}").write_bytes(body)

    def find() -> None:
        find_feed(token, at=timezone.now())

    query_ms = best_ms(find, time.process_time)
    return [
        Row(
            what=f"feed of {LESSONS} lessons, {whose}: nothing changed",
            value=asker.processor_ms(path, tag),
            unit="ms cpu",
            floor=query_ms,
            at_most=UNCHANGED_MS,
        ),
        Row(what="  its query, by the clock", value=best_ms(find, time.monotonic), unit="ms"),
        Row(
            what=f"feed of {LESSONS} lessons, {whose}: the whole",
            value=asker.processor_ms(path),
            unit="ms cpu",
            floor=asker.processor_ms(f"{SAME}feed-{person.username}"),
            at_most=WHOLE_MS,
        ),
    ]


def first_row(person: User) -> Row:
    """Writing the file in a process that has written none of its texts yet."""
    from django.utils import timezone

    from schedule.feeds import calendar_file
    from schedule.feeds.reading import find_feed
    from schedule.feeds.writing import make_token

    found = find_feed(make_token(person, at=timezone.now()), at=timezone.now())
    if found is None:
        raise SystemExit("there is no feed")
    feed = found

    def write() -> None:
        calendar_file.forget_texts()
        calendar_file.written(feed.lessons(), person=feed.person, today=feed.today)

    return Row(
        what="  written for the first time in a process",
        value=best_ms(write, time.process_time),
        unit="ms cpu",
        at_most=WHOLE_MS,
    )


def rows() -> list[Row]:
    with Stack() as stack:
        teacher, student = make_school(stack)
        asker = Asker(stack, stack.start_web())
        return [
            *rows_of(stack, asker, "a teacher's", teacher),
            *rows_of(stack, asker, "a student's", student),
            first_row(teacher),
        ]


if __name__ == "__main__":
    table.end_in(rows)
