"""The task that does long work: how long it may take, and what a second message of it does."""

from __future__ import annotations

import pytest

from edu_platform.lib.long_work import RunningWork
from edu_platform.lib.spreadsheets.limits import MAX_ROWS
from schedule import tasks
from schedule.models import Work
from tests.schedule.work.test_running_work import asked_for

SLOWEST_PASSWORD_S = 0.05


def test_there_is_time_for_the_passwords_of_the_largest_file_on_a_slow_machine():
    task = tasks.do_long_work

    assert task.soft_time_limit is not None
    assert task.soft_time_limit > 4 * MAX_ROWS * SLOWEST_PASSWORD_S
    assert task.time_limit is not None
    assert task.time_limit > task.soft_time_limit


@pytest.mark.django_db
def test_message_that_comes_again_while_it_runs_does_nothing(monkeypatch: pytest.MonkeyPatch):
    """The broker hands a message to another worker after some minutes."""
    runs: list[Work] = []

    def run(work: RunningWork[Work]) -> None:
        runs.append(work.row)
        if len(runs) == 1:
            tasks.do_long_work()
        with work.writing(1, rows_a_unit=1):
            pass

    work = asked_for(monkeypatch, run)
    tasks.do_long_work()

    assert runs == [work]
