"""A school year begins for 2,000 people in 60 class groups, and is undone: a worker does both while their page waits.

The floor is what the same people cost when a program ends their memberships, begins others and writes as many entries
of the audit log, in one transaction of three statements.

    make bench    or    .venv/bin/python bench/school_year.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import school
import table
from stack import Stack
from table import Row

if TYPE_CHECKING:
    import datetime as dt

    from schedule.models import SchoolYear

GRADES = "一二三四五六七八九"
# As an argument: a smaller school, to look whether it runs.
PEOPLE = int(sys.argv[1]) if sys.argv[1:] and sys.argv[1].isdigit() else 2_000
GROUPS = 60
MOST_S = 60.0


def make_school() -> None:
    people = school.add_people([f"s{number}" for number in range(PEOPLE)], "student")
    names = [f"{GRADES[n % len(GRADES)]}年级{n // len(GRADES) + 1}班" for n in range(GROUPS)]
    for number, group in enumerate(school.add_class_groups(names)):
        school.add_members(group, people[number::GROUPS])


def seconds_of(act: Callable[[], object]) -> float:
    began_s = time.monotonic()
    act()
    return time.monotonic() - began_s


def write_as_much(first_day: dt.date) -> None:
    """Write the rows of a school year without looking at anything."""
    from django.db import transaction

    from accounts.enums import AuditKind
    from accounts.models import AuditEntry
    from schedule.models import Membership
    from schedule.week_grid import DAY

    memberships = list(Membership.objects.all())
    with transaction.atomic():
        Membership.objects.update(to_date=first_day - DAY)
        Membership.objects.bulk_create(
            Membership(user_id=row.user_id, class_group_id=row.class_group_id, from_date=first_day)
            for row in memberships
        )
        AuditEntry.objects.bulk_create(
            AuditEntry(
                kind=AuditKind.MEMBERS_CHANGED, person_id=row.user_id, details={"changes": "–"}
            )
            for row in memberships
        )
        transaction.set_rollback(True)


def worked_s(ask: Callable[[], object]) -> float:
    """Return how long a worker takes for what is asked."""
    from django.utils import timezone

    from edu_platform.lib.long_work import WorkState
    from schedule.models import Work
    from schedule.work.writing import do_long_work

    ask()
    taken_s = seconds_of(lambda: do_long_work(timezone.now()))
    work = Work.objects.without_files().latest("pk")
    if work.state != WorkState.DONE:
        raise SystemExit(f"{work.kind} is {work.state}: {work.result}")
    return taken_s


def measured() -> tuple[float, float, float]:
    """Return how long the floor, the beginning and the undo take."""
    from django.utils import timezone

    from schedule.models import ClassGroup, SchoolYear
    from schedule.school_year.forms import SchoolYearForm
    from schedule.school_year.preview import preview_of
    from schedule.school_year.work import ask_to_begin, ask_to_undo
    from schedule.week_grid import DAY

    make_school()
    (planner,) = school.add_people(["planner"], "planner")
    first_day = timezone.localdate() + 30 * DAY
    floor_s = seconds_of(lambda: write_as_much(first_day))
    groups = list(ClassGroup.objects.active().order_by("name_key", "pk"))
    form = SchoolYearForm(class_groups=groups, first_day=first_day)
    begun_s = worked_s(lambda: ask_to_begin(preview_of(form.wish()), by=planner))
    year: SchoolYear = SchoolYear.objects.latest("pk")
    undone_s = worked_s(lambda: ask_to_undo(year, by=planner))
    return floor_s, begun_s, undone_s


def rows() -> list[Row]:
    with Stack() as stack:
        stack.ask_database("ANALYZE; SELECT 1")
        floor_s, begun_s, undone_s = measured()
    return [
        Row(
            what=f"a school year of {PEOPLE:,} people in {GROUPS} class groups {what}",
            value=value,
            unit="s",
            floor=floor_s,
            at_most=MOST_S,
        )
        for what, value in (("begins", begun_s), ("is undone", undone_s))
    ]


if __name__ == "__main__":
    table.end_in(rows)
