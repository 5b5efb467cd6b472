"""Without any callback the platform learns what became of its classes, because it asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from classroom.client.errors import CloudProtocolError
from classroom.client.rate_limits import Priority
from classroom.client.rooms import RoomListing
from classroom.client.transport import sdk_app_id
from classroom.enums import Source
from edu_platform.lib.due import SILENCES_IN_A_ROW
from schedule.enums import CloudStatus, RoomReason
from schedule.models import Lesson, Room, RoomRequest
from schedule.rooms import polling
from schedule.rooms.polling import old_open_rooms, poll_room, poll_rooms, rooms_around_now
from schedule.rooms.states import save_gone
from tests.factories.schedule import UnplannedLessonFactory
from tests.support.classes import make_room

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch):
    monkeypatch.setattr("classroom.client.transport.FIRST_WAIT_S", 0.01)


@pytest.fixture
def room(lesson, local_cloud) -> Room:
    return make_room(lesson)


def during(lesson: Lesson) -> dt.datetime:
    return lesson.starts_at + 5 * MINUTE


def test_started_class_is_seen(room, lesson, local_cloud):
    local_cloud.change_room(room.room_id, "start")
    poll_rooms(during(lesson))

    room.refresh_from_db()
    assert (room.cloud_status, room.source) == (CloudStatus.RUNNING, Source.POLL)
    assert room.real_started_at is not None


def test_class_that_ended_is_seen_with_its_real_times(room, lesson, local_cloud):
    local_cloud.change_room(room.room_id, "start")
    local_cloud.change_room(room.room_id, "end")

    poll_rooms(during(lesson))

    (in_cloud,) = local_cloud.rooms()
    room.refresh_from_db()
    assert room.cloud_status == CloudStatus.ENDED
    assert room.real_ended_at.timestamp() == in_cloud["RealEndTime"]


def test_expired_room_is_seen(room, lesson, local_cloud):
    local_cloud.change_room(room.room_id, "expire")

    poll_rooms(during(lesson))

    room.refresh_from_db()
    assert room.cloud_status == CloudStatus.EXPIRED


def test_many_rooms_take_one_call_a_hundred(lesson, local_cloud):
    for _number in range(5):
        make_room(UnplannedLessonFactory.create(starts_at=lesson.starts_at))
    before = local_cloud.calls()[-1]["n"]

    poll_rooms(during(lesson))

    assert [call["action"] for call in local_cloud.calls(before)] == ["GetRooms"]


@pytest.mark.django_db(transaction=True)
def test_room_that_somebody_is_changing_is_not_waited_for(room, lesson, local_cloud):
    if connection.vendor == "sqlite":
        pytest.skip("on SQLite transactions that write come one after the other anyway")
    asked_at = timezone.now()

    with ThreadPoolExecutor(max_workers=1) as pool, transaction.atomic():
        Room.objects.select_for_update().get(pk=room.pk)
        pool.submit(poll_rooms_apart, during(lesson)).result(timeout=20)
    room.refresh_from_db()
    noted_meanwhile = room.asked_at > asked_at
    poll_rooms(during(lesson))

    room.refresh_from_db()
    assert len(local_cloud.calls(action="GetRooms")) == 2
    assert (noted_meanwhile, room.asked_at > asked_at) == (False, True)


def poll_rooms_apart(at: dt.datetime) -> None:
    """In a thread of its own, with a connection of its own."""
    try:
        poll_rooms(at)
    finally:
        connections.close_all()


def test_rooms_beyond_the_first_page_are_seen(lesson, local_cloud, monkeypatch):
    monkeypatch.setattr("classroom.client.rooms.ROOMS_PAGE_SIZE", 2)
    rooms = [
        make_room(UnplannedLessonFactory.create(starts_at=lesson.starts_at)) for _number in range(5)
    ]
    for room in rooms:
        local_cloud.change_room(room.room_id, "start")
    before = local_cloud.calls()[-1]["n"]

    poll_rooms(during(lesson))

    assert Room.objects.filter(cloud_status=CloudStatus.RUNNING).count() == 5
    assert [call["params"]["Page"] for call in local_cloud.calls(before)] == [1, 2, 3]


def test_nothing_around_now_asks_nothing(room, lesson, local_cloud):
    before = len(local_cloud.calls())

    poll_rooms(lesson.starts_at - HOUR)

    assert len(local_cloud.calls()) == before


def test_room_that_is_listed_nowhere_is_looked_up_and_replaced(room, lesson, local_cloud):
    local_cloud.change_room(room.room_id, "delete")

    poll_rooms(lesson.starts_at - 10 * MINUTE)

    room.refresh_from_db()
    assert (room.gone_at is not None, room.is_current) == (True, False)


def test_class_held_in_a_room_that_nobody_here_made_is_adopted(room, lesson, local_cloud):
    other = make_room(UnplannedLessonFactory.create(starts_at=lesson.starts_at))
    number = other.room_id
    Room.objects.filter(pk=other.pk).update(room_id=1, gone_at=timezone.now())
    local_cloud.change_room(number, "start")

    poll_rooms(during(lesson))

    adopted = Room.objects.get(room_id=number)
    assert (adopted.reason, adopted.cloud_status) == (RoomReason.ADOPTED, CloudStatus.RUNNING)


def test_class_held_in_a_room_whose_call_was_never_answered_is_adopted_after_its_lesson(
    room, lesson, local_cloud
):
    other = make_room(UnplannedLessonFactory.create(starts_at=lesson.starts_at))
    number, now = other.room_id, timezone.now()
    Room.objects.filter(pk=other.pk).update(room_id=None)
    RoomRequest.objects.filter(room=other).update(settled_at=None)
    local_cloud.change_room(number, "start")

    poll_rooms(during(lesson))
    is_known_meanwhile = Room.objects.filter(room_id=number).exists()
    Lesson.objects.filter(rooms=other).update(starts_at=now - 45 * MINUTE, ends_at=now)
    poll_rooms(during(lesson))

    assert not is_known_meanwhile
    assert Room.objects.get(room_id=number).reason == RoomReason.ADOPTED


@pytest.mark.parametrize("goes_on", [True, False])
def test_class_held_in_a_room_that_the_cloud_denied_is_found(room, lesson, local_cloud, goes_on):
    save_gone(room.pk, asked_at=timezone.now(), source=Source.POLL)
    local_cloud.change_room(room.room_id, "start")
    if not goes_on:
        local_cloud.change_room(room.room_id, "end")

    poll_rooms(during(lesson))

    room.refresh_from_db()
    held = CloudStatus.RUNNING if goes_on else CloudStatus.ENDED
    assert (room.gone_at, room.cloud_status) == (None, held)


def test_silence_is_kept_since_its_begin_until_the_cloud_answers(room, lesson, local_cloud):
    first, second = during(lesson), during(lesson) + MINUTE
    local_cloud.switch("*", "http500")

    poll_rooms(first)
    poll_rooms(second)

    room.refresh_from_db()
    assert (room.unanswered_since, room.next_poll_at) == (
        first,
        second + dt.timedelta(seconds=30),
    )

    local_cloud.clear()
    poll_rooms(second + MINUTE)

    room.refresh_from_db()
    assert room.unanswered_since is None


def test_room_of_a_status_that_nobody_knows_holds_up_no_other(room, lesson, monkeypatch):
    strange = make_room(UnplannedLessonFactory.create(starts_at=lesson.starts_at))
    listed = room_listings(lesson, {strange.number: 7, room.number: CloudStatus.RUNNING})
    monkeypatch.setattr("classroom.client.rooms.list_rooms", lambda **_options: iter(listed))

    poll_rooms(during(lesson))

    room.refresh_from_db()
    assert (room.cloud_status, room.unanswered_since) == (CloudStatus.RUNNING, None)


@pytest.mark.parametrize("fault", [LookupError("odd"), CloudProtocolError("GetRooms", "odd")])
def test_list_that_nobody_can_read_has_rooms_asked_for_one_by_one(
    room, lesson, local_cloud, monkeypatch, fault
):
    def list_rooms(**_options: object) -> Iterator[RoomListing]:
        yield from ()
        raise fault

    monkeypatch.setattr("classroom.client.rooms.list_rooms", list_rooms)
    local_cloud.change_room(room.room_id, "start")

    poll_rooms(during(lesson))

    room.refresh_from_db()
    assert (room.cloud_status, room.unanswered_since) == (CloudStatus.RUNNING, None)


def room_listings(lesson: Lesson, statuses: dict[int, int]) -> list[RoomListing]:
    return [
        RoomListing(
            room_id=room_id,
            name="",
            status=status,
            starts_at=lesson.starts_at,
            ends_at=lesson.ends_at,
            real_started_at=None,
            real_ended_at=None,
        )
        for room_id, status in statuses.items()
    ]


def test_class_four_hours_over_is_ended(room, lesson, local_cloud):
    local_cloud.change_room(room.room_id, "start")
    poll_rooms(during(lesson))

    poll_rooms(lesson.ends_at + 4 * HOUR)

    (in_cloud,) = local_cloud.rooms()
    room.refresh_from_db()
    assert (in_cloud["Status"], room.cloud_status) == (CloudStatus.ENDED, CloudStatus.ENDED)


def test_class_less_than_four_hours_over_goes_on(room, lesson, local_cloud):
    local_cloud.change_room(room.room_id, "start")

    poll_rooms(lesson.ends_at + 4 * HOUR - MINUTE)

    (in_cloud,) = local_cloud.rooms()
    assert in_cloud["Status"] == CloudStatus.RUNNING


def test_refusal_of_one_overrun_class_holds_up_no_other(room, lesson, local_cloud):
    other = make_room(UnplannedLessonFactory.create(starts_at=lesson.starts_at))
    for each in (room, other):
        local_cloud.change_room(each.room_id, "start")
    poll_rooms(during(lesson))
    local_cloud.switch("EndRoom", "fail", code="FailedOperation", times=1)

    poll_rooms(lesson.ends_at + 4 * HOUR)

    statuses = sorted(in_cloud["Status"] for in_cloud in local_cloud.rooms())
    assert statuses == [CloudStatus.RUNNING, CloudStatus.ENDED]


class TestOldRooms:
    def test_unknown_outcome_is_asked_for_every_hour(self, room, lesson):
        late = lesson.ends_at + 6 * HOUR
        Room.objects.filter(pk=room.pk).update(asked_at=late - HOUR + MINUTE)
        assert old_open_rooms(late) == []

        assert old_open_rooms(late + MINUTE + MINUTE) == [room]

    def test_room_is_around_now_or_old_but_not_both(self, room, lesson):
        moments = [lesson.ends_at + hours * HOUR for hours in (0, 4, 5, 6)]
        Room.objects.filter(pk=room.pk).update(asked_at=lesson.starts_at)

        counts = [len(rooms_around_now(at)) + len(old_open_rooms(at)) for at in moments]

        assert counts == [1, 1, 1, 1]

    def test_never_started_class_is_asked_for_a_day_and_then_not_again(self, room, lesson):
        day_later = lesson.ends_at + DAY
        Room.objects.filter(pk=room.pk).update(asked_at=day_later - MINUTE)
        assert old_open_rooms(day_later + HOUR) == [room]

        Room.objects.filter(pk=room.pk).update(asked_at=day_later)

        assert old_open_rooms(day_later + 2 * HOUR) == []

    def test_room_of_the_past_that_nobody_asked_for_is_asked_for(self, room, lesson, local_cloud):
        local_cloud.change_room(room.room_id, "start")
        local_cloud.change_room(room.room_id, "end")
        Room.objects.filter(pk=room.pk).update(asked_at=None)

        poll_rooms(lesson.ends_at + 90 * DAY)

        room.refresh_from_db()
        assert room.cloud_status == CloudStatus.ENDED

    @pytest.mark.parametrize(
        ("kind", "asked_for"), [("garble", 2 * SILENCES_IN_A_ROW), ("http500", SILENCES_IN_A_ROW)]
    )
    def test_odd_answers_end_no_run_and_a_silent_cloud_does(
        self, lesson, local_cloud, monkeypatch, kind, asked_for
    ):
        asked: list[Room] = []

        def noted(room: Room, priority: Priority) -> None:
            asked.append(room)
            poll_room(room, priority)

        monkeypatch.setattr(polling, "poll_room", noted)
        for number in range(2 * SILENCES_IN_A_ROW):
            held = UnplannedLessonFactory.create(starts_at=lesson.starts_at)
            Room.objects.create(lesson=held, room_id=300000001 + number, sdk_app_id=sdk_app_id())
        local_cloud.switch("DescribeRoom", kind)

        poll_rooms(lesson.ends_at + 90 * DAY)

        assert len(asked) == asked_for
