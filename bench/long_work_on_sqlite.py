"""Long work on SQLite, for `long_work`: in a process of its own, since Django keeps the database that it was set up with.

A term is planned, the next one is copied from it, planned as drafts and published, and all lessons of the first one
are deleted. Prints the seconds as JSON on the last line.
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up
from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import long_work
import school
import terms

if TYPE_CHECKING:
    from accounts.models import User
    from schedule.models import Term


@contextmanager
def writing_timed() -> Iterator[list[float]]:
    """Note how long each transaction takes that writes long work, until it is on the disk."""
    from edu_platform.lib.long_work import RunningWork

    writing, taken_s = RunningWork.writing, []

    @contextmanager
    def timed(work: RunningWork[Any], units: int, *, rows_a_unit: int) -> Iterator[dict[str, Any]]:
        started = time.perf_counter()
        with writing(work, units, rows_a_unit=rows_a_unit) as result:
            yield result
        taken_s.append(time.perf_counter() - started)

    RunningWork.writing = timed  # type: ignore[method-assign]
    try:
        yield taken_s
    finally:
        RunningWork.writing = writing  # type: ignore[method-assign]


def done_by_worker() -> tuple[float, float]:
    """Do the work that waits; return the seconds of the whole, and those in which it is written."""
    from django.utils import timezone

    from schedule.models import Work
    from schedule.work.writing import do_long_work

    with writing_timed() as written_s:
        started = time.perf_counter()
        do_long_work(timezone.now())
        whole_s = time.perf_counter() - started
    work = Work.objects.latest("pk")
    done = work.result.get("added", work.result.get("count"))
    if (work.state, done) != ("done", long_work.LESSONS):
        raise SystemExit(f"{work.kind} ended {work.state} {work.result}")
    return whole_s, sum(written_s)


def planned_at_once_s(term: Term) -> float:
    """Measure planning it in this process; nothing is kept."""
    from django.db import transaction

    started = time.perf_counter()
    with transaction.atomic():
        terms.plan(term)
        took_s = time.perf_counter() - started
        transaction.set_rollback(True)
    return took_s


def ask_to_plan(term: Term, planner: User) -> None:
    from django.utils import timezone

    from schedule.models import PlanningAction
    from schedule.terms.planning.plan_work import PLAN_TERM, plan_arguments
    from schedule.terms.planning.term_plan import PlanOptions
    from schedule.terms.term_work import scope_of
    from schedule.work.writing import begin_work

    begin_work(
        PLAN_TERM,
        by=planner,
        scope=scope_of(term),
        arguments=plan_arguments(term, PlanningAction(), PlanOptions(at=timezone.now())),
        row_count=long_work.LESSONS,
    )


def ask_to_publish(term: Term, planner: User) -> None:
    from schedule.models import PlanningAction
    from schedule.terms.publication import draft_ids_of
    from schedule.terms.publication_work import PUBLISH_TERM, publication_arguments
    from schedule.terms.term_versions import version_of_drafts
    from schedule.terms.term_work import scope_of
    from schedule.work.writing import begin_work

    known = version_of_drafts(draft_ids_of(term))
    begin_work(
        PUBLISH_TERM,
        by=planner,
        scope=scope_of(term),
        arguments=publication_arguments(term, PlanningAction(), known),
        row_count=long_work.LESSONS,
    )


def ask_to_delete_lessons(term: Term, planner: User) -> None:
    from schedule.lessons.deletion_work import DELETE_LESSONS
    from schedule.lessons.several import arguments_of, scope_of, sent_to_worker
    from schedule.models import Lesson, PlanningAction
    from schedule.work.writing import begin_work

    codes = list(Lesson.objects.filter(planned__term=term).values_list("code", flat=True))
    begin_work(
        DELETE_LESSONS,
        by=planner,
        scope=scope_of(codes),
        arguments=arguments_of(codes, PlanningAction()),
        row_count=len(codes),
        content=sent_to_worker(codes, known=""),
    )


def add_drafts_of_next_term(term: Term) -> Term:
    from django.utils import timezone

    from schedule.models import ClassGroup, PlanningAction
    from schedule.terms.planning.term_plan import PlanOptions, plan_term
    from schedule.terms.term_copies import copy_term

    next_term = terms.next_term(term)
    groups = {group.pk: group for group in ClassGroup.objects.all()}
    copy_term(term, next_term, groups, copies_bells=True)
    options = PlanOptions(at=timezone.now(), is_draft=True)
    plan_term(next_term, action=PlanningAction(), options=options)
    return next_term


def insert_the_same_s() -> float:
    """Put the rows that planning wrote once more, in their place, by bare statements."""
    from django.conf import settings

    with contextlib.closing(sqlite3.connect(settings.DATABASES["default"]["NAME"])) as database:
        rows_by_table: dict[str, list[Any]] = {
            name: database.execute(f"SELECT * FROM {name}").fetchall() for name in terms.WRITTEN
        }
        for name in reversed(terms.WRITTEN):
            database.execute(f"DELETE FROM {name}")
        database.commit()
        started = time.perf_counter()
        for name, rows in rows_by_table.items():
            if rows:
                places = ", ".join("?" * len(rows[0]))
                database.executemany(f"INSERT INTO {name} VALUES ({places})", rows)
        database.commit()
        return time.perf_counter() - started


def measured() -> dict[str, float]:
    term = long_work.add_term(*long_work.add_people())
    (planner,) = school.add_people(["planner"], "planner")
    at_once_s = planned_at_once_s(term)
    ask_to_plan(term, planner)
    whole_s, planning_s = done_by_worker()
    floor_s = insert_the_same_s()
    ask_to_publish(add_drafts_of_next_term(term), planner)
    _whole_s, publishing_s = done_by_worker()
    ask_to_delete_lessons(term, planner)
    _whole_s, deleting_s = done_by_worker()
    return {
        "at_once_s": at_once_s,
        "whole_s": whole_s,
        "planning_s": planning_s,
        "floor_s": floor_s,
        "publishing_s": publishing_s,
        "deleting_s": deleting_s,
    }


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "edu_platform.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print(json.dumps(measured()))


if __name__ == "__main__":
    main()
