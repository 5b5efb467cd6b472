"""Links for the families of 2,000 students in 60 class groups are made, and all of them made once more.

The floor is what the same rows cost when a program inserts them by two statements in one transaction.

    make bench    or    .venv/bin/python bench/family_slips.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Callable

import school
import table
from stack import Stack
from table import Row

# As an argument: a smaller school, to look whether it runs.
STUDENTS = int(sys.argv[1]) if sys.argv[1:] and sys.argv[1].isdigit() else 2_000
GROUPS = 60
MOST_S = 30.0


def make_school() -> None:
    people = school.add_people([f"s{number}" for number in range(STUDENTS)], "student")
    names = [f"{number + 1}班" for number in range(GROUPS)]
    for number, group in enumerate(school.add_class_groups(names)):
        school.add_members(group, people[number::GROUPS])


def seconds_of(act: Callable[[], object]) -> float:
    began_s = time.monotonic()
    act()
    return time.monotonic() - began_s


def insert_as_much(by_pk: int) -> None:
    """Insert the rows of all links and of their children without looking at anything."""
    from django.db import transaction

    from edu_platform.lib.secret_tokens import digest_of
    from schedule.models import FamilyChild, FamilyLink, Membership

    people = list(Membership.objects.values_list("user", flat=True))
    with transaction.atomic():
        links = FamilyLink.objects.bulk_create(
            FamilyLink(
                label="家长", token_digest=digest_of(secrets.token_urlsafe()), made_by_id=by_pk
            )
            for _person in people
        )
        FamilyChild.objects.bulk_create(
            FamilyChild(link=link, person_id=person)
            for link, person in zip(links, people, strict=True)
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
    if work.state != WorkState.DONE or work.result["students"] != STUDENTS:
        raise SystemExit(f"{work.kind} is {work.state}: {work.result}")
    return taken_s


def measured() -> tuple[float, float, float]:
    """Return how long the floor, a first print and a second one take."""
    from schedule.families.slips.work import ask_to_print
    from schedule.models import ClassGroup

    make_school()
    (planner,) = school.add_people(["planner"], "planner")
    floor_s = seconds_of(lambda: insert_as_much(planner.pk))
    groups = list(ClassGroup.objects.active().order_by("name_key", "pk"))
    first_s, second_s = (worked_s(lambda: ask_to_print(groups, by=planner)) for _print in range(2))
    return floor_s, first_s, second_s


def rows() -> list[Row]:
    with Stack() as stack:
        stack.ask_database("ANALYZE; SELECT 1")
        floor_s, first_s, second_s = measured()
    return [
        Row(
            what=f"links for {STUDENTS:,} families in {GROUPS} class groups, {what}",
            value=value,
            unit="s",
            floor=floor_s,
            at_most=MOST_S,
        )
        for what, value in (("a first print", first_s), ("a print in its place", second_s))
    ]


if __name__ == "__main__":
    table.end_in(rows)
