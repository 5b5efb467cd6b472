"""A teacher is away for a day: who could stand in, of 200 teachers, in a school of 200,000 lessons.

The day lies in a term of 700 lessons a week. The floor is a bare SELECT of the same rows. Beside it, with which
lessons the first one could swap.

    make bench    or    .venv/bin/python bench/absences.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any

import psycopg2
import school
import table
import terms
from stack import Stack
from table import Row

if TYPE_CHECKING:
    from accounts.models import User
    from schedule.models import Term

TEACHERS = 200
PAST_LESSONS = 200_000
# One with lessons of the term on both sides.
WEEK = 10
MOST_MS = 200
ROUNDS = 5
# What past lessons took; they were copied without it.
TAKEN = """
INSERT INTO schedule_occupation (lesson_id, person_id, starts_at, ends_at, is_active, is_exclusive)
SELECT id, teacher_id, starts_at, ends_at, true, true FROM schedule_lesson WHERE id <> %(like)s;
INSERT INTO schedule_occupation (lesson_id, class_group_id, starts_at, ends_at, is_active, is_exclusive)
SELECT l.id, g.classgroup_id, l.starts_at, l.ends_at, true, true
FROM schedule_lesson l JOIN schedule_lesson_class_groups g ON g.lesson_id = l.id WHERE l.id <> %(like)s;
"""


def make_school(stack: Stack) -> tuple[Term, User]:
    """The lessons of a term, and a teacher who has four of them on Mondays."""
    teachers = school.add_people([f"t{number}" for number in range(TEACHERS)], "teacher")
    groups = school.add_class_groups([f"{number + 1}班" for number in range(terms.GROUPS)])
    count = terms.GROUPS * terms.STUDENTS_A_GROUP
    students = school.add_people([f"s{number}" for number in range(count)], "student")
    for number, group in enumerate(groups):
        school.add_members(group, students[number :: terms.GROUPS])
    like = school.plan_lessons(teachers[0], groups[0], [school.monday()])
    url = stack.postgres.url()
    school.add_past_lessons(url, PAST_LESSONS, like=like[0], teachers=teachers, groups=groups)
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(TAKEN, {"like": like[0].pk})
        term = terms.add_term(teachers, groups)
        terms.plan(term)
        cursor.execute("VACUUM ANALYZE")
    # On Mondays in all four places, and seldom on other days.
    return term, teachers[terms.GROUPS - 1]


def bare_ms(stack: Stack, do: Callable[[], object]) -> float:
    """The statements of what is done, without Django."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        do()
    with closing(psycopg2.connect(stack.postgres.url())) as bare:
        cursor = bare.cursor()

        def ask() -> None:
            for query in captured.captured_queries:
                cursor.execute(query["sql"].replace("%", "%%"), ())
                cursor.fetchall()

        return best_ms(ask)


def best_ms(do: Callable[[], object]) -> float:
    """The best of a few: the first one reads from the disk."""
    return min(_taken_s(do) for _round in range(ROUNDS)) * 1000


def _taken_s(do: Callable[[], object]) -> float:
    started = time.perf_counter()
    do()
    return time.perf_counter() - started


def rows() -> list[Row]:
    with Stack() as stack:
        term, absent = make_school(stack)
        day = term.first_monday + dt.timedelta(weeks=WEEK)
        ranked_ms, floor_ms = _measured(stack, lambda: _proposals(absent, day))
        swap_ms, swap_floor_ms = _measured(stack, lambda: _swaps(absent, day))
    return [
        Row(
            what=f"Substitutes for a day's absence, of {TEACHERS} teachers",
            value=ranked_ms,
            unit="ms",
            floor=floor_ms,
            at_most=MOST_MS,
        ),
        Row(what="  swaps for one lesson", value=swap_ms, unit="ms", floor=swap_floor_ms),
    ]


def _measured(stack: Stack, do: Callable[[], object]) -> tuple[float, float]:
    if not do():
        raise SystemExit("nothing was found")
    return best_ms(do), bare_ms(stack, do)


def _proposals(absent: User, day: dt.date) -> object:
    from schedule.absences.proposals import first_proposals
    from schedule.absences.substitutes import substitutes_for

    lessons = _hit(absent, day)
    return first_proposals(lessons, substitutes_for(lessons, absent=absent))


def _swaps(absent: User, day: dt.date) -> object:
    from django.utils import timezone

    from schedule.absences.swaps import swaps_for

    lesson = _hit(absent, day)[0]
    return swaps_for(lesson, absent_from=day, absent_to=day, at=timezone.now())


def _hit(absent: User, day: dt.date) -> list[Any]:
    from django.utils import timezone

    from schedule.absences.absence import lessons_hit

    return lessons_hit(absent, first=day, last=day, at=timezone.now())


if __name__ == "__main__":
    table.end_in(rows)
