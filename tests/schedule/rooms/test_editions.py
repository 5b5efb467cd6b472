"""No class fails because the school's edition (版本) in the cloud has no signalling recording."""

from __future__ import annotations

import pytest
from django.utils import timezone

from classroom.client.errors import CloudRejected, CloudUnavailable
from schedule.enums import RecordMode
from schedule.lessons.change import change_lesson
from schedule.models import Lesson, Room
from schedule.rooms.retries import ask_for_signalling_again
from schedule.rooms.sync import sync_rooms
from tests.support.classes import make_room
from tests.support.cloud import LocalCloud
from tests.support.lessons import changed

pytestmark = pytest.mark.django_db

STANDARD, ULTIMATE = 3, 4
LACKS = "UnsupportedOperation.Version"


@pytest.fixture
def lesson(lesson: Lesson) -> Lesson:
    Lesson.objects.filter(pk=lesson.pk).update(record_mode=RecordMode.SIGNALLING)
    lesson.refresh_from_db()
    return lesson


@pytest.fixture
def refused(lesson: Lesson, local_cloud: LocalCloud) -> Room:
    """The room of a class that the edition could not record by signalling."""
    local_cloud.set_edition(STANDARD)
    return make_room(lesson)


def modes(local_cloud: LocalCloud) -> list[int]:
    return [room["DisableRecord"] for room in local_cloud.rooms()]


def test_room_is_made_with_automatic_recording(refused: Room, local_cloud: LocalCloud) -> None:
    assert modes(local_cloud) == [RecordMode.AUTOMATIC]
    assert (refused.signalling_refused, refused.sent_record_mode) == (True, RecordMode.AUTOMATIC)
    assert refused.recording_refused is False


def test_edition_that_has_it_is_refused_nothing(lesson: Lesson, local_cloud: LocalCloud) -> None:
    room = make_room(lesson)

    assert modes(local_cloud) == [RecordMode.SIGNALLING]
    assert room.signalling_refused is False


def test_made_room_gets_automatic_recording_and_all_else_that_changed(
    lesson: Lesson, local_cloud: LocalCloud
) -> None:
    Lesson.objects.filter(pk=lesson.pk).update(record_mode=RecordMode.NONE)
    room = make_room(Lesson.objects.get(pk=lesson.pk))
    local_cloud.set_edition(STANDARD)
    lesson.refresh_from_db()
    plan = changed(lesson, record_mode=RecordMode.SIGNALLING, title="改了")
    change_lesson(lesson, plan)

    sync_rooms(timezone.now())

    (in_cloud,) = local_cloud.rooms()
    assert (in_cloud["DisableRecord"], in_cloud["Name"]) == (RecordMode.AUTOMATIC, "改了")
    room.refresh_from_db()
    assert (room.signalling_refused, room.left_out_fields) == (True, [])
    assert room.must_change_in_cloud is False


def test_storage_that_is_full_too_leaves_the_class_without_recording(
    lesson: Lesson, local_cloud: LocalCloud
) -> None:
    local_cloud.set_edition(STANDARD)
    local_cloud.fill_storage()

    room = make_room(lesson)

    assert modes(local_cloud) == [RecordMode.NONE]
    assert (room.signalling_refused, room.recording_refused) == (True, True)


def test_refusal_is_known_to_whoever_finds_the_room_later(
    lesson: Lesson, local_cloud: LocalCloud
) -> None:
    local_cloud.set_edition(STANDARD)
    local_cloud.switch("CreateRoom", "fail", code=LACKS, times=1)
    local_cloud.switch("CreateRoom", "drop_after", times=1)
    local_cloud.switch("GetRooms", "http500")
    with pytest.raises(CloudUnavailable):
        make_room(lesson)
    local_cloud.clear()

    room = make_room(Lesson.objects.get(pk=lesson.pk))
    sync_rooms(timezone.now())

    room.refresh_from_db()
    assert (room.signalling_refused, room.must_change_in_cloud) == (True, False)
    assert modes(local_cloud) == [RecordMode.AUTOMATIC]


def test_bought_edition_is_asked_again_by_hand(refused: Room, local_cloud: LocalCloud) -> None:
    local_cloud.set_edition(ULTIMATE)

    ask_for_signalling_again()
    sync_rooms(timezone.now())

    assert modes(local_cloud) == [RecordMode.SIGNALLING]
    refused.refresh_from_db()
    assert refused.signalling_refused is False


def test_asking_again_in_vain_leaves_all_as_it_is(refused: Room, local_cloud: LocalCloud) -> None:
    ask_for_signalling_again()
    sync_rooms(timezone.now())

    assert modes(local_cloud) == [RecordMode.AUTOMATIC]
    refused.refresh_from_db()
    assert (refused.signalling_refused, refused.must_change_in_cloud) == (True, False)


def test_planner_who_plans_automatic_recording_ends_the_refusal(
    refused: Room, lesson: Lesson
) -> None:
    change_lesson(lesson, changed(lesson, record_mode=RecordMode.AUTOMATIC))

    sync_rooms(timezone.now())

    refused.refresh_from_db()
    assert refused.signalling_refused is False


def test_other_things_that_an_edition_lacks_are_refused(
    lesson: Lesson, local_cloud: LocalCloud
) -> None:
    Lesson.objects.filter(pk=lesson.pk).update(record_mode=RecordMode.AUTOMATIC)
    local_cloud.switch("CreateRoom", "fail", code=LACKS, times=1)

    with pytest.raises(CloudRejected):
        make_room(Lesson.objects.get(pk=lesson.pk))
