"""Whatever goes wrong while the cloud deletes: it is tried again, and holds up no other replay."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import time_machine
from django.utils import timezone, translation

from accounts.models import User
from classroom.client import records, rooms
from classroom.client.errors import CloudRejected, CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.enums import Source
from replays.enums import Audience, ReplayEventKind, ReplayReason, ReplayState
from replays.models import Replay, ReplayPurge
from replays.services import purge
from replays.services.purge import LEASE, UNCONFIRMED_PAUSE, purge_due
from replays.services.refresh import ask
from replays.services.trash import Restored, restore_replays, trash_replays
from replays.wording import explain
from replays.wording.history import event_text
from tests.factories.replays import ReplayFactory
from tests.factories.schedule import LessonFactory
from tests.support.classes import known, rooms_with_recordings
from tests.support.cloud import LocalCloud
from tests.support.replays import purge_of, replay_of_session, standing, steps

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]

MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
TRASHED = (ReplayState.DELETED, ReplayReason.TRASHED)
PURGED = (ReplayState.DELETED, ReplayReason.DELETED_HERE)


def break_down_for(number: int | None) -> Callable[..., None]:
    """A cloud that refuses to delete what is in this room, in words that no database takes."""

    def refuse(numbers: Any, _urgency: Priority) -> None:
        if number in numbers:
            raise CloudRejected("DeleteRecord", "Odd\0\ud800", "no")

    return refuse


class RunClock:
    """The clock that runs take as their time: only tests let it pass."""

    now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s

    def pass_by(self, seconds: float) -> None:
        self.now_s += seconds


def trashed_ones(count: int, cloud: LocalCloud) -> list[Replay]:
    """The replays of so many classes, each in the trash with its recording."""
    rooms_with_recordings(LessonFactory.create_batch(count), cloud)
    replays = list(Replay.objects.filter(state=ReplayState.READY).order_by("pk"))
    assert trash_replays(replays, person=None, at=timezone.now()) == count
    return replays


@pytest.fixture
def run_clock(monkeypatch: pytest.MonkeyPatch) -> RunClock:
    clock = RunClock()
    monkeypatch.setattr("edu_platform.lib.due.time", clock)
    return clock


class TestTrouble:
    @pytest.mark.parametrize(
        ("kind", "options", "detail"),
        [
            ("fail", {"code": "UnauthorizedOperation"}, "UnauthorizedOperation"),
            ("http500", {}, ""),
            ("drop_before", {}, ""),
            ("garble", {}, ""),
        ],
    )
    def test_cloud_that_does_not_delete_is_told_again(
        self, due, local_cloud, kind, options, detail
    ):
        local_cloud.switch("DeleteRecord", kind, **options)
        at = timezone.now()

        assert purge_due(at) == 0

        assert (standing(due), purge_of(due).attempts) == (TRASHED, 1)
        assert 10 * MINUTE <= known(purge_of(due).due_at) - at < 11 * MINUTE
        step = due.steps.get(kind=ReplayEventKind.PURGE_REFUSED)
        assert step.detail == detail
        local_cloud.clear()
        with time_machine.travel(at + 11 * MINUTE):
            assert purge_due(timezone.now()) == 1
        assert standing(due) == PURGED

    def test_answer_that_is_lost_changes_nothing(self, due, local_cloud):
        local_cloud.switch("DeleteRecord", "drop_after", times=1)

        assert (purge_due(timezone.now()), standing(due)) == (1, PURGED)

    def test_cloud_that_lists_it_all_the_same_is_not_believed(self, due, monkeypatch):
        monkeypatch.setattr(records, "delete_records", lambda *_args: None)

        assert purge_due(timezone.now()) == 0

        assert standing(due) == TRASHED
        assert purge_of(due).last_error.startswith("StillListed")

    @pytest.mark.parametrize("why", ["silent", "late"])
    def test_deletion_that_nobody_could_confirm_is_no_refusal_and_comes_first(
        self, due, local_cloud, monkeypatch, run_clock, caplog, why
    ):
        caplog.set_level("INFO")
        ReplayPurge.objects.filter(pk=due.pk).update(last_error="an old one")
        at = timezone.now()
        with monkeypatch.context() as patch:
            if why == "silent":
                local_cloud.switch("DescribeRoom", "http500")
            else:
                late_s = purge.RUN_LIMIT_S + 1
                patch.setattr(records, "delete_records", lambda *_: run_clock.pass_by(late_s))

            assert purge_due(at) == 0

        # One silence alone ends no run; a run without time left is told from a silent cloud.
        assert ("(out of time)" in caplog.text, "(no answer)" in caplog.text) == (
            why == "late",
            False,
        )
        assert (standing(due), purge_of(due).attempts) == (TRASHED, 1)
        assert known(purge_of(due).due_at) >= at + UNCONFIRMED_PAUSE
        assert (purge_of(due).last_error, ReplayEventKind.PURGE_REFUSED in steps(due)) == (
            "",
            False,
        )
        local_cloud.clear()
        other = ReplayFactory.create(state=ReplayState.FAILED)
        Replay.objects.filter(pk=other.pk).update(deleted_at=at - DAY)
        ReplayPurge.objects.create(replay=other, due_at=at - DAY)
        with time_machine.travel(at + LEASE + MINUTE):
            monkeypatch.setattr(purge, "REPLAYS_A_RUN", 1)
            assert purge_due(timezone.now()) == 1
        assert standing(due) == PURGED

    def test_pauses_grow_to_a_day_and_it_is_never_given_up(self, due, local_cloud, caplog):
        local_cloud.switch("DeleteRecord", "fail", code="UnauthorizedOperation")
        pauses: dict[int, dt.timedelta] = {}
        for number in (1, 2, 3, 4, 8, 9, 29, 30, 1000):
            ReplayPurge.objects.update(attempts=number - 1)
            at = known(purge_of(due).due_at)
            with time_machine.travel(at, tick=False):
                purge_due(at)
            pauses[number] = known(purge_of(due).due_at) - at

        doubled = {number: 10 * MINUTE * 2 ** (number - 1) for number in (1, 2, 3, 4, 8)}
        assert pauses == doubled | dict.fromkeys((9, 29, 30, 1000), DAY)
        errors = [each for each in caplog.records if each.levelno == logging.ERROR]
        assert len(errors) == 2  # the 30th try and those after it
        due.refresh_from_db()
        advice = explain(due, timezone.now(), audience=Audience.STAFF).advice
        assert "UnauthorizedOperation" in advice
        assert steps(due).count(ReplayEventKind.PURGE_REFUSED) == 3

    def test_one_that_is_refused_keeps_no_other(self, local_cloud, request):
        replays = trashed_ones(3, local_cloud)
        request.getfixturevalue("a_month_later")
        local_cloud.switch("BatchDeleteRecord", "fail", code="UnauthorizedOperation")
        local_cloud.switch("DeleteRecord", "fail", code="UnauthorizedOperation", times=1)

        assert purge_due(timezone.now()) == 2

        assert [standing(replay) for replay in replays].count(PURGED) == 2

    def test_one_room_that_breaks_the_call_keeps_no_other(self, local_cloud, monkeypatch, request):
        odd, *others = trashed_ones(3, local_cloud)
        at = request.getfixturevalue("a_month_later")
        delete = records._delete

        def break_at_odd(room_ids: Any, priority: Priority) -> None:
            if odd.room_number in room_ids:
                raise CloudUnavailable("DeleteRecord", "InternalError", outcome_is_known=False)
            delete(room_ids, priority)

        monkeypatch.setattr(records, "_delete", break_at_odd)

        first = purge_due(timezone.now())
        with time_machine.travel(at + 11 * MINUTE):
            second = purge_due(timezone.now())

        assert (first, second) == (0, 2)
        assert [standing(each) for each in (odd, *others)] == [TRASHED, PURGED, PURGED]

    @pytest.mark.parametrize("limit", ["time", "silence"])
    def test_calls_one_by_one_end_with_the_run(
        self, lesson, monkeypatch, run_clock, request, limit
    ):
        replays = [replay_of_session(lesson, number) for number in range(1, 5)]
        trash_replays(replays, person=None, at=timezone.now())
        at = request.getfixturevalue("a_month_later")
        due_at = known(purge_of(replays[0]).due_at)
        told: list[int] = []

        def be_silent(room_ids: Any, priority: Priority) -> None:
            if len(room_ids) > 1:
                raise CloudRejected("BatchDeleteRecord", "UnauthorizedOperation", "no")
            told.extend(room_ids)
            if limit == "time":
                run_clock.pass_by(0.6 * purge.RUN_LIMIT_S)
            raise CloudUnavailable("DeleteRecord", "silent", outcome_is_known=False)

        monkeypatch.setattr(records, "_delete", be_silent)
        assert purge_due(at) == 0

        reached = {"time": 2, "silence": 3}[limit]
        assert len(told) == reached
        left = ReplayPurge.objects.exclude(replay__room_number__in=told)
        # A call for all may have had an effect: none of them can be brought back.
        assert set(left.values_list("has_begun", "due_at", "last_error")) == {(True, due_at, "")}
        assert [ReplayEventKind.PURGE_REFUSED in steps(each.replay) for each in left] == [False] * (
            4 - reached
        )

    def test_room_of_another_application_is_not_taken_for_deleted(
        self, due, monkeypatch, local_cloud
    ):
        describe = rooms.describe_room
        monkeypatch.setattr(records, "delete_records", lambda *_args: None)
        monkeypatch.setattr(
            rooms,
            "describe_room",
            lambda *args: dataclasses.replace(known(describe(*args)), sdk_app_id=999),
        )

        assert purge_due(timezone.now()) == 0

        assert (standing(due), purge_of(due).last_error[:8]) == (TRASHED, "NotOurs:")
        with translation.override("en"):
            said = event_text(due.steps.get(kind=ReplayEventKind.PURGE_REFUSED))
            advice = explain(due, timezone.now(), audience=Audience.STAFF).advice
        assert said == "It was not deleted: its room belongs to another application"
        assert advice.startswith("It was not deleted: in the cloud its room belongs to another")

    def test_recording_that_outlives_its_room_is_not_taken_for_deleted(
        self, due, held, monkeypatch, local_cloud
    ):
        monkeypatch.setattr(rooms, "describe_room", lambda *_args: None)
        local_cloud.switch("DeleteRecord", "fail", code="ResourceNotFound.Room")

        assert purge_due(timezone.now()) == 0

        assert (standing(due), purge_of(due).last_error[:11]) == (TRASHED, "StillListed")

    def test_room_that_is_gone_is_told_as_such(self, due, held, local_cloud):
        local_cloud.delete_recordings(held.number)
        local_cloud.change_room(held.number, "delete")

        assert (purge_due(timezone.now()), standing(due)) == (1, PURGED)

        with translation.override("en"):
            said = event_text(due.steps.get(kind=ReplayEventKind.PURGED))
        assert said.startswith("Its room no longer exists, and no recording of it can be found")

    def test_look_of_before_brings_nothing_back(self, due, held, monkeypatch):
        stale = ask(held.number, priority=Priority.BACKGROUND, source=Source.POLL)

        assert purge_due(timezone.now()) == 1
        stale.apply()

        assert standing(due) == PURGED
        assert due.files.filter(gone_at=None).count() == 0

    def test_outcome_that_cannot_be_saved_holds_up_no_other(self, due, monkeypatch, caplog):
        other = ReplayFactory.create(state=ReplayState.FAILED)
        trash_replays([other], person=None, at=timezone.now() - 31 * DAY)

        def break_down(*_args: object) -> None:
            raise ValueError("a fault of ours")

        monkeypatch.setattr(records, "delete_records", break_down_for(due.room_number))
        monkeypatch.setattr(purge, "_put_off", break_down)

        assert purge_due(timezone.now()) == 1

        assert (standing(due), standing(other)) == (TRASHED, PURGED)
        assert "a fault of ours" in caplog.text

    def test_silent_cloud_ends_the_run(self, lesson, local_cloud, request):
        replays = [replay_of_session(lesson, number) for number in (1, 2)]
        trash_replays(replays, person=None, at=timezone.now())
        request.getfixturevalue("a_month_later")
        local_cloud.switch("*", "http500")
        before = len(local_cloud.calls())

        assert purge_due(timezone.now()) == 0

        assert len(local_cloud.calls()) - before == 3  # one call, tried three times
        assert {standing(replay) for replay in replays} == {TRASHED}

    def test_worker_killed_between_call_and_save_leaves_nothing_open(
        self, due, local_cloud, monkeypatch
    ):
        class Killed(BaseException):
            pass

        def die(*_args: object) -> None:
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr("replays.services.purge._save_gone", die)
            with pytest.raises(Killed):
                purge_due(timezone.now())
        assert standing(due) == TRASHED

        with time_machine.travel(timezone.now() + LEASE + MINUTE):
            assert purge_due(timezone.now()) == 1

        assert (standing(due), purge_of(due).attempts) == (PURGED, 2)

    def test_whatever_goes_wrong_with_one_holds_up_no_other(
        self, local_cloud, monkeypatch, request
    ):
        broken, whole = trashed_ones(2, local_cloud)
        request.getfixturevalue("a_month_later")
        real = records.list_recordings

        def list_or_break(room_id: int, priority: Priority) -> Any:
            if room_id == broken.room_number:
                raise ValueError("a fault of ours")
            return real(room_id, priority)

        monkeypatch.setattr(records, "list_recordings", list_or_break)

        assert purge_due(timezone.now()) == 1

        assert (standing(broken), standing(whole)) == (TRASHED, PURGED)
        assert purge_of(broken).last_error == "ValueError: a fault of ours"

    def test_one_that_is_brought_back_at_the_last_moment_is_left_alone(
        self, due, held, local_cloud, teacher: User, monkeypatch
    ):
        other = ReplayFactory.create(state=ReplayState.FAILED)
        trash_replays([other], person=None, at=timezone.now() - 31 * DAY)
        begin = purge._begin

        def restore_first(purges: Sequence[ReplayPurge]) -> set[int]:
            restore_replays([due], person=teacher, at=timezone.now())
            return begin(purges)

        monkeypatch.setattr(purge, "_begin", restore_first)

        assert purge_due(timezone.now()) == 1

        assert (standing(due)[0], standing(other)) == (ReplayState.READY, PURGED)
        assert [each["State"] for each in local_cloud.recordings(held.number)] == ["ready"]

    def test_deletion_that_has_begun_cannot_be_taken_back(self, due, local_cloud, teacher: User):
        local_cloud.switch("DeleteRecord", "http500")
        purge_due(timezone.now())

        restored = restore_replays([due], person=teacher, at=timezone.now())

        assert restored == Restored(count=0, too_late=1)
        assert standing(due) == TRASHED

    def test_deleted_one_cannot_be_taken_back(self, due, teacher: User):
        purge_due(timezone.now())

        restored = restore_replays([due], person=teacher, at=timezone.now())

        assert restored == Restored(count=0, too_late=1)
        assert standing(due) == PURGED

    def test_one_that_comes_too_late_keeps_no_other(self, due, local_cloud, teacher: User):
        other = ReplayFactory.create(state=ReplayState.FAILED)
        trash_replays([other], person=None, at=timezone.now())
        local_cloud.switch("DeleteRecord", "http500")
        purge_due(timezone.now())

        restored = restore_replays([due, other], person=teacher, at=timezone.now())

        assert restored == Restored(count=1, too_late=1)
        assert (standing(due), other.steps.latest("pk").kind) == (TRASHED, ReplayEventKind.RESTORED)

    def test_without_a_cloud_nothing_is_tried(self, due, settings):
        settings.LCIC_SECRET_ID = ""

        assert (purge_due(timezone.now()), standing(due), purge_of(due).attempts) == (0, TRASHED, 0)
