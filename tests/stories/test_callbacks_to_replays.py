"""A class's callbacks, in any order, repeated or forged, end in what the cloud says."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import pytest
from django.utils import timezone

from classroom.enums import EventState, Outcome
from classroom.models import CallbackEvent
from classroom.services.callback_processing import process_event
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay, ReplayFile
from replays.services.polling import ask_for_missing
from schedule.enums import CloudStatus, RoomReason
from schedule.models import Lesson, Room
from schedule.rooms.polling import poll_rooms
from tests.factories.classroom import CallbackEventFactory
from tests.support.callbacks import KEY, body_of, deliver
from tests.support.classes import hold, make_room
from tests.support.cloud import SDK_APP_ID

pytestmark = pytest.mark.django_db

OF_THE_ROOM = ("RoomStart", "RoomEnd", "RecordFinish")
CLASS_TYPES = ("MemberJoin", *OF_THE_ROOM)


def is_even(order: tuple[str, ...]) -> bool:
    """Tell whether an even number of swaps makes this order."""
    pairs = itertools.combinations(map(CLASS_TYPES.index, order), 2)
    return sum(one > other for one, other in pairs) % 2 == 0


# Whichever two events and whichever two of the four moments: just one of these has them there.
ORDERS = [order for order in itertools.permutations(CLASS_TYPES) if is_even(order)]


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


@pytest.mark.parametrize("order", list(itertools.permutations(OF_THE_ROOM)), ids="-".join)
def test_events_in_any_order_end_in_the_same_state(held, order):
    # That somebody joined makes nobody look, so it does not matter where it comes.
    for event_type in ("MemberJoin", *order):
        call(event_type, held.room_id)

    assert_ready(held)


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_events_in_any_order_beside_a_class_that_goes_on(lesson, local_cloud, order):
    """Each event comes at a moment when the class may be elsewhere than the event says."""
    room = make_room(lesson)
    number = room.number
    course = (
        lambda: local_cloud.change_room(number, "start"),
        lambda: local_cloud.change_room(number, "end"),
        lambda: local_cloud.recorded(number),
        lambda: None,
    )
    for goes_on, event_type in zip(course, order, strict=True):
        goes_on()
        call(event_type, number)
    poll_and_chase(lesson)

    assert_ready(room)


def poll_and_chase(lesson: Lesson) -> None:
    """Do what the platform does every half minute; the last event may have been nobody's business."""
    poll_rooms(lesson.starts_at)
    Replay.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
    ask_for_missing(timezone.now())


def assert_ready(held: Room) -> None:
    room = Room.objects.get(pk=held.pk)
    assert standing(held) == READY
    assert room.cloud_status == CloudStatus.ENDED
    assert room.real_ended_at is not None
    assert not CallbackEvent.objects.exclude(state=EventState.PROCESSED).exists()


@pytest.mark.parametrize("late_type", ["RoomStart", "RoomExpire", "RoomEnd", "RecordFinish"])
def test_late_event_changes_nothing_any_more(held, late_type):
    call("RecordFinish", held.room_id)
    before = standing(held), Room.objects.get(pk=held.pk).cloud_status

    call(late_type, held.room_id, Late=True)

    assert (standing(held), Room.objects.get(pk=held.pk).cloud_status) == before


def test_expired_room_was_never_held(lesson, local_cloud):
    room = make_room(lesson)
    local_cloud.change_room(room.room_id, "expire")

    call("RoomExpire", room.room_id)

    assert standing(room) == (ReplayState.NONE, ReplayReason.NEVER_HELD, 0)


def test_people_who_come_and_go_cost_no_call(lesson, local_cloud):
    room = make_room(lesson)
    before = len(local_cloud.calls())

    call("MemberJoin", room.room_id, UserId="u1")
    call("MemberQuit", room.room_id, UserId="u1")

    assert len(local_cloud.calls()) == before


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


def test_known_room_that_is_another_applications_shows_nothing(held, settings):
    settings.LCIC_SDK_APP_ID = SDK_APP_ID + 1

    call("RecordFinish", held.room_id, application=SDK_APP_ID + 1)

    assert Replay.objects.filter(state=ReplayState.READY).count() == 0
    assert not ReplayFile.objects.exists()


def test_flood_of_unknown_rooms_is_not_looked_up_one_by_one(local_cloud):
    at = timezone.now()
    for room_id in range(1, 61):
        CallbackEventFactory.create(
            room_id=room_id,
            state=EventState.PROCESSED,
            outcome=Outcome.UNKNOWN_ROOM,
            closed_at=at,
        )

    call("RoomEnd", 399_999_999)

    event = CallbackEvent.objects.get(room_id=399_999_999)
    assert local_cloud.calls(action="DescribeRoom") == []
    assert (event.state, "too many unknown rooms" in event.last_error) == (
        EventState.WAITING,
        True,
    )


def test_event_that_came_before_its_time_is_looked_at_again(lesson, local_cloud):
    """Somebody who saw a signature sends the end ahead; the cloud's own delivery looks the same."""
    room = make_room(lesson)
    local_cloud.change_room(room.room_id, "start")
    coming = int(timezone.now().timestamp()) + 30
    early = body_of("RoomEnd", {"RoomId": room.room_id}, Timestamp=coming)
    deliver(early)
    process_event(CallbackEvent.objects.get().pk, at=timezone.now())
    local_cloud.change_room(room.room_id, "end")
    local_cloud.recorded(room.number)

    deliver(early)
    process_event(CallbackEvent.objects.get().pk, at=timezone.now() + dt.timedelta(seconds=1))

    assert standing(room) == READY


def test_room_of_before_there_were_replays_gets_its_own(held):
    Replay.objects.all().delete()

    call("RecordFinish", held.room_id)

    assert standing(held) == READY


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
