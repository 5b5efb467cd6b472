"""No class fails because the cloud has no room for its recording."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from classroom.client.errors import CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.rooms import describe_room
from schedule import tasks
from schedule.enums import RecordMode, RoomReason
from schedule.models import Lesson, Room
from schedule.rooms.ahead import make_rooms_ahead
from schedule.rooms.making import ensure_room
from schedule.rooms.sync import ask_again_for_recordings, sync_rooms
from tests.factories.schedule import UnplannedLessonFactory
from tests.support.cloud import LocalCloud

pytestmark = pytest.mark.django_db

FULL = "ResourceInsufficient.Record"
DAY = dt.timedelta(days=1)


def make(lesson: Lesson) -> Room:
    return ensure_room(
        lesson, priority=Priority.INTERACTIVE, reason=RoomReason.INTERACTIVE, at=timezone.now()
    )


def record_mode_in_cloud(room: Room) -> int:
    details = describe_room(room.number, Priority.BACKGROUND)
    assert details is not None
    return details.disable_record


@pytest.fixture
def refused(lesson: Lesson, local_cloud: LocalCloud) -> Room:
    """The room of a class that the cloud could not record."""
    local_cloud.fill_storage()
    return make(lesson)


def test_one_room_is_made_without_recording(refused, local_cloud):
    assert (refused.sent_record_mode, refused.recording_refused) == (RecordMode.NONE, True)
    assert record_mode_in_cloud(refused) == RecordMode.NONE
    assert len(local_cloud.rooms()) == 1
    assert refused.requests.filter(settled_at=None).count() == 0


def test_other_recordings_are_refused_the_same_way_and_none_is_refused_nothing(local_cloud):
    local_cloud.fill_storage()
    expected = {
        RecordMode.MANUAL: (RecordMode.NONE, True),
        RecordMode.SIGNALLING: (RecordMode.NONE, True),
        RecordMode.NONE: (RecordMode.NONE, False),
    }

    made = {mode: make(UnplannedLessonFactory.create(record_mode=mode)) for mode in expected}

    assert {
        mode: (room.sent_record_mode, room.recording_refused) for mode, room in made.items()
    } == expected


def test_title_is_mended_beside(lesson, local_cloud):
    local_cloud.fill_storage()
    local_cloud.words(lesson.title)

    room = make(lesson)

    assert (room.refused_name, room.recording_refused) == (lesson.title, True)


def test_answer_that_is_lost_leaves_the_refusal_known(lesson, local_cloud):
    local_cloud.fill_storage()
    local_cloud.switch("CreateRoom", "fail", code=FULL, times=1)
    local_cloud.switch("CreateRoom", "drop_after", times=1)

    room = make(lesson)

    assert (room.sent_record_mode, room.recording_refused) == (RecordMode.NONE, True)
    assert len(local_cloud.rooms()) == 1


def test_refusal_is_known_to_whoever_finds_the_room_later(lesson, local_cloud):
    local_cloud.fill_storage()
    local_cloud.switch("CreateRoom", "fail", code=FULL, times=1)
    local_cloud.switch("CreateRoom", "drop_after", times=1)
    local_cloud.switch("GetRooms", "http500")
    with pytest.raises(CloudUnavailable):
        make(lesson)
    local_cloud.clear()

    room = make(Lesson.objects.get(pk=lesson.pk))

    assert (room.sent_record_mode, room.recording_refused) == (RecordMode.NONE, True)
    assert len(local_cloud.rooms()) == 1


def test_found_room_that_nobody_wanted_recorded_was_refused_nothing(lesson, local_cloud):
    Lesson.objects.filter(pk=lesson.pk).update(record_mode=RecordMode.NONE)
    local_cloud.switch("CreateRoom", "drop_after", times=1)
    local_cloud.switch("GetRooms", "http500")
    with pytest.raises(CloudUnavailable):
        make(Lesson.objects.get(pk=lesson.pk))
    local_cloud.clear()
    Lesson.objects.filter(pk=lesson.pk).update(record_mode=RecordMode.AUTOMATIC)

    room = make(Lesson.objects.get(pk=lesson.pk))

    assert (room.sent_record_mode, room.recording_refused) == (RecordMode.NONE, False)
    sync_rooms(timezone.now())
    assert record_mode_in_cloud(room) == RecordMode.AUTOMATIC


class TestAskingAgain:
    """Refused rooms are asked for again, also when no other room is made."""

    @pytest.fixture
    def both(self, refused: Room, lesson: Lesson) -> tuple[Room, Room]:
        """Two refused rooms, the earlier one first; neither begins soon."""
        starts_at = timezone.now().replace(microsecond=0) + 5 * DAY
        Lesson.objects.filter(pk=lesson.pk).update(
            starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=1)
        )
        return refused, make(UnplannedLessonFactory.create(starts_at=starts_at + DAY))

    def modes(self, rooms: tuple[Room, ...]) -> list[int]:
        return [record_mode_in_cloud(room) for room in rooms]

    def flags(self, rooms: tuple[Room, ...]) -> list[tuple[bool, bool]]:
        found = [Room.objects.get(pk=room.pk) for room in rooms]
        return [(room.recording_refused, room.must_ask_for_recording) for room in found]

    def test_begins_with_the_earliest(self, both):
        tasks.ask_again_for_recordings()

        assert self.flags(both) == [(True, True), (True, False)]

    def test_frees_the_others_once_the_cloud_takes_one(self, both, local_cloud):
        local_cloud.fill_storage(is_full=False)
        ask_again_for_recordings(timezone.now())

        sync_rooms(timezone.now())
        sync_rooms(timezone.now())

        assert self.flags(both) == [(False, False), (False, False)]
        assert self.modes(both) == [RecordMode.AUTOMATIC] * 2

    def test_leaves_all_as_they_are_while_it_refuses(self, both, local_cloud):
        local_cloud.switch("ModifyRoom", "fail", code=FULL, times=1)
        ask_again_for_recordings(timezone.now())

        sync_rooms(timezone.now())

        assert self.flags(both) == [(True, False), (True, False)]
        assert self.modes(both) == [RecordMode.NONE] * 2

    def test_asks_for_all_that_begin_soon(self, both):
        ask_again_for_recordings(both[1].lesson.starts_at - dt.timedelta(hours=1, minutes=30))
        # The earlier one was to begin before that.
        assert self.flags(both) == [(True, False), (True, True)]

        ask_again_for_recordings(both[0].lesson.starts_at - dt.timedelta(minutes=5))
        assert self.flags(both) == [(True, True), (True, True)]

    def test_leaves_out_what_is_not_to_come(self, refused):
        there = Room.objects.filter(pk=refused.pk)
        before = there.values("cloud_status", "is_current", "recording_refused").get()
        for change in ({"cloud_status": 1}, {"is_current": False}, {"recording_refused": False}):
            there.update(**{**before, **change})

            ask_again_for_recordings(refused.lesson.starts_at - DAY)

            assert Room.objects.filter(must_ask_for_recording=True).count() == 0, change

    def test_is_a_matter_of_the_clock(self):
        schedule: dict[str, Any] = settings.CELERY_BEAT_SCHEDULE
        (entry,) = (
            each
            for each in schedule.values()
            if each["task"] == tasks.ask_again_for_recordings.name
        )

        assert entry["options"]["expires"] > 0


def test_other_changes_go_on_without_it(refused, lesson, local_cloud):
    Lesson.objects.filter(pk=lesson.pk).update(title="另一讲")
    Room.objects.filter(pk=refused.pk).update(must_change_in_cloud=True)

    sync_rooms(timezone.now())

    refused.refresh_from_db()
    assert (refused.sent_name, refused.must_change_in_cloud) == ("另一讲", False)
    assert (refused.recording_refused, record_mode_in_cloud(refused)) == (True, RecordMode.NONE)


def test_as_soon_as_the_cloud_records_another_it_is_recorded_too(refused, lesson, local_cloud):
    local_cloud.fill_storage(is_full=False)
    UnplannedLessonFactory.create(starts_at=lesson.starts_at + DAY)

    make_rooms_ahead(timezone.now())
    sync_rooms(timezone.now())

    refused.refresh_from_db()
    assert (refused.sent_record_mode, refused.recording_refused) == (RecordMode.AUTOMATIC, False)
    assert record_mode_in_cloud(refused) == RecordMode.AUTOMATIC


def test_class_that_has_begun_is_left_as_it_is(refused, lesson, local_cloud):
    local_cloud.fill_storage(is_full=False)
    local_cloud.change_room(refused.number, "start")
    UnplannedLessonFactory.create(starts_at=lesson.starts_at + DAY)

    make_rooms_ahead(timezone.now())
    sync_rooms(timezone.now())

    refused.refresh_from_db()
    assert (refused.sent_record_mode, refused.recording_refused) == (RecordMode.NONE, True)
    assert refused.is_current


def test_recording_that_is_refused_again_stays_refused(refused, lesson, local_cloud):
    Room.objects.filter(pk=refused.pk).update(
        must_ask_for_recording=True, must_change_in_cloud=True
    )
    Lesson.objects.filter(pk=lesson.pk).update(title="另一讲")
    local_cloud.switch("ModifyRoom", "fail", code=FULL, times=1)

    sync_rooms(timezone.now())

    refused.refresh_from_db()
    assert (refused.sent_name, refused.recording_refused) == ("另一讲", True)
    assert (refused.must_ask_for_recording, refused.must_change_in_cloud) == (False, False)


def test_planner_who_switches_recording_off_ends_the_refusal(refused, lesson):
    Lesson.objects.filter(pk=lesson.pk).update(record_mode=RecordMode.NONE)
    Room.objects.filter(pk=refused.pk).update(must_change_in_cloud=True)

    sync_rooms(timezone.now())

    refused.refresh_from_db()
    assert (refused.sent_record_mode, refused.recording_refused) == (RecordMode.NONE, False)
