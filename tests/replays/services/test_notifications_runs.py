"""Runs that tell of replays: none tells twice, forgets anybody, or tells staff of many one by one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Notice, User
from replays.enums import ReplayEventKind, ReplayState
from replays.models import Replay, ReplayEvent
from replays.services import notifications
from replays.services.notifications import notify_late, notify_people, notify_ready
from replays.tasks import notify_people as notify_people_task
from schedule.models import ClassGroup
from tests.factories.replays import ReplayFactory
from tests.factories.schedule import MembershipFactory, UnplannedLessonFactory
from tests.support.telling import CLASS, be_made, be_ready, told
from tests.support.threads import all_at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("everybody")]

MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)


class TestRuns:
    def test_death_before_the_end_tells_nobody_and_the_next_run_everybody(
        self, replay: Replay, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ):
        def die(*_args: Any, **_facts: Any) -> None:
            raise RuntimeError("killed here")

        with monkeypatch.context() as broken:
            broken.setattr(notifications, "note", die)
            notify_people(replay.planned_end)
            before = (told(), Replay.objects.get(pk=replay.pk).ready_told_at)
        notify_people(replay.planned_end + MINUTE)

        assert before == (set(), None)
        assert f"replays to tell of: replay {replay.pk}" in caplog.text
        assert told() == CLASS

    def test_fault_with_one_keeps_no_other_waiting(
        self, replay: Replay, monkeypatch: pytest.MonkeyPatch
    ):
        other = ReplayFactory.create(
            lesson=UnplannedLessonFactory.create(starts_at=replay.planned_start)
        )
        notify = notifications._notify

        def fail_with_one(told_of: list[Replay], *args: Any, **facts: Any) -> None:
            if told_of == [other]:
                raise RuntimeError("a fault")
            notify(told_of, *args, **facts)

        monkeypatch.setattr(notifications, "_notify", fail_with_one)

        assert notify_people(max(replay.planned_end, other.planned_end)) == 1
        assert told() == CLASS

    def test_run_ends_in_time_and_the_next_goes_on(
        self, replay: Replay, monkeypatch: pytest.MonkeyPatch
    ):
        with monkeypatch.context() as slow:
            slow.setattr(notifications, "RUN_LIMIT_S", -1)
            assert notify_people(replay.planned_end) == 0

        assert notify_people(replay.planned_end) == 1

    def test_two_at_once_are_no_two_notices(self, replay: Replay):
        at = replay.planned_end

        assert [notify_ready(replay.pk, at), notify_ready(replay.pk, at)] == [True, False]
        be_made(replay)
        late = at + DAY
        assert [notify_late(replay.pk, late), notify_late(replay.pk, late)] == [True, False]

    def test_statements_are_as_many_for_thirty_students_as_for_one(
        self, replay: Replay, class_group: ClassGroup
    ):
        def statements(of: Replay) -> int:
            with CaptureQueriesContext(connection) as counted:
                assert notify_ready(of.pk, of.planned_end)
            return len(counted)

        other = ReplayFactory.create(
            lesson=UnplannedLessonFactory.create(
                class_groups=[class_group], starts_at=replay.planned_start + DAY
            )
        )
        with_one = statements(replay)
        for _number in range(30):
            MembershipFactory.create(class_group=class_group)

        assert statements(other) == with_one
        assert Notice.objects.filter(address=f"/replays/{other.code}/").count() == 32

    def test_nothing_to_tell_costs_two_questions(self, replay: Replay):
        notify_people(replay.planned_end)

        with CaptureQueriesContext(connection) as counted:
            notify_people(replay.planned_end + MINUTE)

        assert len(counted) == 2

    def test_clock_tells(self, replay: Replay):
        Replay.objects.update(planned_end=timezone.now() - 5 * MINUTE)

        notify_people_task()

        assert told() == CLASS


@pytest.mark.django_db(transaction=True)
def test_several_workers_at_once_tell_once(replay: Replay):
    at = replay.planned_end

    heard = all_at_once(lambda _number: notify_people(at), range(4))

    assert sorted(heard) == [0, 0, 0, 1]
    assert Notice.objects.count() == len(CLASS)


class TestManyAtOnce:
    @pytest.fixture
    def replays(self, teacher: User, student: User, class_group: ClassGroup) -> list[Replay]:
        """Four that are late, at one time of the day."""
        now = timezone.now()
        return [
            ReplayFactory.create(
                lesson=UnplannedLessonFactory.create(
                    teacher=teacher,
                    class_groups=[class_group],
                    starts_at=now - number * DAY - 120 * MINUTE,
                    ends_at=now - number * DAY - 60 * MINUTE,
                ),
                state=ReplayState.PROCESSING,
            )
            for number in range(4)
        ]

    def kinds_of(self, user: User) -> list[str]:
        return sorted(Notice.objects.filter(user=user).values_list("kind", flat=True))

    def test_staff_get_one_notice_and_the_teacher_one_for_each(
        self, replays: list[Replay], teacher: User, planner: User
    ):
        assert notify_people(timezone.now()) == 4

        assert self.kinds_of(teacher) == ["replays.late"] * 4
        notice = Notice.objects.get(user=planner)
        assert (notice.kind, notice.arguments, notice.address) == (
            "replays.many_late",
            {"count": "4"},
            "/replays/late/",
        )
        details = ReplayEvent.objects.filter(kind=ReplayEventKind.TOLD_LATE).values_list(
            "detail", flat=True
        )
        assert list(details) == ["late/teacher+staff"] * 4
        assert (notify_people(timezone.now()), self.kinds_of(planner)) == (0, ["replays.many_late"])

    def test_a_few_are_told_one_by_one(self, replays: list[Replay], planner: User):
        be_ready(replays[0])
        notify_people(timezone.now())

        assert self.kinds_of(planner) == ["replays.late"] * 3

    def test_of_those_that_are_ready_afterwards_staff_get_one_too(
        self, replays: list[Replay], student: User, planner: User, supervisor: User
    ):
        notify_people(timezone.now())
        for replay in replays:
            be_ready(replay)

        assert notify_people(timezone.now()) == 4

        assert self.kinds_of(planner) == ["replays.many_late", "replays.many_ready"]
        assert self.kinds_of(student) == ["replays.ready"] * 4
        notice = Notice.objects.get(user=planner, kind="replays.many_ready")
        first, last = (timezone.localdate(replays[number].listed_at) for number in (3, 0))
        assert (notice.arguments, notice.address) == (
            {"count": "4"},
            f"/replays/?from={first}&to={last}&state=ready",
        )
        assert ReplayEvent.objects.filter(kind=ReplayEventKind.TOLD_READY).count() == 4

    def test_worker_that_is_killed_leaves_nobody_untold(
        self, replays: list[Replay], planner: User, monkeypatch: pytest.MonkeyPatch
    ):
        class Killed(BaseException):
            pass

        def die(*_args: object, **_options: object) -> None:
            raise Killed

        with monkeypatch.context() as killing:
            killing.setattr("replays.services.notifications._notify", die)
            with pytest.raises(Killed):
                notify_people(timezone.now())

        assert notify_people(timezone.now()) == 4
        assert self.kinds_of(planner) == ["replays.many_late"]
