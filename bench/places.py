"""The cost of the places of a lesson in a week of 700 lessons, and of those of a weekly lesson of such a term.

Each of 35 class groups has 20 lessons a week in days of eight periods, and students of each are in a choir as well.
Measured is the processor time of the web process, in floors: the same bytes from the same server by a view that
does nothing, asked in turn with the page.

    make bench    or    .venv/bin/python bench/places.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import clients
import school
import table
import terms
from floors import Asker
from stack import Stack
from table import Row

if TYPE_CHECKING:
    from schedule.models import Term

PERIODS = 8
IN_TWO_GROUPS = 3
WEEK = 10
LESSON_FLOORS, WEEKLY_LESSON_FLOORS = 130, 250
SERVER = "places"
PLACES = b'class="place-button"'


def make_school() -> Term:
    from schedule.terms.bells.bell_times import even_bells
    from schedule.terms.writing import set_bell_times

    teachers = school.add_people([f"t{number}" for number in range(terms.GROUPS)], "teacher")
    groups = school.add_class_groups([f"{number + 1}班" for number in range(terms.GROUPS)])
    (choir,) = school.add_class_groups(["合唱团"])
    count = terms.GROUPS * terms.STUDENTS_A_GROUP
    students = school.add_people([f"s{number}" for number in range(count)], "student")
    for number, group in enumerate(groups):
        own = students[number :: terms.GROUPS]
        school.add_members(group, own)
        school.add_members(choir, own[:IN_TWO_GROUPS])
    term = terms.add_term(teachers, groups)
    terms.plan(term)
    hour, length = dt.time(8), dt.timedelta(minutes=45)
    set_bell_times(
        term, even_bells(PERIODS, first=hour, length=length, between=dt.timedelta(minutes=15))
    )
    return term


def paths_of(term: Term) -> tuple[str, str]:
    """Return the pages of a lesson in the middle of the term, and of its weekly lesson."""
    from schedule.models import PlannedLesson

    day = term.first_monday + dt.timedelta(weeks=WEEK)
    planned = PlannedLesson.objects.filter(date=day).select_related("lesson", "weekly_lesson")
    first = planned.order_by("pk")[0]
    if first.lesson is None or first.weekly_lesson is None:
        raise SystemExit("nothing was planned")
    return (
        f"/schedule/lessons/{first.lesson.code}/places/?week={day}",
        f"/schedule/terms/{term.code}/weekly/{first.weekly_lesson.code}/places/",
    )


def row_of(asker: Asker, whose: str, path: str, at_most: int) -> Row:
    """Return what the page of places costs, in floors."""
    body = clients.ask(asker.connection, path, asker.cookie)
    if not body.count(PLACES):
        raise SystemExit(f"{path} does not show what it should")
    value, floor = asker.cost_ms(path, body, name=whose.split(maxsplit=1)[0])
    return Row(
        what=f"places of a {whose}",
        value=value,
        unit="ms cpu",
        floor=floor,
        at_most=at_most,
        of_ratio=True,
    )


def rows() -> list[Row]:
    with Stack() as stack:
        of_lesson, of_weekly_lesson = paths_of(make_school())
        (planner,) = school.add_people(["planner"], "planner")
        cookie = school.cookie_of(planner)
        connection = clients.connect(stack.start_web(name=SERVER))
        asker = Asker(stack, SERVER, connection, cookie)
        return [
            row_of(asker, "lesson in a week of 700", of_lesson, LESSON_FLOORS),
            row_of(asker, "weekly-lesson of 700", of_weekly_lesson, WEEKLY_LESSON_FLOORS),
        ]


if __name__ == "__main__":
    table.end_in(rows)
