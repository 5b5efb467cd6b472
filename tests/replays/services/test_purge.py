"""Deleted replays stay in the trash for 30 days, and are gone when the cloud confirms it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from classroom.client.rate_limits import Priority
from classroom.enums import Source
from replays.enums import ReplayEventKind, ReplayReason, ReplayState
from replays.models import Replay, ReplayPurge
from replays.services import purge, trash
from replays.services.polling import ask_for_missing
from replays.services.purge import purge_due
from replays.services.refresh import ask
from replays.services.trash import NothingToDelete, Restored, restore_replays, trash_replays
from schedule.enums import RecordMode
from schedule.models import Room
from schedule.rooms.polling import poll_rooms
from tests.factories.replays import ReplayFactory
from tests.factories.schedule import LessonFactory
from tests.support.classes import hold, make_room, rooms_with_recordings
from tests.support.replays import purge_of, replay_of_session, standing, steps
from tests.support.threads import all_at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]

MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
TRASHED = (ReplayState.DELETED, ReplayReason.TRASHED)
PURGED = (ReplayState.DELETED, ReplayReason.DELETED_HERE)
READY = (ReplayState.READY, ReplayReason.FOUND)


@pytest.fixture
def replay(held: Room) -> Replay:
    return Replay.objects.get(room=held)


class TestTrash:
    def test_trashed_replay_says_by_whom_and_until_when(self, replay, teacher):
        at = timezone.now()

        assert trash_replays([replay], person=teacher, at=at) == 1

        assert standing(replay) == TRASHED
        assert (replay.deleted_at, replay.deleted_by, purge_of(replay).due_at) == (
            at,
            teacher,
            at + 30 * DAY,
        )
        step = replay.steps.get(kind=ReplayEventKind.TRASHED)
        assert (step.person, step.at) == (teacher, at)

    def test_twice_is_once(self, replay, teacher, other_teacher):
        at = timezone.now()
        trash_replays([replay], person=teacher, at=at)

        assert trash_replays([replay], person=other_teacher, at=at + DAY) == 0

        assert (standing(replay), replay.deleted_by, purge_of(replay).due_at) == (
            TRASHED,
            teacher,
            at + 30 * DAY,
        )
        assert steps(replay).count(ReplayEventKind.TRASHED) == 1

    def test_all_or_none(self, replay, teacher):
        nothing_yet, refused = ReplayFactory.create(), []

        for state in (ReplayState.EXPECTED, ReplayState.RECORDING, ReplayState.NONE):
            Replay.objects.filter(pk=nothing_yet.pk).update(state=state)
            nothing_yet.refresh_from_db()
            try:
                trash_replays([replay, nothing_yet], person=teacher, at=timezone.now())
            except NothingToDelete:
                refused.append(state)

            assert standing(replay) == READY, state
            assert Replay.objects.filter(deleted_at__isnull=False).count() == 0, state
        assert refused == [ReplayState.EXPECTED, ReplayState.RECORDING, ReplayState.NONE]

    def test_its_time_is_over_without_anybody(self, replay):
        trash_replays([replay], person=None, at=timezone.now())

        assert (standing(replay), replay.deleted_by) == (TRASHED, None)

    def test_many_take_no_more_statements_than_one(self, django_assert_num_queries, teacher):
        one, *many = [ReplayFactory.create(state=ReplayState.FAILED) for _number in range(4)]
        with CaptureQueriesContext(connection) as of_one:
            trash_replays([one], person=teacher, at=timezone.now())

        with django_assert_num_queries(len(of_one)):
            assert trash_replays(many, person=teacher, at=timezone.now()) == 3

    def test_recording_found_meanwhile_lies_in_the_trash(self, lesson, local_cloud, teacher):
        local_cloud.set_recording(enabled=False)
        room = make_room(lesson)
        hold(local_cloud, room, recordings=0)
        poll_rooms(lesson.starts_at)
        ask_for_missing(timezone.now())
        replay = Replay.objects.get(room=room)
        trash_replays([replay], person=teacher, at=timezone.now())
        local_cloud.set_recording(enabled=True)
        local_cloud.record_again(room.number)
        local_cloud.recorded(room.number)

        with time_machine.travel(timezone.now() + 2 * MINUTE):
            ask_for_missing(timezone.now())

        assert (standing(replay), replay.files.count()) == (TRASHED, 1)
        restore_replays([replay], person=teacher, at=timezone.now())
        assert standing(replay) == READY


class TestWayBack:
    def test_restored_replay_is_as_it_was_and_asked_for(self, replay, teacher):
        trash_replays([replay], person=teacher, at=timezone.now())
        at = timezone.now()

        restore_replays([replay], person=teacher, at=at)

        assert standing(replay) == READY
        assert (replay.deleted_at, replay.deleted_by, replay.due_at) == (None, None, at)
        assert not ReplayPurge.objects.filter(replay=replay).exists()
        assert steps(replay)[-2:] == [ReplayEventKind.TRASHED, ReplayEventKind.RESTORED]

    def test_restored_replay_has_been_ready_since_it_was_found(self, replay, teacher):
        trash_replays([replay], person=teacher, at=timezone.now())

        restore_replays([replay], person=teacher, at=timezone.now() + DAY)

        replay.refresh_from_db()
        assert replay.found_at is not None
        assert replay.state_since == replay.found_at

    def test_what_vanished_in_the_trash_is_found_out_after_it(self, replay, held, local_cloud):
        now = timezone.now()
        trash_replays([replay], person=None, at=now)
        local_cloud.delete_recordings(held.number)
        for minutes in (11, 22):
            with time_machine.travel(now + minutes * MINUTE):
                ask_for_missing(timezone.now())

        assert standing(replay) == TRASHED
        restore_replays([replay], person=held.lesson.teacher, at=now + 30 * MINUTE)
        assert standing(replay) == (ReplayState.DELETED, ReplayReason.VANISHED)

    def test_restored_twice_is_restored_once(self, replay, teacher):
        trash_replays([replay], person=teacher, at=timezone.now())
        for _time in range(2):
            restore_replays([replay], person=teacher, at=timezone.now())

        assert (standing(replay), steps(replay).count(ReplayEventKind.RESTORED)) == (READY, 1)

    def test_many_take_no_more_statements_than_one(self, django_assert_num_queries, teacher):
        one, *many = [ReplayFactory.create(state=ReplayState.FAILED) for _number in range(4)]
        trash_replays([one, *many], person=teacher, at=timezone.now())
        with CaptureQueriesContext(connection) as of_one:
            restore_replays([one], person=teacher, at=timezone.now())

        with django_assert_num_queries(len(of_one)):
            restored = restore_replays(many, person=teacher, at=timezone.now())

        assert restored == Restored(count=3, too_late=0)
        assert Replay.objects.filter(deleted_at__isnull=False).count() == 0
        assert [steps(each) for each in many] == [
            [ReplayEventKind.TRASHED, ReplayEventKind.RESTORED]
        ] * 3

    def test_clock_is_called_once_for_all(self, lesson, teacher, monkeypatch):
        replays = [replay_of_session(lesson, number) for number in (1, 2)]
        trash_replays(replays, person=teacher, at=timezone.now())
        calls: list[object] = []
        monkeypatch.setattr(trash, "enqueue_on_commit", calls.append)
        at = timezone.now()

        restore_replays(replays, person=teacher, at=at)

        assert calls == ["replays.ask_for_missing"]
        assert set(Replay.objects.values_list("due_at", flat=True)) == {at}

    def test_warning_about_its_time_is_given_again(self, replay, teacher):
        Replay.objects.filter(pk=replay.pk).update(expiry_told_at=timezone.now())
        trash_replays([replay], person=None, at=timezone.now())

        restore_replays([replay], person=teacher, at=timezone.now())

        replay.refresh_from_db()
        assert replay.expiry_told_at is None


class TestEnd:
    def test_nothing_is_deleted_in_the_cloud_before_its_time(self, replay, held, local_cloud):
        at = timezone.now()
        trash_replays([replay], person=None, at=at)

        with time_machine.travel(at + 30 * DAY - MINUTE):
            assert purge_due(timezone.now()) == 0

        assert standing(replay) == TRASHED
        assert [each["State"] for each in local_cloud.recordings(held.number)] == ["ready"]
        assert local_cloud.calls(action="DeleteRecord") == []

    def test_cloud_deletes_it_and_is_asked_whether_it_has(self, replay, held, local_cloud, request):
        trash_replays([replay], person=None, at=timezone.now())
        request.getfixturevalue("a_month_later")
        before = len(local_cloud.calls())

        assert purge_due(timezone.now()) == 1

        assert standing(replay) == PURGED
        assert (purge_of(replay).due_at, replay.due_at) == (None, None)
        assert replay.files.filter(gone_at=None).count() == 0
        assert [each["State"] for each in local_cloud.recordings(held.number)] == ["deleted"]
        actions = [call["action"] for call in local_cloud.calls()[before:]]
        assert actions == ["DeleteRecord", "DescribeRoom", "DescribeRecord"]
        # It was we who deleted it, and nobody behind our back.
        assert steps(replay)[-1] == ReplayEventKind.PURGED
        assert ReplayEventKind.FILE_GONE not in steps(replay)

    def test_several_rooms_are_deleted_by_one_call(self, local_cloud, request):
        rooms_with_recordings(LessonFactory.create_batch(3), local_cloud)
        replays = list(Replay.objects.filter(state=ReplayState.READY))
        trash_replays(replays, person=None, at=timezone.now())
        request.getfixturevalue("a_month_later")

        assert purge_due(timezone.now()) == 3

        assert len(local_cloud.calls(action="BatchDeleteRecord")) == 1
        assert local_cloud.calls(action="DeleteRecord") == []
        assert {standing(replay) for replay in replays} == {PURGED}

    def test_signalling_replay_is_deleted_too(self, local_cloud, request):
        lesson = LessonFactory.create(record_mode=RecordMode.SIGNALLING)
        room = make_room(lesson)
        hold(local_cloud, room, recordings=0)
        local_cloud.playbacks(room.number)
        poll_rooms(lesson.starts_at)
        ask_for_missing(timezone.now())
        replay = Replay.objects.get(room=room)
        assert standing(replay) == READY
        trash_replays([replay], person=None, at=timezone.now())
        request.getfixturevalue("a_month_later")

        assert purge_due(timezone.now()) == 1

        assert standing(replay) == PURGED
        assert local_cloud.playbacks(room.number, 0) == []

    def test_signals_of_a_room_that_is_gone_are_asked_for_too(
        self, local_cloud, request, monkeypatch
    ):
        lesson = LessonFactory.create(record_mode=RecordMode.SIGNALLING)
        room = make_room(lesson)
        hold(local_cloud, room, recordings=0)
        local_cloud.playbacks(room.number)
        poll_rooms(lesson.starts_at)
        ask_for_missing(timezone.now())
        replay = Replay.objects.get(room=room)
        trash_replays([replay], person=None, at=timezone.now())
        request.getfixturevalue("a_month_later")
        monkeypatch.setattr("classroom.snapshots.rooms.describe_room", lambda *_: None)
        monkeypatch.setattr("classroom.client.playbacks.delete_playback", lambda *_: None)

        assert purge_due(timezone.now()) == 0

        assert (standing(replay), replay.purged_at) == (TRASHED, None)

    def test_room_that_is_gone_took_its_recording_with_it(self, replay, held, local_cloud, request):
        trash_replays([replay], person=None, at=timezone.now())
        local_cloud.delete_recordings(held.number)
        local_cloud.change_room(held.number, "delete")
        request.getfixturevalue("a_month_later")

        assert purge_due(timezone.now()) == 1

        assert standing(replay) == PURGED

    def test_failed_one_without_a_room_is_gone_at_once(self, request):
        replay = ReplayFactory.create(state=ReplayState.FAILED)
        trash_replays([replay], person=None, at=timezone.now())
        request.getfixturevalue("a_month_later")

        assert (purge_due(timezone.now()), standing(replay)) == (1, PURGED)

    def test_polling_asks_no_more(self, replay, local_cloud, request):
        trash_replays([replay], person=None, at=timezone.now())
        request.getfixturevalue("a_month_later")
        purge_due(timezone.now())
        before = len(local_cloud.calls())

        assert ask_for_missing(timezone.now() + DAY) == 0

        assert len(local_cloud.calls()) == before

    def test_recording_that_comes_to_light_after_all_is_deleted_again(
        self, replay, held, local_cloud, request
    ):
        trash_replays([replay], person=None, at=timezone.now())
        request.getfixturevalue("a_month_later")
        purge_due(timezone.now())
        local_cloud.record_again(held.number)
        local_cloud.recorded(held.number)

        ask(held.number, priority=Priority.BACKGROUND, source=Source.CALLBACK).apply()

        assert (standing(replay), replay.purged_at) == (TRASHED, None)
        assert purge_due(timezone.now()) == 1
        assert standing(replay) == PURGED
        states = [each["State"] for each in local_cloud.recordings(held.number)]
        assert states == ["deleted", "deleted"]

    @pytest.mark.parametrize("is_lease_over", [False, True])
    def test_recording_that_comes_to_light_before_its_deletion_is_saved_is_deleted_again(
        self, replay, held, local_cloud, request, monkeypatch, is_lease_over
    ):
        trash_replays([replay], person=None, at=timezone.now())
        request.getfixturevalue("a_month_later")
        save_gone = purge._save_gone

        def save_late(*args: Any) -> None:
            monkeypatch.setattr(purge, "_save_gone", save_gone)
            if is_lease_over:
                ReplayPurge.objects.update(leased_until=timezone.now())
                assert purge_due(timezone.now()) == 1
            local_cloud.record_again(held.number)
            local_cloud.recorded(held.number)
            ask(held.number, priority=Priority.BACKGROUND, source=Source.CALLBACK).apply()
            save_gone(*args)

        monkeypatch.setattr(purge, "_save_gone", save_late)
        assert purge_due(timezone.now()) == 0

        assert (standing(replay), replay.purged_at) == (TRASHED, None)
        with time_machine.travel(timezone.now() + 11 * MINUTE):
            assert purge_due(timezone.now()) == 1
        states = [each["State"] for each in local_cloud.recordings(held.number)]
        assert states == ["deleted", "deleted"]


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_deletion_goes_to_one_of_several_workers(self, replay, local_cloud, a_month_later):
        trash_replays([replay], person=None, at=a_month_later - 31 * DAY)

        gone = all_at_once(lambda _number: purge_due(a_month_later), range(4))

        assert sorted(gone) == [0, 0, 0, 1]
        assert len(local_cloud.calls(action="DeleteRecord")) == 1

    def test_restoring_and_deleting_end_in_one_of_the_two(
        self, replay, held, local_cloud, teacher, a_month_later
    ):
        trash_replays([replay], person=None, at=a_month_later - 31 * DAY)

        def do(what: int) -> str:
            if what:
                purge_due(a_month_later)
                return ""
            restored = restore_replays([replay], person=teacher, at=a_month_later)
            return "restored" if restored.count else "too late"

        said = all_at_once(do, range(2))

        cloud_has = [each["State"] for each in local_cloud.recordings(held.number)]
        if "restored" in said:
            assert (standing(replay), cloud_has) == (READY, ["ready"])
        else:
            assert (standing(replay), cloud_has) == (PURGED, ["deleted"])
