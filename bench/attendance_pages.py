"""The cost of attendance over a term, of past weeks with it, and of a month as a file.

The page of a class group of 40 students x 200 lessons, a student's own, and the timetable of the school of a day that
is over: their processor time in floors, the same bytes from the same server by a view that does nothing. Then a worker
makes the file of a month of 2,000 students, some 300,000 rows: how long it takes, and how much memory its process has.

    make bench    or    .venv/bin/python bench/attendance_pages.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import clients
import school
import table
from floors import Asker
from stack import ROOT, Stack
from table import Row

if TYPE_CHECKING:
    from schedule.models import ClassGroup, Lesson

GROUPS, STUDENTS_A_GROUP, TEACHERS = 50, 40, 50
LESSONS_A_GROUP, A_DAY = 200, 8
# So many of a month, of each class group.
LESSONS_OF_MONTH = 147
BATCH = 2000
TABLE_FLOORS, OWN_FLOORS = 100, 100
FILE_S, FILE_MIB = 60, 200
MINUTES = 45

ATTENDANCE = """
INSERT INTO attendance_lessonattendance (lesson_id, stage, late_after_s, left_early_s, absent_below_percent,
    held, is_at_another_time, attended, students, version, attempts, last_error, lease_token, became_final_at, frozen_at)
SELECT id, 'final', 300, 300, 50,
    jsonb_build_array(jsonb_build_array(extract(epoch FROM starts_at)::bigint, extract(epoch FROM ends_at)::bigint)),
    false, 38, 40, 1, 0, '', '', ends_at, ends_at
FROM schedule_lesson
"""
PEOPLE = """
INSERT INTO attendance_personattendance (attendance_id, person_id, role, class_group_id, classroom_user_ids, seconds,
    first_in_at, last_out_at, has_own_times, exceeds_class, is_late, left_early, state, corrected_state,
    correction_reason, watched_s)
SELECT l.id, m.user_id, 'student', g.classgroup_id, '[]'::jsonb, 2600, l.starts_at + interval '30 seconds', l.ends_at,
    true, false, false, false,
    (ARRAY['present', 'present', 'present', 'present', 'late', 'left_early', 'absent'])[1 + (l.id + m.user_id) % 7],
    '', '', 0
FROM schedule_lesson l JOIN schedule_lesson_class_groups g ON g.lesson_id = l.id
JOIN schedule_membership m ON m.class_group_id = g.classgroup_id
UNION ALL
SELECT l.id, l.teacher_id, 'teacher', NULL, '[]'::jsonb, 2700, l.starts_at, l.ends_at,
    true, false, false, false, 'present', '', '', 0
FROM schedule_lesson l
"""
# In a process of its own, as a worker is.
MAKE_FILE = """
import json, time
import django
django.setup()
from attendance.month_export.files import month_file, month_rows
from edu_platform.lib.progress import reporting_to
from schedule.hours.months import Month
month, reports = Month({year}, {month}), []
started = time.perf_counter()
with reporting_to(lambda *progress: reports.append(progress)):
    rows = month_rows(month)
    with month_file(month, rows) as file:
        size = len(file.read())
taken_s = time.perf_counter() - started
# Of this process alone: what `resource` says begins with the one that started it.
with open("/proc/self/status") as status:
    memory = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
