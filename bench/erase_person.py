"""Erasing a teacher, with the cloud, in a school of 200,000 lessons, each with a row of its history.

The walk is the look through all text for what is known of somebody; its floor is the database's own look through the
columns that are longest. The erasure is all steps: the cloud with groups, rows by the registry, two walks, and the line.

    make bench    or    .venv/bin/python bench/erase_person.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg2
import school
import table
from stack import Stack
from table import Row

if TYPE_CHECKING:
    from accounts.models import User

PAST_LESSONS = int(os.environ.get("BENCH_LESSONS", "200000"))
TEACHERS, GROUPS = 200, 50
NAME = "欧阳明月"
WALK_S, ERASE_S = 60, 600
# Every so many titles name the teacher.
NAMED_EVERY = 1000
FILL = """
INSERT INTO schedule_planningaction (code, at, origin, reason, is_told, attempts, last_error, lease_token)
VALUES ('benchmark', now(), 'page', '', false, 0, '', '');
INSERT INTO schedule_lessonchange (action_id, lesson_id, lesson_code, kinds, before, after)
SELECT (SELECT max(id) FROM schedule_planningaction), l.id, l.code, '["planned"]', NULL,
    jsonb_build_object('state', l.state, 'course', jsonb_build_array(l.course_id, '语文'), 'title', l.title,
        'teacher', jsonb_build_array(l.teacher_id, u.display_name), 'assistants', '[]'::jsonb,
        'class_groups', '[[1, "1班"]]'::jsonb,
        'starts_at', to_char(l.starts_at, 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'),
        'ends_at', to_char(l.ends_at, 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'),
        'room_type', l.room_type, 'record_mode', l.record_mode, 'students_may_download', NULL)
FROM schedule_lesson l JOIN accounts_user u ON u.id = l.teacher_id;
UPDATE schedule_lesson SET title = title || %(name)s WHERE id %% %(every)s = 0;
"""
FLOOR = """
SELECT (SELECT count(*) FROM schedule_lessonchange WHERE UPPER(after::text) LIKE UPPER(%(like)s)),
    (SELECT count(*) FROM schedule_lesson WHERE UPPER(title) LIKE UPPER(%(like)s)),
    (SELECT count(*) FROM replays_replay WHERE UPPER(title) LIKE UPPER(%(like)s))
"""


def make_school(stack: Stack) -> User:
    """Return the teacher who is erased, of as many lessons as any other, and of none to come."""
    teachers = school.add_people([f"teacher{number}" for number in range(TEACHERS)], "teacher")
    erased = teachers[1]
    erased.display_name, erased.email = NAME, "moon@school.example"
    erased.save()
    groups = school.add_class_groups([f"{number + 1}班" for number in range(GROUPS)])
    (like,) = school.plan_lessons(teachers[0], groups[0], [school.monday()])
    url = stack.postgres.url()
    school.add_past_lessons(url, PAST_LESSONS, like=like, teachers=teachers, groups=groups)
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(FILL, {"name": NAME, "every": NAMED_EVERY})
        cursor.execute("VACUUM ANALYZE")
    school.register_everybody()
    return erased


def took_s(do: Callable[[], object]) -> float:
    began = time.monotonic()
    do()
    return time.monotonic() - began


def walk(person: User) -> None:
    from accounts.erasing.looking import columns_looked_through, rows_with
    from accounts.erasing.names import KnownStrings, strings_of

    strings = strings_of(person, KnownStrings.from_json({}))
    for model, columns in columns_looked_through().items():
        rows_with(model, columns, strings.free)


def erase(person: User) -> None:
    from accounts.erasing import asking, work

    erasure = asking.ask(person, by=None, reason="benchmark")
    erasure = asking.confirm(erasure, by=None, strikes_text=True)
    if reasons := work.erase_now(erasure):
        raise SystemExit(f"not erased: {reasons}")


def floor_s(stack: Stack) -> float:
    with closing(psycopg2.connect(stack.postgres.url())) as bare:
        cursor = bare.cursor()
        return took_s(lambda: cursor.execute(FLOOR, {"like": f"%{NAME}%"}))


def rows() -> list[Row]:
    with Stack() as stack:
        person = make_school(stack)
        floor = floor_s(stack)
        walk_s = took_s(lambda: walk(person))
        erase_s = took_s(lambda: erase(person))
        left = stack.ask_database(
            f"SELECT count(*) FROM schedule_lessonchange WHERE after::text LIKE '%{NAME}%'"
        )
        if left:
            raise SystemExit(f"{left} rows of the history name the person still")
    of_lessons = f"of {PAST_LESSONS:,} lessons"
    return [
        Row(
            what=f"Erasing: the look through all text {of_lessons}",
            value=walk_s,
            unit="s",
            floor=floor,
            at_most=WALK_S,
        ),
        Row(
            what=f"Erasing: a teacher {of_lessons}, with the cloud",
            value=erase_s,
            unit="s",
            floor=floor,
            at_most=ERASE_S,
        ),
    ]


if __name__ == "__main__":
    table.end_in(rows)
