"""Long work whose worker, broker or database is lost in the midst: it is done once, or nothing of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Notice, User
from deploy.services.processes import Child
from deploy.services.valkey import Valkey
from edu_platform.lib.long_work import WorkState
from schedule.enums import WeeklyLessonSource
from schedule.models import ClassGroup, Course, Lesson, PlanningAction, Term, Work
from schedule.terms.plan_work import PLAN_TERM, plan_arguments, rows_of_plan
from schedule.terms.term_plan import PlanOptions
from schedule.terms.term_work import scope_of
from schedule.terms.week_ranges import Weeks
from schedule.terms.weekly_lesson_writing import WeeklyLessonPlan, insert_weekly_lessons
from schedule.work.writing import begin_work
from tests.factories.schedule import TermFactory
from tests.support.site import Processes
from tests.support.tasks import send_task

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

WEEKS = 50
A_WEEK = 30
LEASE_OVER = dt.timedelta(minutes=1)


@pytest.fixture
def term(teacher: User) -> Term:
    """Make a term of 1,500 lessons to come."""
    monday = timezone.localdate() + dt.timedelta(days=7 - timezone.localdate().weekday())
    term: Term = TermFactory.create(weeks=WEEKS, first_monday=monday)
    group = ClassGroup.objects.create(name="1班")
    course = Course.objects.create(name="语文课")
    plans = [
        WeeklyLessonPlan(
            course=course,
            teacher=teacher,
            class_groups=(group,),
            weekday=number % 5 + 1,
            starts=dt.time(8 + number // 5),
            ends=dt.time(8 + number // 5, 45),
            weeks=Weeks(""),
        )
        for number in range(A_WEEK)
    ]
    insert_weekly_lessons(term, plans, source=WeeklyLessonSource.PAGE)
    return term


def ask(term: Term, planner: User) -> Work:
    options = PlanOptions(at=timezone.now())
    return begin_work(
        PLAN_TERM,
        by=planner,
        scope=scope_of(term),
        arguments=plan_arguments(term, PlanningAction(), options),
        row_count=rows_of_plan(term),
    )


def tick(processes: Processes) -> None:
    """Ask for what the clock asks for every ten seconds."""
    send_task(processes.env["REDIS_URL"], "schedule.do_long_work")


def state_of(work: Work) -> str:
    return Work.objects.values_list("state", flat=True).get(pk=work.pk)


def wait_until_done(worker: Child, work: Work) -> None:
    worker.wait_until(lambda: state_of(work) == WorkState.DONE)


def assert_done_once(work: Work) -> None:
    assert Lesson.objects.count() == A_WEEK * WEEKS
    assert PlanningAction.objects.count() == 1
    assert Notice.objects.filter(kind="schedule.work_ended").count() == 1
    assert Work.objects.get(pk=work.pk).result["added"] == A_WEEK * WEEKS


@contextmanager
def held_up(term: Term) -> Iterator[None]:
    """Hold up whoever writes the plan of the term, in the midst of their transaction."""
    with transaction.atomic():
        Term.objects.select_for_update().get(pk=term.pk)
        yield


def test_worker_that_is_killed_as_it_writes_leaves_nothing_and_the_next_does_it(
    processes: Processes, planner: User, term: Term
) -> None:
    work = ask(term, planner)
    worker = processes.start_worker()
    tick(processes)
    worker.wait_until(lambda: state_of(work) != WorkState.WAITING)
    if connection.vendor == "postgresql":
        with held_up(term):
            worker.wait_until(lambda: state_of(work) == WorkState.WRITING)
            worker.kill()
    else:
        worker.wait_until(lambda: state_of(work) in {WorkState.WRITING, WorkState.DONE})
        worker.kill()
    assert Lesson.objects.count() in {0, A_WEEK * WEEKS}
    # Instead of waiting for the end of its lease.
    let_pass_for(work, LEASE_OVER)

    worker = processes.start_worker()
    tick(processes)

    wait_until_done(worker, work)
    assert_done_once(work)


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite is a file")
def test_database_that_ends_the_connection_as_it_is_written_is_asked_again(
    processes: Processes, planner: User, term: Term
) -> None:
    work = ask(term, planner)
    worker = processes.start_worker()
    with held_up(term):
        tick(processes)
        worker.wait_until(lambda: state_of(work) == WorkState.WRITING)
        end_waiting_connections()
    worker.wait_until(lambda: Work.objects.get(pk=work.pk).last_error != "")
    Work.objects.update(due_at=timezone.now())

    tick(processes)

    wait_until_done(worker, work)
    assert_done_once(work)


def test_work_that_no_broker_heard_of_is_done_when_it_is_back(
    processes: Processes, planner: User, term: Term, tmp_path: Path
) -> None:
    broker = Valkey(tmp_path / "broker", durable=True)
    processes.env["REDIS_URL"] = broker.url
    broker.kill()
    work = ask(term, planner)
    back = Valkey(tmp_path / "broker", durable=True, port=broker.port)
    try:
        worker = processes.start_worker()
        tick(processes)
        wait_until_done(worker, work)
    finally:
        processes.stop()
        back.stop()

    assert_done_once(work)


def let_pass_for(work: Work, time: dt.timedelta) -> None:
    row = Work.objects.get(pk=work.pk)
    if row.leased_until is not None:
        Work.objects.filter(pk=work.pk).update(leased_until=row.leased_until - time)


def end_waiting_connections() -> None:
    """End the connections that wait for a lock, as a database does that is restarted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        assert cursor.fetchall()
