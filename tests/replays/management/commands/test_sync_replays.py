"""`sync_replays` brings replays up to the cloud, tells what it changed, and loses nothing."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from classroom.enums import EventState, Outcome, Source
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay, ReplayFile
from schedule.models import Room
from schedule.rooms.making import attach_history_room
from tests.factories.classroom import CallbackEventFactory
from tests.factories.schedule import LessonFactory
from tests.support.classes import hold, make_room

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def impatient(monkeypatch, settings):
    monkeypatch.setattr("classroom.client.transport.FIRST_WAIT_S", 0.01)
    settings.REPLAY_HOSTS = ["127.0.0.1"]


@pytest.fixture
def held(lesson, local_cloud) -> Room:
    """A class that was held and recorded, of which nobody here knows yet."""
    room = make_room(lesson)
    hold(local_cloud, room)
    return room


def sync(**options: object) -> list[str]:
    stdout = io.StringIO()
    call_command("sync_replays", stdout=stdout, stderr=io.StringIO(), **options)
    return stdout.getvalue().splitlines()


def yesterday(lesson) -> None:
    """Have the lesson and its room lie in the past, as far as the platform knows."""
    day = dt.timedelta(days=2)
    Replay.objects.filter(lesson=lesson).update(
        planned_start=lesson.starts_at - day, planned_end=lesson.ends_at - day
    )


@pytest.mark.both_databases("a command of the contract")
def test_one_room_is_looked_at(held):
    lines = sync(room=held.room_id)

    replay = Replay.objects.get(room=held)
    assert lines == [
        f"{held.room_id} {replay.title}: expected (0) -> ready (1)",
        "changed=1 unchanged=0 failed=0",
    ]
    assert (replay.state, replay.found_by) == (ReplayState.READY, Source.COMMAND)


def test_second_run_changes_nothing(held):
    sync(room=held.room_id)

    assert sync(room=held.room_id) == ["changed=0 unchanged=1 failed=0"]


def test_dry_run_tells_and_changes_nothing(held):
    before = Replay.objects.values().get(room=held), Room.objects.values().get(pk=held.pk)

    lines = sync(room=held.room_id, dry_run=True)

    assert lines[-1] == "changed=1 unchanged=0 failed=0"
    assert (Replay.objects.values().get(room=held), Room.objects.values().get(pk=held.pk)) == before
    assert not ReplayFile.objects.exists()


def test_without_options_the_last_month_is_looked_at(local_cloud):
    now = timezone.now()
    start = now - dt.timedelta(days=3)
    room_id = local_cloud.add_history("旧课", int(start.timestamp()), int(start.timestamp()) + 2700)

    lines = sync()

    assert lines == [
        f"{room_id} 旧课: unknown (0) -> ready (1)",
        "changed=1 unchanged=0 failed=0",
    ]
    assert Room.objects.get(room_id=room_id).lesson is None


def test_since_a_day_leaves_earlier_classes_alone(local_cloud):
    now = timezone.now()
    start = now - dt.timedelta(days=3)
    local_cloud.add_history("旧课", int(start.timestamp()), int(start.timestamp()) + 2700)

    lines = sync(since=timezone.localdate() - dt.timedelta(days=1))

    assert lines == ["changed=0 unchanged=0 failed=0"]


def test_rooms_of_ours_that_the_cloud_does_not_list_are_looked_at(lesson, local_cloud):
    room = make_room(lesson)
    local_cloud.change_room(room.room_id, "delete")
    yesterday(lesson)

    lines = sync()

    assert lines[-1] == "changed=1 unchanged=0 failed=0"
    assert Room.objects.get(pk=room.pk).gone_at is not None


def test_files_that_the_cloud_does_not_list_are_kept(held, local_cloud):
    sync(room=held.room_id)
    local_cloud.delete_recordings(held.number)

    sync(room=held.room_id)

    file = ReplayFile.objects.get()
    assert (file.missing_since is not None, file.gone_at) == (True, None)


def test_room_that_is_not_there_fails(local_cloud):
    with pytest.raises(CommandError, match="1 rooms could not be looked at"):
        sync(room=399_999_999)


def test_room_that_an_event_found_not_to_be_ours_is_looked_at_all_the_same(held):
    Replay.objects.filter(room=held).delete()
    Room.objects.filter(pk=held.pk).update(room_id=1)
    CallbackEventFactory.create(
        room_id=held.room_id,
        state=EventState.PROCESSED,
        outcome=Outcome.UNKNOWN_ROOM,
        closed_at=timezone.now(),
    )

    assert sync(room=held.room_id)[-1] == "changed=1 unchanged=0 failed=0"


@pytest.mark.both_databases("numbers that one database refuses")
@pytest.mark.parametrize("room", ["0", "-5", "99999999999999999999", "x"])
def test_room_number_that_is_none_is_refused(room):
    with pytest.raises(CommandError, match="a room number"):
        call_command("sync_replays", "--room", room)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_day_outside_of_the_past_is_refused(day):
    with pytest.raises(CommandError, match="a day of the past"):
        call_command("sync_replays", "--since", day)


def test_history_that_the_cloud_did_not_record_says_so(lesson, local_cloud):
    start = int(timezone.now().timestamp()) - 3 * 24 * 3600
    room_id = local_cloud.add_history("旧课", start, start + 2700, DisableRecord=1)
    attach_history_room(lesson, room_id)

    sync(room=room_id)

    replay = Replay.objects.get(room__room_id=room_id)
    assert (replay.state, replay.reason) == (ReplayState.NONE, ReplayReason.NOT_RECORDED)


def test_cloud_that_does_not_answer_fails_and_changes_nothing(held, local_cloud):
    local_cloud.switch("*", "http500")

    with pytest.raises(CommandError, match="does not answer"):
        sync(room=held.room_id)

    assert Replay.objects.get(room=held).state == ReplayState.EXPECTED


def test_day_that_is_none_is_refused(local_cloud):
    with pytest.raises(CommandError, match="a day as 2024-09-02"):
        call_command("sync_replays", "--since", "yesterday")


def test_several_rooms_are_counted(held, lesson, local_cloud):
    other = make_room(LessonFactory.create(starts_at=lesson.starts_at))
    hold(local_cloud, other)
    for room in (held, other):
        yesterday(room.lesson)

    assert sync()[-1] == "changed=2 unchanged=0 failed=0"
