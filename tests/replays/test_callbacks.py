"""A class's callbacks, in any order, repeated or forged, end in what the cloud says."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from django.utils import timezone

from classroom.enums import EventState, Outcome, Source
from classroom.models import CallbackEvent
from classroom.services.processing import process_event
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay
from schedule.enums import CloudStatus, RoomReason
from schedule.models import Room
from tests.support.callbacks import KEY, body_of, deliver
from tests.support.classes import hold, make_room
from tests.support.cloud import SDK_APP_ID

pytestmark = pytest.mark.django_db

CLASS_TYPES = ("RoomStart", "MemberJoin", "RoomEnd", "RecordFinish")


@pytest.fixture(autouse=True)
def takes_callbacks(settings, local_cloud):
    settings.LCIC_CALLBACK_KEY = [KEY]
    settings.REPLAY_HOSTS = ["127.0.0.1"]


@pytest.fixture
def held(lesson, local_cloud) -> Room:
    """A class that was held and recorded, of which nobody here knows yet."""
    room = make_room(lesson)
    hold(local_cloud, room)
    return room


def call(event_type: str, room_id: object, *, application: int = SDK_APP_ID, **data: Any) -> None:
    """Deliver a callback, and let a worker take up what waits."""
    answer = deliver(body_of(event_type, {"RoomId": room_id, **data}, SdkAppId=application))
    assert answer.status_code == 200
    for event in CallbackEvent.objects.waiting():
        CallbackEvent.objects.update(begun_at=None)  # as if half a second had gone by
        process_event(event.pk, at=timezone.now())


def standing(room: Room) -> tuple[str, str, int]:
    replay = Replay.objects.get(room=room)
    return replay.state, replay.reason, replay.files.count()


READY = (ReplayState.READY, ReplayReason.FOUND, 1)


@pytest.mark.parametrize("order", list(itertools.permutations(CLASS_TYPES)), ids="-".join)
def test_every_order_ends_in_the_same_state(held, order):
    for event_type in order:
        call(event_type, held.room_id)

    room = Room.objects.get(pk=held.pk)
    replay = Replay.objects.get(room=held)
    assert standing(held) == READY
    assert (room.cloud_status, replay.found_by) == (CloudStatus.ENDED, Source.CALLBACK)
    assert room.real_ended_at is not None
    assert not CallbackEvent.objects.exclude(state=EventState.PROCESSED).exists()


def test_running_class_is_being_recorded(lesson, local_cloud):
    room = make_room(lesson)
    local_cloud.change_room(room.room_id, "start")

    call("RoomStart", room.room_id)

    assert standing(room) == (ReplayState.RECORDING, ReplayReason.RUNNING, 0)


def test_started_class_costs_one_call(lesson, local_cloud):
    room = make_room(lesson)
    local_cloud.change_room(room.room_id, "start")
    before = local_cloud.calls()[-1]["n"]

    call("RoomStart", room.room_id)

    assert [each["action"] for each in local_cloud.calls(before)] == ["DescribeRoom"]


def test_forged_address_is_never_shown(held, local_cloud):
    forged = "http://127.0.0.1:9/stolen/f0.mp4"

    call("RecordFinish", held.room_id, RecordUrl=forged, RecordSize=1, Duration=1)

    (recorded,) = local_cloud.recordings(held.number)
    file = Replay.objects.get(room=held).files.get()
    assert (file.url, file.size_bytes) == (recorded["RecordUrl"], recorded["RecordSize"])


def test_forged_end_of_a_running_class_changes_nothing(lesson, local_cloud):
    room = make_room(lesson)
    local_cloud.change_room(room.room_id, "start")

    call("RoomEnd", room.room_id)

    assert standing(room) == (ReplayState.RECORDING, ReplayReason.RUNNING, 0)


def test_room_number_as_text_is_understood(held):
    call("RecordFinish", str(held.room_id))

    assert standing(held) == READY


def test_unknown_event_about_a_room_makes_us_look(held):
    call("RoomSomethingNew", held.room_id)

    assert standing(held) == READY


def test_class_in_a_room_that_nobody_here_made_has_a_replay_too(held):
    number = held.room_id
    Replay.objects.filter(room=held).delete()
    Room.objects.filter(pk=held.pk).update(room_id=1)

    call("RoomEnd", number)

    adopted = Room.objects.get(room_id=number)
    assert (adopted.reason, adopted.lesson) == (RoomReason.ADOPTED, None)
    assert standing(adopted) == READY


def test_room_of_another_application_is_looked_up_once(held, local_cloud, settings):
    number = held.room_id
    Replay.objects.filter(room=held).delete()
    Room.objects.filter(pk=held.pk).update(room_id=1)
    before = len(local_cloud.calls())
    settings.LCIC_SDK_APP_ID = SDK_APP_ID + 1

    call("RoomEnd", number, application=SDK_APP_ID + 1)
    call("RecordFinish", number, application=SDK_APP_ID + 1)

    outcomes = CallbackEvent.objects.values_list("outcome", flat=True)
    assert set(outcomes) == {Outcome.UNKNOWN_ROOM}
    assert len(local_cloud.calls()) - before == 1
    assert not Room.objects.filter(room_id=number).exists()


def test_unknown_room_is_looked_up_once(local_cloud):
    call("RoomEnd", 399_999_999)
    call("RoomStart", 399_999_999)

    assert len(local_cloud.calls(action="DescribeRoom")) == 1
    assert not Room.objects.exists()


def test_late_second_recording_joins_the_first(held, local_cloud):
    call("RoomEnd", held.room_id)
    local_cloud.record_again(held.number)
    local_cloud.recorded(held.number, 2)

    call("RecordFinish", held.room_id)

    assert standing(held) == (ReplayState.READY, ReplayReason.FOUND, 2)
