"""Processor time of the page of conflicts, for a term of 7,317 lessons.

Every tenth student is in a second class group by now, so that their lessons meet; some lessons may overlap by a
planner's reason, and some weekly lessons have no place any more. The page is asked for inside this process, by
its address, so that only its own work counts; the floor is reading the same rows without Django.

    make bench    or    .venv/bin/python bench/conflicts.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import psycopg2
import school
import table
import terms
from stack import Stack
from table import Row

if TYPE_CHECKING:
    from schedule.models import ClassGroup, Term

LESSONS = 7_317
# So many a week are as good as as many as that in the weeks of a term.
WEEKLY = -(-LESSONS // terms.WEEKS)
IN_TWO_GROUPS = 10  # every tenth student
WITH_REASON = 9  # every ninth weekly lesson
WITHOUT_PLACE = 10
PAST_LESSONS = 20_000
ROUNDS = 3


def make_school(stack: Stack) -> Term:
    """A term as its plan makes it, whose students changed class groups since."""
    teachers = school.add_people([f"t{number}" for number in range(terms.GROUPS)], "teacher")
    count = terms.GROUPS * terms.STUDENTS_A_GROUP
    students = school.add_people([f"s{number}" for number in range(count)], "student")
    groups = school.add_class_groups([f"{number + 1}班" for number in range(terms.GROUPS)])
    for number, group in enumerate(groups):
        school.add_members(group, students[number :: terms.GROUPS])
    like = school.plan_lessons(teachers[0], groups[0], [school.monday()])
    url = stack.postgres.url()
    school.add_past_lessons(url, PAST_LESSONS, like=like[0], teachers=teachers, groups=groups)
    term = terms.add_term(teachers, groups)
    _make_lessons(term)
    for number, student in enumerate(students[::IN_TWO_GROUPS]):
        own = number * IN_TWO_GROUPS % terms.GROUPS
        school.add_members(groups[(own + 1) % terms.GROUPS], [student])
    _add_without_place(term, groups)
    stack.ask_database("ANALYZE; SELECT 1")
    return term


def _make_lessons(term: Term) -> None:
    from django.utils import timezone

    from schedule.lessons.cancel import cancel_lesson
    from schedule.models import Lesson, WeeklyLesson

    weekly_lessons = list(WeeklyLesson.objects.filter(term=term).order_by("pk"))
    WeeklyLesson.objects.filter(pk__in=[each.pk for each in weekly_lessons[WEEKLY:]]).delete()
    with_reason = WeeklyLesson.objects.filter(
        pk__in=[each.pk for each in weekly_lessons[:WEEKLY:WITH_REASON]]
    )
    with_reason.update(overlap_reason="分组教学")
    made = terms.plan(term)["added"]
    for lesson in Lesson.objects.filter(planned__term=term).order_by("pk")[: made - LESSONS]:
        cancel_lesson(lesson, reason="停课", at=timezone.now())


def _add_without_place(term: Term, groups: list[ClassGroup]) -> None:
    """Weekly lessons of teachers who have one at that time already."""
    from accounts.random_codes import make_code
    from schedule.models import WeeklyLesson

    there = list(WeeklyLesson.objects.filter(term=term).order_by("-pk")[:WITHOUT_PLACE])
    attending = WeeklyLesson.class_groups.through
    for number, weekly_lesson in enumerate(there):
        weekly_lesson.pk, weekly_lesson.code = None, make_code()
        weekly_lesson.save(force_insert=True)
        attending.objects.create(weekly_lesson_id=weekly_lesson.pk, classgroup_id=groups[number].pk)


def page(term: Term) -> Callable[[], bytes]:
    """The page for a planner, as the platform answers it, without a server in between."""
    from django.conf import settings
    from django.test import Client

    (planner,) = school.add_people(["planner"], "planner")
    client = Client(headers={"cookie": school.cookie_of(planner)})
    client.defaults["SERVER_NAME"] = settings.ALLOWED_HOSTS[0]
    path = f"/schedule/terms/{term.code}/conflicts/"

    def ask() -> bytes:
        answer = client.get(path, secure=settings.SECURE_SSL_REDIRECT)
        if answer.status_code != HTTPStatus.OK:
            raise SystemExit(f"{path} answered {answer.status_code}")
        content: bytes = answer.content
        return content

    return ask


def processor_s(do: Callable[[], object]) -> float:
    """Seconds of this process; the best of a few."""

    def once() -> float:
        started = time.process_time()
        do()
        return time.process_time() - started

    return min(once() for _round in range(ROUNDS))


def bare_s(stack: Stack, do: Callable[[], object]) -> float:
    """Read what the page reads, without Django."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        do()
    with closing(psycopg2.connect(stack.postgres.url())) as bare:
        cursor = bare.cursor()

        def ask() -> None:
            for query in captured.captured_queries:
                if query["sql"].startswith("SELECT"):
                    cursor.execute(query["sql"].replace("%", "%%"), ())
                    cursor.fetchall()

        return processor_s(ask)


def lessons_of(stack: Stack, term: Term) -> Any:
    taken = (
        "SELECT count(DISTINCT lesson_id) FROM schedule_occupation o JOIN schedule_plannedlesson p"
    )
    return stack.ask_database(
        f"{taken} USING (lesson_id) WHERE o.is_active AND p.term_id = {term.pk}"
    )


def rows() -> list[Row]:
    with Stack() as stack:
        term = make_school(stack)
        if (made := lessons_of(stack, term)) != LESSONS:
            raise SystemExit(f"{made} lessons instead of {LESSONS}")
        ask = page(term)
        taken_s, floor_s = processor_s(ask), bare_s(stack, ask)
    return [
        Row(
            what=f"Conflicts of a term of {LESSONS:,} lessons: processor time of the page",
            value=taken_s,
            unit="s",
            floor=floor_s,
        )
    ]


if __name__ == "__main__":
    table.end_in(rows)
