"""A term of 700 weekly lessons is planned: 14,000 lessons of 20 weeks, in a school of 200,000 lessons.

The floor of the first planning is a bare INSERT of the same rows into the same tables. Then it is planned
again, which changes nothing; looked at by its page; and all bell times are moved by five minutes. At last another
term is about to be made of it.

    make bench    or    .venv/bin/python bench/terms.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

import datetime as dt
import resource
import time
from collections.abc import Callable
from contextlib import closing
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import clients
import psycopg2
import school
import table
from psycopg2.extras import execute_values
from stack import Stack
from table import Row

if TYPE_CHECKING:
    from schedule.models import Term

GROUPS, STUDENTS_A_GROUP = 35, 40
DAYS, BELLS = 5, 4  # each group has a lesson at each: 700 a week
# From one place of the week to the next, so that of many teachers most are free at each.
APART = 7
WEEKS = 20
LESSONS = GROUPS * DAYS * BELLS * WEEKS
PAST_LESSONS = 200_000
MOST_S, MOST_MIB, MOST_PAGE_S = 30, 300, 2
ROUNDS = 3
MOVED_BY = dt.timedelta(minutes=5)
# What planning writes, in an order in which the rows can be put there again.
WRITTEN = (
    *("schedule_lesson", "schedule_lesson_class_groups", "schedule_occupation"),
    *("schedule_lessonchange", "schedule_plannedlesson", "replays_replay"),
)


def make_school(stack: Stack) -> Term:
    teachers = school.add_people([f"t{number}" for number in range(GROUPS)], "teacher")
    students = school.add_people([f"s{n}" for n in range(GROUPS * STUDENTS_A_GROUP)], "student")
    groups = school.add_class_groups([f"{number + 1}班" for number in range(GROUPS)])
    for number, group in enumerate(groups):
        first = number * STUDENTS_A_GROUP
        school.add_members(group, students[first : first + STUDENTS_A_GROUP])
    like = school.plan_lessons(teachers[0], groups[0], [school.monday()])
    school.add_past_lessons(
        stack.postgres.url(), PAST_LESSONS, like=like[0], teachers=teachers, groups=groups
    )
    return add_term(teachers, groups)


def add_term(teachers: list[Any], groups: list[Any]) -> Term:
    """In each place of the week every group has one of the teachers, each of them another."""
    from schedule.models import BellTime, Course, Term, WeeklyLesson

    monday = school.monday().date() + dt.timedelta(weeks=1)
    last_day = monday + dt.timedelta(weeks=WEEKS, days=-1)
    term = Term.objects.create(name="第一学期", first_monday=monday, weeks=WEEKS, last_day=last_day)
    courses = [Course.objects.get_or_create(name=f"{name}课")[0] for name in school.COURSES]
    bells = [(dt.time(8 + number), dt.time(8 + number, 45)) for number in range(BELLS)]
    BellTime.objects.bulk_create(
        BellTime(term=term, number=number, starts=starts, ends=ends)
        for number, (starts, ends) in enumerate(bells, start=1)
    )
    places = [(day, bell) for day in range(DAYS) for bell in range(BELLS)]
    weekly_lessons = WeeklyLesson.objects.bulk_create(
        WeeklyLesson(
            term=term,
            course=courses[(group + number) % len(courses)],
            teacher=teachers[(group + APART * number) % len(teachers)],
            weekday=day + 1,
            starts=bells[bell][0],
            ends=bells[bell][1],
            first_bell=bell + 1,
            last_bell=bell + 1,
        )
        for number, (day, bell) in enumerate(places)
        for group in range(len(groups))
    )
    attending = WeeklyLesson.class_groups.through
    attending.objects.bulk_create(
        attending(weekly_lesson_id=weekly_lesson.pk, classgroup_id=groups[number % len(groups)].pk)
        for number, weekly_lesson in enumerate(weekly_lessons)
    )
    return term


def next_term(term: Term) -> Term:
    from schedule.terms.writing import create_term

    first_monday = term.first_monday + dt.timedelta(weeks=term.weeks)
    return create_term("第二学期", first_monday=first_monday, weeks=term.weeks)


def move_bells(term: Term) -> None:
    """As saving the page of the bell times does: the weekly lessons follow."""
    from schedule.models import WeeklyLesson

    weekly_lessons = list(WeeklyLesson.objects.filter(term=term))
    for weekly_lesson in weekly_lessons:
        weekly_lesson.starts, weekly_lesson.ends = (
            later(weekly_lesson.starts),
            later(weekly_lesson.ends),
        )
    WeeklyLesson.objects.bulk_update(weekly_lessons, ["starts", "ends"])


def later(moment: dt.time) -> dt.time:
    return (dt.datetime.combine(dt.date.min, moment) + MOVED_BY).time()


def plan(term: Term) -> dict[str, int]:
    from django.utils import timezone

    from schedule.models import PlanningAction
    from schedule.terms.planning.term_plan import PlanOptions, plan_term

    return plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now())).counts()


def timed(do: Callable[[], dict[str, int]], **wanted: int) -> float:
    """Seconds of what counts so many lessons of these kinds, and none of others."""
    started = time.perf_counter()
    counted = do()
    taken_s = time.perf_counter() - started
    if {name: count for name, count in counted.items() if count} != wanted:
        raise SystemExit(f"{counted} instead of {wanted}")
    return taken_s


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def last_ids(stack: Stack) -> dict[str, int]:
    return {
        name: stack.ask_database(f"SELECT coalesce(max(id), 0) FROM {name}") for name in WRITTEN
    }


def insert_the_same(stack: Stack, before: dict[str, int]) -> float:
    """Put the rows that were written since there once more, in their place."""
    with closing(psycopg2.connect(stack.postgres.url())) as connection:
        cursor = connection.cursor()
        kept = {name: _rows_since(cursor, name, before[name]) for name in WRITTEN}
        cursor.execute("SET session_replication_role = replica")  # who points at them stays
        for name in WRITTEN:
            cursor.execute(f"DELETE FROM {name} WHERE id > %s", (before[name],))
        cursor.execute("SET session_replication_role = origin")
        connection.commit()
        started = time.perf_counter()
        for name, (columns, rows) in kept.items():
            execute_values(cursor, f"INSERT INTO {name} ({columns}) VALUES %s", rows, page_size=500)
        connection.commit()
        return time.perf_counter() - started


def _rows_since(cursor: Any, name: str, last_id: int) -> tuple[str, list[Any]]:
    cursor.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s"
        " ORDER BY ordinal_position",
        (name,),
    )
    types = cursor.fetchall()
    read = ", ".join(f'"{each}"::text' if kind == "jsonb" else f'"{each}"' for each, kind in types)
    cursor.execute(f"SELECT {read} FROM {name} WHERE id > %s ORDER BY id", (last_id,))
    return ", ".join(f'"{each}"' for each, _kind in types), cursor.fetchall()


def page_s(port: int, term: Term, page: str = "plan") -> float:
    """A page of the term, for a planner; the best of a few, since each process answers slowly at first."""
    (planner,) = school.add_people([f"planner{time.monotonic_ns()}"], "planner")
    cookie = school.cookie_of(planner)
    path = f"/schedule/terms/{term.code}/{page}/"
    return min(_asked_s(port, path, cookie) for _ in range(ROUNDS))


def _asked_s(port: int, path: str, cookie: str) -> float:
    connection = clients.connect(port)
    started = time.perf_counter()
    connection.request("GET", path, headers={"Cookie": cookie})
    answer = connection.getresponse()
    answer.read()
    if answer.status != HTTPStatus.OK:
        raise SystemExit(f"{path} answered {answer.status}")
    return time.perf_counter() - started


def rows() -> list[Row]:
    with Stack() as stack:
        term = make_school(stack)
        port = stack.start_web()
        before, memory_mib = last_ids(stack), peak_mib()
        new_page_s = page_s(port, term)
        planned_s = timed(lambda: plan(term), added=LESSONS)
        memory_mib = peak_mib() - memory_mib
        floor_s = insert_the_same(stack, before)
        stack.ask_database("ANALYZE; SELECT 1")
        again_s = timed(lambda: plan(term), unchanged=LESSONS)
        move_bells(term)
        changed_page_s = page_s(port, term)
        moved_s = timed(lambda: plan(term), changed=LESSONS)
        copy_page_s = page_s(port, next_term(term), "copy")
    return [
        Row(
            what=f"{LESSONS:,} lessons of a term made",
            value=planned_s,
            unit="s",
            floor=floor_s,
            at_most=MOST_S,
        ),
        Row(what="  memory", value=memory_mib, unit="MiB", at_most=MOST_MIB),
        Row(what="  planned again: nothing changes", value=again_s, unit="s", at_most=MOST_S),
        Row(what="  all bell times moved", value=moved_s, unit="s", at_most=MOST_S),
        Row(what="  page of the plan: all new", value=new_page_s, unit="s", at_most=MOST_PAGE_S),
        Row(what="  and all changed", value=changed_page_s, unit="s", at_most=MOST_PAGE_S),
        Row(what="  page of its copy", value=copy_page_s, unit="s", at_most=MOST_PAGE_S),
    ]


if __name__ == "__main__":
    table.end_in(rows)
