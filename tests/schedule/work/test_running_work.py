"""A worker at long work: what it keeps of its progress, and how it keeps the work as its own."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from django.utils import timezone

from accounts.enums import Role
from accounts.permissions import Action
from edu_platform.lib import long_work
from edu_platform.lib.long_work import RunningWork, WorkState, progress_of
from edu_platform.lib.progress import Phase, report
from schedule.models import Work
from schedule.work import kinds
from schedule.work.kinds import WorkKind
from schedule.work.writing import begin_work, do_long_work
from tests.factories.accounts import UserFactory

NOBODY_THERE = "redis://127.0.0.1:1/0"
SHORT_LEASE = dt.timedelta(seconds=0.2)
GIVEN_UP_AFTER_S = 20


def asked_for(monkeypatch: pytest.MonkeyPatch, run: object) -> Work:
    """Work of a kind that does this alone."""
    kind = WorkKind(
        name="tests.work",
        action=Action.PLAN_LESSONS,
        run=run,  # type: ignore[arg-type]
        title=lambda _arguments: "Work",
        named_by=(),
        outcome=lambda _work: kinds.Outcome((), "/", "Back"),
    )
    monkeypatch.setitem(kinds.KINDS, kind.name, kind)
    planner = UserFactory.create(roles=[Role.PLANNER])
    return begin_work(kind, by=planner, scope="tests", arguments={}, row_count=10)


@pytest.mark.django_db
def test_what_is_read_while_it_is_written_does_not_hide_the_writing(
    monkeypatch: pytest.MonkeyPatch, valkey: str
):
    def run(work: RunningWork[Work]) -> None:
        with work.writing(10, rows_a_unit=1):
            report(Phase.WRITING, 10, 10)
            report(Phase.READING, 5, 5)

    work = asked_for(monkeypatch, run)
    do_long_work(timezone.now())

    progress = progress_of(work.code)
    assert progress is not None
    assert (progress.phase, progress.done) == (Phase.WRITING, 10)


@pytest.mark.django_db
def test_end_of_a_phase_is_kept_once_however_often_it_is_reported(
    monkeypatch: pytest.MonkeyPatch, valkey: str
):
    kept: list[tuple[Phase, int]] = []
    monkeypatch.setattr(
        long_work, "keep_progress", lambda _name, phase, done, _total: kept.append((phase, done))
    )

    def run(work: RunningWork[Work]) -> None:
        for _time in range(100):
            report(Phase.READING, 5, 5)
        with work.writing(0, rows_a_unit=1):
            pass

    asked_for(monkeypatch, run)
    do_long_work(timezone.now())

    assert kept.count((Phase.READING, 5)) == 1


@pytest.mark.django_db
def test_redis_that_is_silent_is_asked_once_in_a_while(
    monkeypatch: pytest.MonkeyPatch, settings: object, caplog: pytest.LogCaptureFixture
):
    settings.REDIS_URL = NOBODY_THERE  # type: ignore[attr-defined]
    monkeypatch.setattr(long_work, "_rest_ends_s", {})

    for done in range(5):
        long_work.keep_progress("work", Phase.WRITING, done, 5)

    assert len([line for line in caplog.messages if "is not kept" in line]) == 1


@pytest.mark.django_db(transaction=True)
def test_living_worker_keeps_it_however_long_it_takes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(long_work, "LEASE", SHORT_LEASE)

    def run(work: RunningWork[Work]) -> None:
        rows = Work.objects.filter(pk=work.row.pk)
        first = rows.get().leased_until
        until_s = time.monotonic() + GIVEN_UP_AFTER_S
        while rows.get().leased_until == first:
            assert time.monotonic() < until_s, "the lease was not renewed"
        with work.writing(1, rows_a_unit=1):
            pass

    work = asked_for(monkeypatch, run)
    do_long_work(timezone.now())

    work.refresh_from_db()
    assert work.state == WorkState.DONE
