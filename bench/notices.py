"""A planner moves 500 lessons at once, in a school of 2,000: how long until everybody's notice stands.

The floor is a bare INSERT of the same rows into the same table. Then the planner takes it back, and what
nobody has read is withdrawn.

    make bench    or    .venv/bin/python bench/notices.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

import datetime as dt
import time
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg2
import school
import table
from psycopg2.extras import execute_values
from stack import Stack
from table import Row

if TYPE_CHECKING:
    from schedule.models import Lesson

CLASS_GROUPS, STUDENTS_A_GROUP = 50, 39  # with a teacher each: 2,000 people
LESSONS_A_GROUP = 10
LESSONS = CLASS_GROUPS * LESSONS_A_GROUP
PEOPLE = CLASS_GROUPS * (STUDENTS_A_GROUP + 1)
FIRST_HOUR = 8
WEEK = dt.timedelta(weeks=1)
MOST_S = 5
MOST_QUERIES = 10  # a hundred lessons


def plan() -> list[Lesson]:
    """Ten lessons of each class group, next week, which people have known for long."""
    teachers = school.add_people([f"t{n}" for n in range(CLASS_GROUPS)], "teacher")
    groups = school.add_class_groups([f"{n}班" for n in range(CLASS_GROUPS)])
    names = [f"s{n}" for n in range(CLASS_GROUPS * STUDENTS_A_GROUP)]
    students = school.add_people(names, "student")
    monday = school.monday() + WEEK
    hours = [dt.timedelta(hours=FIRST_HOUR + n) for n in range(LESSONS_A_GROUP)]
    lessons = []
    for number, (teacher, group) in enumerate(zip(teachers, groups, strict=True)):
        first = number * STUDENTS_A_GROUP
        school.add_members(group, students[first : first + STUDENTS_A_GROUP])
        lessons += school.plan_lessons(teacher, group, [monday + hour for hour in hours])
    return lessons


def move(lessons: list[Lesson], by: dt.timedelta) -> None:
    """All of them by one action, as a planner does."""
    from dataclasses import replace

    from django.db import transaction

    from schedule.lessons.change import change_lesson
    from schedule.lessons.plan import plan_of
    from schedule.models import Lesson, PlanningAction

    action = PlanningAction(reason="运动会")
    with transaction.atomic():
        for lesson in Lesson.objects.filter(pk__in=[each.pk for each in lessons]):
            was = plan_of(lesson)
            now = replace(was, starts_at=was.starts_at + by, ends_at=was.ends_at + by)
            change_lesson(lesson, now, action=action)


def tell() -> tuple[float, int]:
    """Tell what is due; say how long it took, and by how many queries."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from schedule.changes.telling import tell_changes

    with CaptureQueriesContext(connection) as counted:
        started = time.perf_counter()
        tell_changes(timezone.now())
        return time.perf_counter() - started, len(counted)


def notices() -> int:
    from accounts.models import Notice

    return Notice.objects.count()


def insert_the_same(stack: Stack) -> float:
    """Put the rows of the notices there once more, in their place."""
    with closing(psycopg2.connect(stack.postgres.url())) as connection:
        cursor = connection.cursor()
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'accounts_notice'"
            " AND column_name <> 'arguments' ORDER BY ordinal_position"
        )
        names = ", ".join(name for (name,) in cursor.fetchall())
        cursor.execute(f"SELECT {names}, arguments::text FROM accounts_notice")
        rows = cursor.fetchall()
        cursor.execute("DELETE FROM accounts_notice")
        connection.commit()
        started = time.perf_counter()
        question = f"INSERT INTO accounts_notice ({names}, arguments) VALUES %s"
        execute_values(cursor, question, rows, page_size=len(rows))
        connection.commit()
        return time.perf_counter() - started


def rows() -> list[Row]:
    with Stack() as stack:
        from schedule.models import PlanningAction

        lessons = plan()
        PlanningAction.objects.update(due_at=None, at=dt.datetime.now(dt.UTC) - WEEK)
        stack.ask_database("ANALYZE; SELECT 1")
        move(lessons, WEEK)
        taken_s, queries = tell()
        if notices() != PEOPLE:
            raise SystemExit(f"{notices()} of {PEOPLE} people were told")
        floor_s = insert_the_same(stack)
        move(lessons, -WEEK)
        taken_back_s, _queries = tell()
        if notices():
            raise SystemExit(f"{notices()} notices are left of what was taken back")
    what = f"{PEOPLE:,} people told of {LESSONS} moved lessons"
    each_hundred = queries * 100 / LESSONS
    return [
        Row(what=what, value=taken_s, unit="s", floor=floor_s, at_most=MOST_S),
        Row(what=f"{what}: queries a hundred", value=each_hundred, unit="", at_most=MOST_QUERIES),
        Row(what=f"{what}: taken back", value=taken_back_s, unit="s", at_most=MOST_S),
    ]


if __name__ == "__main__":
    table.end_in(rows)
