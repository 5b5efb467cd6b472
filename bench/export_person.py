"""All that is kept of a student of three years, and which rows these are, in a school of 200,000 lessons.

Each lesson has a row of its history, and each of the student's an attendance, three stays and a notice. The floor is
what the database takes for the same statements. Beside it, how long it takes to find everything of a teacher, as erasing does.

    make bench    or    .venv/bin/python bench/export_person.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

import io
import os
import time
import zipfile
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
LESSONS_OF_THREE_YEARS = 4_000
EXPORT_S, WALK_S = 5, 60
ROUNDS = 3
CLOUD_ID = "benchmark-student"
FILL = """
INSERT INTO schedule_planningaction (code, at, origin, reason, is_told, attempts, last_error, lease_token)
VALUES ('benchmark', now(), 'page', '', false, 0, '', '');
INSERT INTO schedule_lessonchange (action_id, lesson_id, lesson_code, kinds, before, after)
SELECT (SELECT max(id) FROM schedule_planningaction), id, code, '["planned"]', NULL,
    jsonb_build_object('state', state, 'course', jsonb_build_array(course_id, '语文'), 'title', title,
        'teacher', jsonb_build_array(teacher_id, '李静怡'), 'assistants', '[]'::jsonb, 'class_groups', '[[1, "1班"]]'::jsonb,
        'starts_at', to_char(starts_at, 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'),
        'ends_at', to_char(ends_at, 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'),
        'room_type', room_type, 'record_mode', record_mode, 'students_may_download', NULL)
FROM schedule_lesson;
INSERT INTO attendance_lessonattendance (lesson_id, stage, late_after_s, left_early_s, absent_below_percent,
    held, is_at_another_time, attended, students, version, attempts, last_error, lease_token, became_final_at, frozen_at)
SELECT id, 'final', 300, 300, 50, '[]', false, 38, 40, 1, 0, '', '', ends_at, ends_at FROM schedule_lesson
ORDER BY id LIMIT %(lessons)s;
INSERT INTO attendance_personattendance (attendance_id, person_id, role, classroom_user_ids, seconds, has_own_times,
    exceeds_class, is_late, left_early, state, corrected_state, correction_reason, watched_s)
SELECT lesson_id, %(student)s, 'student', jsonb_build_array(%(cloud_id)s), 2600, true, false, false, false, 'present',
    '', '', 0
FROM attendance_lessonattendance;
INSERT INTO accounts_notice (code, user_id, kind, arguments, address, cause, created_at, attempts, last_error, lease_token)
SELECT 'n' || lesson_id, %(student)s, 'gone', '{}', '/', 'lesson ' || lesson_id, now(), 0, '', ''
FROM attendance_lessonattendance;
"""


def make_school(stack: Stack) -> tuple[User, User]:
    """Return a student with three years of lessons, and a teacher."""
    from accounts.models import ClassroomIdentity

    teachers = school.add_people([f"t{number}" for number in range(TEACHERS)], "teacher")
    (student,) = school.add_people(["student"], "student")
    groups = school.add_class_groups([f"{number + 1}班" for number in range(GROUPS)])
    school.add_members(groups[0], [student])
    ClassroomIdentity.objects.create(user=student, sdk_app_id=1, classroom_user_id=CLOUD_ID)
    like = school.plan_lessons(teachers[0], groups[0], [school.monday()])
    url = stack.postgres.url()
    school.add_past_lessons(url, PAST_LESSONS, like=like[0], teachers=teachers, groups=groups)
    values = {"lessons": LESSONS_OF_THREE_YEARS, "student": student.pk, "cloud_id": CLOUD_ID}
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(FILL, values)
        cursor.execute("VACUUM ANALYZE")
    return student, teachers[0]


def rows() -> list[Row]:
    with Stack() as stack:
        student, teacher = make_school(stack)
        export_s, floor_s = measured(stack, lambda: export(student))
        walk_s, walk_floor_s = measured(stack, lambda: walk(teacher))
    return [
        Row(
            what="Export of a student of three years",
            value=export_s,
            unit="s",
            floor=floor_s,
            at_most=EXPORT_S,
        ),
        Row(
            what=f"  all rows of a teacher, of {PAST_LESSONS:,} lessons",
            value=walk_s,
            unit="s",
            floor=walk_floor_s,
            at_most=WALK_S,
        ),
    ]


def export(student: User) -> None:
    from accounts.data_export.archive import archive

    book = zipfile.ZipFile(io.BytesIO(b"".join(archive(student, language="en"))))
    if book.testzip() or "data/attendance.personattendance.json" not in book.namelist():
        raise SystemExit("the export is not whole")


def walk(teacher: User) -> None:
    from edu_platform.lib.personal_rows import known_strings, lines_with_rows

    if not lines_with_rows(teacher) or not known_strings(teacher):
        raise SystemExit("nothing was found")


def measured(stack: Stack, do: Callable[[], None]) -> tuple[float, float]:
    """Return how long it takes, and how long its statements take without Django."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        do()
    with closing(psycopg2.connect(stack.postgres.url())) as bare:
        cursor = bare.cursor()

        def ask() -> None:
            for query in captured.captured_queries:
                cursor.execute(query["sql"])
                cursor.fetchall()

        return best_s(do), best_s(ask)


def best_s(do: Callable[[], None]) -> float:
    """Return the best of a few: the first one reads from the disk."""
    return min(taken_s(do) for _round in range(ROUNDS))


def taken_s(do: Callable[[], None]) -> float:
    started = time.perf_counter()
    do()
    return time.perf_counter() - started


if __name__ == "__main__":
    table.end_in(rows)
