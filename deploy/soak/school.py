"""Things that all actors of a soak share: the people, the lessons, and which actor has which lesson."""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import psycopg2

from deploy.soak.journal import Journal
from deploy.soak.stack import Stack
from deploy.soak.visitor import NoAnswer, Visitor

PASSWORD = "soak-Classroom-2049"  # noqa: S105 -- of a school that is gone in an hour
PLANNER = "planner"
# One asks for somebody to be erased, the other confirms it.
HEADS = ("head1", "head2")
COURSE = "语文课"
MINUTE = dt.timedelta(minutes=1)
# Lessons are as short as a timetable can say, one after the other, so that a teacher has many.
LESSON_LENGTH = MINUTE
# Nothing is planned further ahead: teachers may enter half an hour before the start.
HORIZON = 28 * MINUTE
# What begins sooner is left alone: its room could not be made in time.
LEAD_TIME = 2 * MINUTE


@dataclass(slots=True)
class Lesson:
    """A lesson that the journal has. `code` is empty until it has been looked up."""

    title: str
    teacher: str
    class_group: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    code: str = ""


@dataclass(slots=True)
class Leaver:
    """A student who is to be erased in the course of the soak. `code` is their key, known from the start."""

    username: str
    display_name: str
    code: str = ""


@dataclass(slots=True)
class Teacher:
    """A teacher with their own class group of two students and one who leaves; `next_start` is their first free minute.

    Of a class group that has risen into a new school year no lesson is planned any more.
    """

    username: str
    class_group: str
    students: tuple[str, str]
    leaver: Leaver
    next_start: dt.datetime
    has_risen: bool = False
    visitors: dict[str, Visitor] = field(default_factory=dict)


class School:
    """People sign in before anything fails. One actor at a time has a lesson, so its facts have an order."""

    def __init__(self, stack: Stack, journal: Journal, *, teachers: int) -> None:
        self.stack = stack
        self.journal = journal
        self.zone = ZoneInfo(str(stack.env["TIME_ZONE"]))
        start = next_whole_minute(now() + 2 * LEAD_TIME)
        self.teachers = [
            Teacher(
                f"teacher{n}",
                f"高一{n}班",
                (f"student{n}a", f"student{n}b"),
                Leaver(f"leaver-{n}-x", f"欧阳离校{n}号"),
                start,
            )
            for n in range(1, teachers + 1)
        ]
        self.planner = Visitor(stack.site)
        self.heads = [Visitor(stack.site) for _name in HEADS]
        self._free: list[Lesson] = []
        self._lock = threading.Lock()
        self._titles = 0

    def open(self) -> None:
        """Import all people, and sign them in."""
        roster = self.stack.folder / "people.csv"
        roster.write_text(self._roster(), encoding="utf-8")
        self.stack.manage("import_users", str(roster))
        self.planner.sign_in(PLANNER, PASSWORD)
        for name, visitor in zip(HEADS, self.heads, strict=True):
            words = ("--noinput", "--username", name, "--display_name", f"校长{name}")
            self.stack.manage("createsuperuser", *words)
            visitor.sign_in(name, self.stack.superuser_password)
        for teacher in self.teachers:
            leaver = teacher.leaver
            ((code,),) = self.query_database(
                "SELECT code FROM accounts_user WHERE username = %s", leaver.username
            )
            leaver.code = str(code)
            for name in (teacher.username, *teacher.students, leaver.username):
                teacher.visitors[name] = Visitor(self.stack.site)
                teacher.visitors[name].sign_in(name, PASSWORD)

    def _roster(self) -> str:
        lines = ["username,display_name,role,class_groups,password"]
        lines.append(f"{PLANNER},教务,planner,,{PASSWORD}")
        for teacher in self.teachers:
            lines.append(f"{teacher.username},李老师{teacher.username[7:]},teacher,,{PASSWORD}")
            students = [(name, name) for name in teacher.students]
            students.append((teacher.leaver.username, teacher.leaver.display_name))
            lines += [
                f"{name},{shown},student,{teacher.class_group},{PASSWORD}"
                for name, shown in students
            ]
        return "\n".join(lines) + "\n"

    # --- Lessons ----------------------------------------------------------------------------

    def plan(self, teacher: Teacher, prefix: str) -> Lesson | None:
        """A lesson at the teacher's next free minute, not yet in the timetable; None beyond the horizon.

        None also where the class group has risen.
        """
        with self._lock:
            if teacher.has_risen:
                return None
            starts_at = max(teacher.next_start, next_whole_minute(now() + LEAD_TIME + MINUTE))
            if starts_at > now() + HORIZON:
                return None
            teacher.next_start = starts_at + LESSON_LENGTH
            self._titles += 1
            title = f"{prefix} {self._titles}"
        return Lesson(
            title, teacher.username, teacher.class_group, starts_at, starts_at + LESSON_LENGTH
        )

    def next_period(self, teacher: Teacher) -> tuple[dt.datetime, dt.datetime] | None:
        """Return a period that a lesson of this teacher may be moved to."""
        planned = self.plan(teacher, "moved")
        return None if planned is None else (planned.starts_at, planned.ends_at)

    def teacher_of(self, lesson: Lesson) -> Teacher:
        return next(each for each in self.teachers if each.username == lesson.teacher)

    def release(self, lessons: Iterable[Lesson]) -> None:
        """Let any actor have these lessons."""
        with self._lock:
            self._free += lessons

    def acquire(self, chance: random.Random, *, teacher: str = "") -> Lesson | None:
        """A coming lesson, which no other actor gets until it is released; None when there is none."""
        with self._lock:
            coming = [
                each
                for each in self._free
                if each.starts_at > now() + LEAD_TIME and teacher in {"", each.teacher}
            ]
            if not coming:
                return None
            lesson = chance.choice(coming)
            self._free.remove(lesson)
        return lesson

    def look_up(self, lesson: Lesson) -> None:
        """Find the code of a lesson that a command imported.

        Raises:
            NoAnswer: the database is away, or the lesson is not there.
        """
        if lesson.code:
            return
        rows = self.query_database(
            "SELECT code FROM schedule_lesson WHERE title = %s", lesson.title
        )
        if len(rows) != 1:
            raise NoAnswer(f"{len(rows)} lessons {lesson.title}")
        lesson.code = str(rows[0][0])

    def query_database(self, query: str, *values: object) -> list[tuple[object, ...]]:
        try:
            return self.stack.query_database(query, *values)
        except psycopg2.Error as error:
            raise NoAnswer("database") from error

    def local(self, moment: dt.datetime) -> dt.datetime:
        return moment.astimezone(self.zone)


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def next_whole_minute(moment: dt.datetime) -> dt.datetime:
    return moment.replace(second=0, microsecond=0) + MINUTE