print(json.dumps([rows, taken_s, memory, size, len(reports)]))
"""


class School:
    """Its past term: one class group with 200 lessons, and a month in which all have many."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.month_from = dt.date(2026, 3, 1)
        teachers = school.add_people([f"t{n}" for n in range(TEACHERS)], "teacher")
        (planner,) = school.add_people(["planner"], "planner")
        students = school.add_people([f"s{n}" for n in range(GROUPS * STUDENTS_A_GROUP)], "student")
        groups = school.add_class_groups([f"{n + 1}班" for n in range(GROUPS)])
        for number, group in enumerate(groups):
            first = number * STUDENTS_A_GROUP
            school.add_members(group, students[first : first + STUDENTS_A_GROUP])
        self.group, self.day = groups[0], school.monday().date() - dt.timedelta(days=7)
        self.planner, self.student = map(school.cookie_of, (planner, students[0]))
        # A term that is over, five days a week.
        term_from = self.day - dt.timedelta(weeks=LESSONS_A_GROUP // (5 * A_DAY))
        self._plan(term_from, teachers[0].pk, [self.group], LESSONS_A_GROUP)
        self._add_term(term_from)
        for teacher, group in zip(teachers, groups, strict=True):
            self._plan(self.month_from, teacher.pk, [group], LESSONS_OF_MONTH)
        self._count()
        self.port = stack.start_web()

    def _add_term(self, monday: dt.date) -> None:
        from schedule.terms.writing import create_term

        create_term("上学期", first_monday=monday, weeks=20)

    def _plan(
        self, first: dt.date, teacher: int, groups: list[ClassGroup], count: int
    ) -> list[Lesson]:
        """Make lessons as rows alone, so many a day."""
        from schedule.models import Course, Lesson
        from schedule.week_grid import start_of_day

        course = Course.objects.get_or_create(name="语文课")[0]
        lessons = []
        for number in range(count):
            days, hour = divmod(number, A_DAY)
            day = first + dt.timedelta(days=days // 5 * 7 + days % 5)
            start = start_of_day(day) + dt.timedelta(hours=8 + hour)
            lessons.append(
                Lesson(
                    course=course,
                    title=f"语文课 第{number + 1}讲",
                    teacher_id=teacher,
                    starts_at=start,
                    ends_at=start + dt.timedelta(minutes=MINUTES),
                )
            )
        made = Lesson.objects.bulk_create(lessons, batch_size=BATCH)
        through = Lesson.class_groups.through
        through.objects.bulk_create(
            (through(lesson=lesson, classgroup=group) for lesson in made for group in groups),
            batch_size=BATCH,
        )
        return made

    def _count(self) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(ATTENDANCE)
            cursor.execute(PEOPLE)
            cursor.execute("ANALYZE")

    def floors_row(
        self, what: str, path: str, cookie: str, mark: bytes, times: int, most: int
    ) -> Row:
        """Return what a page with so many marks costs, in floors."""
        connection = clients.connect(self.port)
        body = clients.ask(connection, path, cookie)
        if body.count(mark) < times:
            raise SystemExit(f"{path} does not show what it should: {body.count(mark)}")
        asker = Asker(self.stack, "web", connection, cookie)
        value, floor = asker.cost_ms(path, body, name=f"attendance-{len(body)}")
        return Row(what=what, value=value, unit="ms cpu", floor=floor, at_most=most, of_ratio=True)

    def file_rows(self) -> list[Row]:
        script = MAKE_FILE.format(year=self.month_from.year, month=self.month_from.month)
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True
        )
        rows, taken_s, memory, size, reports = json.loads(done.stdout)
        if reports < GROUPS:
            raise SystemExit(f"it says too seldom how far it is: {reports} times")
        return [
            Row(what=f"a month of {rows:,} rows as XLSX", value=taken_s, unit="s", at_most=FILE_S),
            Row(what="  memory of its process", value=memory, unit="MiB", at_most=FILE_MIB),
            Row(what="  its size", value=size / 2**20, unit="MiB"),
        ]


def rows() -> list[Row]:
    with Stack() as stack:
        made = School(stack)
        return [
            made.floors_row(
                f"class group over a term, {STUDENTS_A_GROUP} x {LESSONS_A_GROUP}",
                f"/attendance/class-groups/{made.group.code}/",
                made.planner,
                b'<td class="is-',
                STUDENTS_A_GROUP * LESSONS_A_GROUP,
                TABLE_FLOORS,
            ),
            made.floors_row(
                f"a student's own, {LESSONS_A_GROUP} lessons",
                "/attendance/",
                made.student,
                b'class="row-name"',
                20,
                OWN_FLOORS,
            ),
            *made.file_rows(),
        ]


if __name__ == "__main__":
    table.end_in(rows)
