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
from schedule.models import Lesson, PlanningAction, Term, Work
from schedule.terms.planning.plan_work import PLAN_TERM, plan_arguments, rows_of_plan
from schedule.terms.planning.term_plan import PlanOptions
from schedule.terms.term_work import scope_of
from schedule.work.writing import begin_work
from tests.support.long_work import long_term
from tests.support.pages import main
from tests.support.site import Processes
from tests.support.tasks import send_task
from tests.support.web_session import WebSession

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

WEEKS = 50
A_WEEK = 30
LEASE_OVER = dt.timedelta(minutes=1)


@pytest.fixture
def term() -> Term:
    """Make a term of 1,500 lessons to come."""
    return long_term(weeks=WEEKS, a_week=A_WEEK, class_groups=1)


def ask(term: Term, planner: User) -> Work:
    options = PlanOptions(at=timezone.now())
    return begin_work(
        PLAN_TERM,
        by=planner,
        scope=scope_of(term),
        arguments=plan_arguments(term, PlanningAction(), options),
        row_count=rows_of_plan(term),
    )


def press(address: str, term: Term, planner: User) -> Work:
    """Press the button of the plan's page, at a web process."""
    session, page = WebSession(address), f"/schedule/terms/{term.code}/plan/"
    session.sign_in_as(planner)
    version = main(session.get(page)).one("input", name="version").attrs["value"]
    answer = session.send(page, page=page, version=version)
    work = Work.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (303, work.get_absolute_url())
    return work


@pytest.fixture
def own_broker(processes: Processes, tmp_path: Path) -> Iterator[Valkey]:
    """A broker that this test may kill, and that forgets everything then."""
    broker = Valkey(tmp_path / "broker", durable=False)
    processes.env["REDIS_URL"] = broker.url
    yield broker
    broker.kill()


@contextmanager
def put_back(broker: Valkey, folder: Path) -> Iterator[None]:
    """Start another broker where the lost one was."""
    back = Valkey(folder / "back", durable=False, port=broker.port)
    try:
        yield
    finally:
        back.kill()


def tick(processes: Processes) -> None:
    """Ask for what the clock asks for every ten seconds."""
    send_task(processes.env["REDIS_URL"], "schedule.do_long_work")


def state_of(work: Work) -> str:
    return Work.objects.values_list("state", flat=True).get(pk=work.pk)


def wait_until_done(worker: Child, work: Work) -> None:
    worker.wait_until(lambda: state_of(work) == WorkState.DONE, timeout_s=60)


def assert_done_once(work: Work) -> None:
    assert Lesson.objects.count() == A_WEEK * WEEKS
    assert PlanningAction.objects.count() == 1
    assert Notice.objects.filter(kind="schedule.work_ended").count() == 1
    assert Work.objects.get(pk=work.pk).result["added"] == A_WEEK * WEEKS


def test_worker_that_is_killed_as_it_writes_leaves_nothing_and_the_next_does_it(
    processes: Processes, planner: User, term: Term
) -> None:
    work = ask(term, planner)
    worker = processes.start_worker()
    with held_up_as_it_writes():
        tick(processes)
        worker.wait_until(lambda: is_in_the_midst(work))
        worker.kill()
    assert (state_of(work), Lesson.objects.count()) == (WorkState.WRITING, 0)
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
    with held_up_as_it_writes():
        tick(processes)
        worker.wait_until(lambda: is_in_the_midst(work))
        end_waiting_connections()
    worker.wait_until(lambda: Work.objects.get(pk=work.pk).last_error != "")
    assert Lesson.objects.count() == 0
    Work.objects.update(due_at=timezone.now())

    tick(processes)

    wait_until_done(worker, work)
    assert_done_once(work)


def test_broker_that_is_killed_after_the_press_is_not_needed_to_know_of_it(
    processes: Processes, own_broker: Valkey, planner: User, term: Term, tmp_path: Path
) -> None:
    work = press(processes.start_web(), term, planner)
    own_broker.kill()

    with put_back(own_broker, tmp_path):
        worker = processes.start_worker()
        tick(processes)
        wait_until_done(worker, work)
        processes.stop()

    assert_done_once(work)


def test_press_without_a_broker_is_answered_and_done_when_it_is_back(
    processes: Processes, own_broker: Valkey, planner: User, term: Term, tmp_path: Path
) -> None:
    address = processes.start_web()
    own_broker.kill()
    work = press(address, term, planner)

    with put_back(own_broker, tmp_path):
        worker = processes.start_worker()
        tick(processes)
        wait_until_done(worker, work)
        processes.stop()

    assert_done_once(work)


def test_broker_that_is_killed_as_it_is_written_holds_up_nothing_and_it_is_done_once(
    processes: Processes, own_broker: Valkey, planner: User, term: Term, tmp_path: Path
) -> None:
    work = ask(term, planner)
    worker = processes.start_worker()
    with held_up_as_it_writes():
        tick(processes)
        worker.wait_until(lambda: is_in_the_midst(work))
        own_broker.kill()
    wait_until_done(worker, work)
    processes.stop()

    with put_back(own_broker, tmp_path):
        worker = processes.start_worker()
        tick(processes)
        worker.wait_until(lambda: "succeeded" in worker.log.read_text(errors="replace"))
        processes.stop()

    assert_done_once(work)


# --- The midst of it ------------------------------------------------------------------------------


@contextmanager
def held_up_as_it_writes() -> Iterator[None]:
    """Hold up whoever writes a plan, after its lessons are written and before the transaction ends."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE schedule_plannedlesson IN SHARE MODE")
            yield
    else:
        with slow_rows_of_plan():
            yield


@contextmanager
def slow_rows_of_plan() -> Iterator[None]:
    """Slow SQLite down for the rows of a plan, where nobody can be held up for as long as one likes."""
    counting = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER slow_rows AFTER INSERT ON schedule_plannedlesson"
            f" BEGIN SELECT ({counting} SELECT count(*) FROM n); END"
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER slow_rows")


def is_in_the_midst(work: Work) -> bool:
    """Tell whether its rows are being written, and it waits for those who hold it up."""
    if state_of(work) != WorkState.WRITING:
        return False
    return connection.vendor != "postgresql" or bool(waiting_connections())


def waiting_connections() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return [pid for (pid,) in cursor.fetchall()]


def end_waiting_connections() -> None:
    """End the connections that wait for a lock, as a database does that is restarted."""
    with connection.cursor() as cursor:
        for pid in waiting_connections():
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])


def let_pass_for(work: Work, time: dt.timedelta) -> None:
    row = Work.objects.get(pk=work.pk)
    if row.leased_until is not None:
        Work.objects.filter(pk=work.pk).update(leased_until=row.leased_until - time)
