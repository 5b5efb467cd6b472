"""A planner plans a term of 7,320 lessons on its page, and a worker does it, while students look at their weeks.

Measured are the answer to the button, the pauses of its progress, the whole, and the week of a student meanwhile;
the floors are planning a term like it in one go in this process, and the same week while nothing is planned. Students
look and the cloud posts callbacks during the floors too: all else is the same. Each callback must be stored. Then the
same on SQLite, where the writing is compared with a bare INSERT of as many rows, and as many lessons are published and
deleted.

    make bench    or    .venv/bin/python bench/long_work.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import callbacks
import clients
import school
import table
import terms
from stack import ROOT, Stack, percentile
from table import Row

if TYPE_CHECKING:
    from accounts.models import User
    from schedule.models import ClassGroup, Term

WEEKLY, WEEKS = 366, 20
LESSONS = WEEKLY * WEEKS
GROUPS, STUDENTS_A_GROUP, TEACHERS = 36, 42, 100
ASKED_S = 0.02
# A page asks once a second; asking all the time would take a part of what the worker has.
FOLLOWED_EVERY_S = 0.1
IDLE_S = 5.0
MOST_ANSWER_S, MOST_PAUSE_S, MOST_WHOLE, MOST_WEEK, MOST_WRITING_S = 0.2, 2.0, 1.1, 2.0, 10.0
FIRST_ROOM = 300_000_000


def add_people() -> tuple[list[User], list[ClassGroup]]:
    """Make teachers, students and class groups of a school of the usual size; return those who are in lessons."""
    teachers = school.add_people([f"t{number}" for number in range(TEACHERS)], "teacher")
    students = school.add_people([f"s{n}" for n in range(GROUPS * STUDENTS_A_GROUP)], "student")
    groups = school.add_class_groups([f"{number + 1}班" for number in range(GROUPS)])
    for number, group in enumerate(groups):
        first = number * STUDENTS_A_GROUP
        school.add_members(group, students[first : first + STUDENTS_A_GROUP])
    return teachers, groups


def add_term(teachers: list[User], groups: list[ClassGroup], *, after_weeks: int = 1) -> Term:
    """Make a term that begins after so many weeks, in which nobody is in two lessons."""
    import datetime as dt

    from schedule.enums import WeeklyLessonSource
    from schedule.models import Course
    from schedule.terms.weekly_lessons.week_ranges import Weeks
    from schedule.terms.weekly_lessons.writing import WeeklyLessonPlan, insert_weekly_lessons
    from schedule.terms.writing import create_term

    monday = school.monday().date() + dt.timedelta(weeks=after_weeks)
    term = create_term(f"第{after_weeks}周起", first_monday=monday, weeks=WEEKS)
    course = Course.objects.get_or_create(name="语文课")[0]
    plans = [
        WeeklyLessonPlan(
            course=course,
            teacher=teachers[number % TEACHERS],
            class_groups=(groups[number % GROUPS],),
            weekday=number // GROUPS % 5 + 1,
            starts=dt.time(8 + number // GROUPS // 5),
            ends=dt.time(8 + number // GROUPS // 5, 45),
            weeks=Weeks(""),
        )
        for number in range(WEEKLY)
    ]
    insert_weekly_lessons(term, plans, source=WeeklyLessonSource.PAGE)
    return term


def planned_at_once_s(term: Term) -> float:
    """Measure planning it in this process, until it is on the disk."""
    started = time.perf_counter()
    terms.plan(term)
    return time.perf_counter() - started


class Weeks:
    """A student who looks at the week again and again, and how long each answer took."""

    def __init__(self, port: int, cookie: str) -> None:
        self._port, self._cookie = port, cookie
        self.taken_s: list[float] = []

    @contextmanager
    def looked_at(self) -> Iterator[None]:
        is_over = threading.Event()
        thread = threading.Thread(target=self._look_until, args=(is_over,))
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()

    def _look_until(self, is_over: threading.Event) -> None:
        connection = clients.connect(self._port)
        while not is_over.wait(ASKED_S):
            started = time.perf_counter()
            clients.ask(connection, "/schedule/", self._cookie)
            self.taken_s.append(time.perf_counter() - started)


class Callbacks:
    """The cloud, which posts a callback of another room ten times a second, and counts those that are refused."""

    def __init__(self, port: int, key: str) -> None:
        self._port, self._key = port, key
        self.sent = self.failed = 0

    @contextmanager
    def posted(self) -> Iterator[None]:
        is_over = threading.Event()
        thread = threading.Thread(target=self._post_until, args=(is_over,))
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()

    def _post_until(self, is_over: threading.Event) -> None:
        while not is_over.wait(0.1):
            self.sent += 1
            connection = clients.connect(self._port)
            body = callbacks.signed(self._key, "RoomEnd", FIRST_ROOM + self.sent)
            connection.request("POST", "/callbacks/classroom/", body)
            self.failed += connection.getresponse().status != 200
            connection.close()

    def lost(self, stack: Stack) -> int:
        """Return how many of them have no row."""
        rooms = f"room_id > {FIRST_ROOM} AND room_id <= {FIRST_ROOM + self.sent}"
        stored: int = stack.ask_database(
            f"SELECT count(DISTINCT room_id) FROM classroom_callbackevent WHERE {rooms}"
        )
        return self.sent - stored


def pressed(port: int, term: Term, cookie: str) -> tuple[float, float, str]:
    """Press the button of the plan's page; return when, how long the answer took, and the code of its work."""
    path = f"/schedule/terms/{term.code}/plan/"
    connection = clients.connect(port)
    connection.request("GET", path, headers={"Cookie": cookie})
    answer = connection.getresponse()
    page = answer.read().decode()
    token = re.search(r"csrftoken=([^;]+)", answer.getheader("Set-Cookie") or "")
    fields = {
        name: value[1]
        for name in ("csrfmiddlewaretoken", "version")
        if (value := re.search(rf'name="{name}"\s+value="([^"]+)"', page))
    }
    cookies = cookie if token is None else f"{cookie}; csrftoken={token[1]}"
    body = "&".join(f"{name}={value}" for name, value in fields.items())
    headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
    started = time.perf_counter()
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    took_s = time.perf_counter() - started
    where = answer.getheader("Location") or ""
    if "/schedule/work/" not in where:
        raise SystemExit(f"the button answered {answer.status} {where}")
    return started, took_s, where.rstrip("/").rsplit("/", 1)[1]


def followed(code: str, *, pressed_s: float, **wanted: int) -> tuple[float, float]:
    """Follow the work until it is done; return the seconds that it took, and the longest pause of its progress.

    The first pause begins with the press of the button, at `pressed_s`, and the last one ends with the work.
    `wanted`: of these kinds it has to have done so many.
    """
    from edu_platform.lib.long_work import progress_of
    from schedule.models import Work

    changed_s, last, pause_s, is_open = pressed_s, None, 0.0, True
    while is_open:
        time.sleep(FOLLOWED_EVERY_S)
        work, progress = Work.objects.get(code=code), progress_of(code)
        is_open, now_s = work.is_open, time.perf_counter()
        if progress != last or not is_open:
            pause_s = max(pause_s, now_s - changed_s)
            last, changed_s = progress, now_s
    if work.state != "done" or not wanted.items() <= work.result.items():
        raise SystemExit(f"the work ended {work.state} {work.result}")
    assert work.began_at is not None
    assert work.ended_at is not None
    return (work.ended_at - work.began_at).total_seconds(), pause_s


def on_postgresql() -> list[Row]:
    with Stack() as stack:
        people = add_people()
        term, term_before = add_term(*people, after_weeks=1 + WEEKS), add_term(*people)
        port = stack.start_web()
        stack.start_worker()
        (planner,) = school.add_people(["planner"], "planner")
        (student,) = school.add_people(["onlooker"], "student")
        cookie = school.cookie_of(student)
        idle, beside_floor, busy = (Weeks(port, cookie) for _number in range(3))
        cloud = Callbacks(port, stack.callback_key)
        with cloud.posted():
            with idle.looked_at():
                time.sleep(IDLE_S)
            with beside_floor.looked_at():
                floor_s = planned_at_once_s(term_before)
            stack.ask_database("ANALYZE; SELECT 1")
            with busy.looked_at():
                pressed_s, answer_s, code = pressed(port, term, school.cookie_of(planner))
                whole_s, pause_s = followed(code, pressed_s=pressed_s, added=LESSONS)
        lost = cloud.lost(stack)
    week_s = percentile(idle.taken_s, 0.95)
    return [
        Row(
            what=f"{LESSONS:,} lessons planned as long work",
            value=whole_s,
            unit="s",
            floor=floor_s,
            at_most=MOST_WHOLE,
            of_ratio=True,
        ),
        Row(what="  answer to the button", value=answer_s, unit="s", at_most=MOST_ANSWER_S),
        Row(what="  longest pause of its progress", value=pause_s, unit="s", at_most=MOST_PAUSE_S),
        Row(
            what="  a student's week meanwhile, p95",
            value=percentile(busy.taken_s, 0.95),
            unit="s",
            floor=week_s,
            at_most=MOST_WEEK,
            of_ratio=True,
        ),
        Row(
            what=f"  callbacks that failed, of {cloud.sent}", value=cloud.failed, unit="", at_most=0
        ),
        Row(what="  callbacks that are not stored", value=lost, unit="", at_most=0),
    ]


def on_sqlite() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="edu-bench-") as folder:
        env = os.environ | {
            "DATABASE_URL": f"sqlite:///{Path(folder) / 'school.sqlite3'}",
            "SECRET_KEY": "bench" * 20,
            "ENV_FILE": "/dev/null",
            "PYTHONPATH": f"{ROOT}:{ROOT / 'bench'}",
        }
        script = str(ROOT / "bench" / "long_work_on_sqlite.py")
        done = subprocess.run(
            [sys.executable, script], env=env, check=True, stdout=subprocess.PIPE, text=True
        )
    times: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return [
        Row(
            what="  writing them on SQLite",
            value=times["planning_s"],
            unit="s",
            floor=times["floor_s"],
            at_most=MOST_WRITING_S,
        ),
        Row(
            what="  the whole on SQLite",
            value=times["whole_s"],
            unit="s",
            floor=times["at_once_s"],
            at_most=MOST_WHOLE,
            of_ratio=True,
        ),
        *(
            Row(
                what=f"  writing as many {what} on SQLite",
                value=times[name],
                unit="s",
                at_most=MOST_WRITING_S,
            )
            for what, name in (("published", "publishing_s"), ("deleted", "deleting_s"))
        ),
    ]


def rows() -> list[Row]:
    return on_postgresql() + on_sqlite()


if __name__ == "__main__":
    table.end_in(rows)
