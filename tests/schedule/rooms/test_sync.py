"""Changed and cancelled lessons reach the cloud, and failures wait their turn."""

from __future__ import annotations

import datetime as dt
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import SchoolSettings
from classroom.client.rate_limits import Priority
from schedule.enums import CloudStatus, LessonState, RecordMode, RoomReason, RoomType
from schedule.lessons.cancel import cancel_lesson, restore_lesson
from schedule.lessons.change import change_lesson
from schedule.models import Lesson, Room, WeeklyLesson
from schedule.rooms.ahead import make_rooms_ahead
from schedule.rooms.making import ensure_room
from schedule.rooms.sync import sync_rooms
from tests.factories.schedule import UnplannedLessonFactory, WeeklyLessonFactory, school_time
from tests.support.classes import make_room
from tests.support.historic_models import models_before
from tests.support.lessons import changed

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def room(lesson, local_cloud):
    return make_room(lesson)


@pytest.fixture
def sync(monkeypatch):
    monkeypatch.setattr("classroom.client.transport.FIRST_WAIT_S", 0.01)
    return lambda: sync_rooms(timezone.now())


def change(lesson, **fields):
    lesson.refresh_from_db()
    change_lesson(lesson, changed(lesson, **fields))


def test_moved_lesson_is_moved_in_the_cloud(lesson, room, sync, local_cloud):
    change(lesson, starts_at=school_time(2, 9), ends_at=school_time(2, 9, 45))

    sync()

    (in_cloud,) = local_cloud.rooms()
    assert in_cloud["StartTime"] == int(school_time(2, 9).timestamp())
    assert in_cloud["EndTime"] == int(school_time(2, 9, 45).timestamp())
    room.refresh_from_db()
    assert room.must_change_in_cloud is False


def test_only_differences_are_sent_and_nothing_when_nothing_is_due(lesson, room, sync, local_cloud):
    before = len(local_cloud.calls())
    sync()
    assert len(local_cloud.calls()) == before
    change(lesson, title="新题目")

    sync()

    (call,) = local_cloud.calls(action="ModifyRoom")
    assert set(call["params"]) == {"RoomId", "SdkAppId", "Name"}


def test_new_room_type_brings_its_seats(sync, local_cloud):
    expected = {
        (RoomType.ONE_TO_ONE, RoomType.INTERACTIVE): 6,
        (RoomType.INTERACTIVE, RoomType.ONE_TO_ONE): 1,
        (RoomType.INTERACTIVE, RoomType.LECTURE): 1,
    }
    made = {
        (before, after): UnplannedLessonFactory.create(room_type=before)
        for before, after in expected
    }
    make_rooms_ahead(timezone.now())
    for (_before, after), lesson in made.items():
        change(lesson, room_type=after)

    sync()

    seats = {in_cloud["RoomId"]: in_cloud["MaxMicNumber"] for in_cloud in local_cloud.rooms()}
    assert {
        types: seats[Room.objects.get(lesson=lesson).room_id] for types, lesson in made.items()
    } == expected


def test_seats_bring_the_resolution_that_they_need(lesson, sync, local_cloud):
    SchoolSettings.objects.create(pk=1, max_mic_number=12, resolution=3)
    Lesson.objects.filter(pk=lesson.pk).update(room_type=RoomType.LECTURE)
    make_room(lesson)
    change(lesson, room_type=RoomType.INTERACTIVE)

    sync()

    (in_cloud,) = local_cloud.rooms()
    assert (in_cloud["RoomType"], in_cloud["MaxMicNumber"], in_cloud["Resolution"]) == (0, 12, 1)


def test_a_changed_way_of_recording_brings_its_layout(sync, local_cloud):
    SchoolSettings.objects.create(pk=1, record_layout=4)
    # The way before, the one after; and, in the cloud, these two, and what ModifyRoom says of both.
    automatic, by_hand, nothing = (0, 4), (2, 9), (1, 4)
    cases = [(automatic, by_hand), (by_hand, automatic), (by_hand, nothing), (nothing, by_hand)]
    made = [
        UnplannedLessonFactory.create(record_mode=before) for (before, _layout), _after in cases
    ]
    make_rooms_ahead(timezone.now())
    in_cloud = {room["RoomId"]: room for room in local_cloud.rooms()}
    rooms = [Room.objects.get(lesson=lesson).room_id for lesson in made]
    recordings = [(in_cloud[pk]["DisableRecord"], in_cloud[pk]["RecordLayout"]) for pk in rooms]
    assert recordings == [before for before, _after in cases]
    for lesson, (_before, (after, _layout)) in zip(made, cases, strict=True):
        change(lesson, record_mode=after)

    sync()

    calls = {
        call["params"]["RoomId"]: call["params"] for call in local_cloud.calls(action="ModifyRoom")
    }
    sent = [(calls[pk]["DisableRecord"], calls[pk]["RecordLayout"]) for pk in rooms]
    assert sent == [after for _before, after in cases]
    assert not Room.objects.to_sync().exists()


def test_lessons_to_come_that_were_recorded_by_hand_record_themselves_in_the_cloud_too(
    sync, local_cloud
):
    at = timezone.now()
    soon, running, in_time = (UnplannedLessonFactory.create() for _number in range(3))
    Lesson.objects.update(record_mode=RecordMode.MANUAL)
    rooms = {lesson.pk: make_room(lesson) for lesson in (soon, running, in_time)}
    local_cloud.change_room(rooms[running.pk].room_id, "start")
    Room.objects.filter(lesson=running).update(cloud_status=CloudStatus.RUNNING)
    Lesson.objects.filter(pk=in_time.pk).update(starts_at=at - HOUR)
    over, cancelled = (
        UnplannedLessonFactory.create(record_mode=RecordMode.MANUAL) for _number in range(2)
    )
    Lesson.objects.filter(pk=over.pk).update(starts_at=at - 2 * HOUR, ends_at=at - HOUR)
    Lesson.objects.filter(pk=cancelled.pk).update(state=LessonState.CANCELLED)
    weekly_lesson = WeeklyLessonFactory.create(record_mode=RecordMode.MANUAL)
    migration = import_module("schedule.migrations.0028_no_recording_by_hand")

    models = models_before("schedule", "0028_no_recording_by_hand")
    for _time in range(2):
        migration.replace(models, SimpleNamespace(connection=connection))

    of_before = Lesson.objects.filter(record_mode=RecordMode.MANUAL)
    assert set(of_before) == {running, over}
    assert WeeklyLesson.objects.get(pk=weekly_lesson.pk).record_mode == RecordMode.AUTOMATIC
    assert set(Room.objects.to_sync().values_list("lesson", flat=True)) == {soon.pk, in_time.pk}
    sync()
    modes = {room["RoomId"]: room["DisableRecord"] for room in local_cloud.rooms()}
    assert {pk: modes[room.room_id] for pk, room in rooms.items()} == {
        soon.pk: RecordMode.AUTOMATIC,
        in_time.pk: RecordMode.AUTOMATIC,
        running.pk: RecordMode.MANUAL,
    }
    assert not Room.objects.to_sync().exists()


def test_substitute_teacher_becomes_the_rooms_teacher(
    lesson, room, other_teacher, sync, local_cloud
):
    change(lesson, teacher=other_teacher, assistants=())

    sync()

    (in_cloud,) = local_cloud.rooms()
    assert in_cloud["TeacherId"] == other_teacher.classroom_identities.get().classroom_user_id
    assert in_cloud["Assistants"] == []


def test_cancelled_lesson_leaves_the_cloud(lesson, room, sync, local_cloud):
    cancel_lesson(lesson, reason="老师请假", at=timezone.now())

    sync()

    assert local_cloud.rooms() == []
    room.refresh_from_db()
    assert (room.is_current, room.must_leave_cloud) == (False, False)


def test_running_class_of_a_cancelled_lesson_is_ended(lesson, room, sync, local_cloud):
    local_cloud.change_room(room.room_id, "start")
    cancel_lesson(lesson, reason="停电", at=timezone.now())

    sync()

    (in_cloud,) = local_cloud.rooms()
    assert in_cloud["Status"] == CloudStatus.ENDED


def test_room_of_a_cancelled_lesson_that_vanished_is_fine(lesson, room, sync, local_cloud):
    local_cloud.change_room(room.room_id, "delete")
    cancel_lesson(lesson, reason="", at=timezone.now())

    sync()

    room.refresh_from_db()
    assert room.must_leave_cloud is False


def test_restored_lesson_gets_another_room_and_the_old_one_goes(lesson, room, sync, local_cloud):
    cancel_lesson(lesson, reason="", at=timezone.now())
    restore_lesson(lesson)

    make_rooms_ahead(timezone.now())
    sync()

    current = Room.objects.current().get(lesson=lesson)
    assert current.room_id != room.room_id
    assert [in_cloud["RoomId"] for in_cloud in local_cloud.rooms()] == [current.room_id]


def test_change_of_a_vanished_room_makes_another(lesson, room, sync, local_cloud):
    local_cloud.change_room(room.room_id, "delete")
    change(lesson, title="新题目")

    sync()
    make_rooms_ahead(timezone.now())

    current = Room.objects.current().get(lesson=lesson)
    assert (current.generation, current.reason) == (2, RoomReason.VANISHED)
    assert [in_cloud["Name"] for in_cloud in local_cloud.rooms()] == ["新题目"]


def test_change_of_an_expired_room_makes_another(lesson, room, sync, local_cloud):
    local_cloud.change_room(room.room_id, "expire")
    change(lesson, title="新题目")

    sync()

    room.refresh_from_db()
    assert (room.is_current, room.cloud_status) == (False, CloudStatus.EXPIRED)


def test_title_of_a_running_class_is_changed(lesson, room, sync, local_cloud):
    local_cloud.change_room(room.room_id, "start")
    change(lesson, title="新题目")

    sync()

    (in_cloud,) = local_cloud.rooms()
    assert in_cloud["Name"] == "新题目"


def test_teacher_changed_after_the_class_began_unseen_gets_another_room(
    lesson, room, other_teacher, sync, local_cloud
):
    local_cloud.change_room(room.room_id, "start")
    change(lesson, teacher=other_teacher, assistants=())

    sync()
    make_rooms_ahead(timezone.now())

    current = Room.objects.current().get(lesson=lesson)
    assert (current.generation, current.reason) == (2, RoomReason.FROZEN)


def test_end_changed_after_the_class_began_unseen_keeps_the_room(lesson, room, sync, local_cloud):
    local_cloud.change_room(room.room_id, "start")
    change(lesson, ends_at=school_time(1, 9))

    sync()

    room.refresh_from_db()
    assert (room.is_current, room.cloud_status) == (True, CloudStatus.RUNNING)
    assert room.must_change_in_cloud is False


def test_refused_title_is_replaced_by_plain_words(lesson, room, sync, local_cloud):
    local_cloud.words("违禁")
    change(lesson, title="违禁的题目")

    sync()

    (in_cloud,) = local_cloud.rooms()
    assert in_cloud["Name"].startswith(lesson.course.code)
    room.refresh_from_db()
    assert room.must_change_in_cloud is False


def test_forgotten_teacher_is_registered_again(lesson, room, teacher, sync, local_cloud):
    forgotten = teacher.classroom_identities.get().classroom_user_id
    local_cloud.delete_user(forgotten)
    change(lesson, assistants=(), starts_at=school_time(2, 8), ends_at=school_time(2, 9))
    Room.objects.update(sent_teacher_user_id="")

    sync()

    (in_cloud,) = local_cloud.rooms()
    now_known = teacher.classroom_identities.get().classroom_user_id
    assert in_cloud["TeacherId"] == now_known != forgotten


def test_failure_waits_longer_each_time_and_is_carried_over_in_the_end(
    lesson, room, sync, local_cloud
):
    local_cloud.switch("ModifyRoom", "http500")
    change(lesson, title="新题目")
    waits = []
    for _try in range(3):
        sync()
        room.refresh_from_db()
        waits.append(room.due_at - room.failed_at)
        Room.objects.update(due_at=None)

    assert waits[0] < waits[1] < waits[2]
    assert "ModifyRoom" in room.last_error
    local_cloud.clear()
    sync()
    assert [in_cloud["Name"] for in_cloud in local_cloud.rooms()] == ["新题目"]


def test_room_whose_turn_has_not_come_is_left_alone(lesson, room, sync, local_cloud):
    change(lesson, title="新题目")
    Room.objects.update(due_at=timezone.now() + dt.timedelta(minutes=5))

    sync()

    assert local_cloud.calls(action="ModifyRoom") == []


def test_one_bad_room_does_not_hold_up_the_others(lesson, room, sync, local_cloud):
    other = UnplannedLessonFactory.create(starts_at=school_time(4, 8))
    ensure_room(other, priority=Priority.BACKGROUND, reason=RoomReason.AHEAD, at=timezone.now())
    local_cloud.switch("ModifyRoom", "fail", code="InvalidParameter", times=1)
    change(lesson, title="第一")
    change(other, title="第二")

    sync()

    assert "第二" in {in_cloud["Name"] for in_cloud in local_cloud.rooms()}


def test_cloud_that_does_not_answer_is_asked_once_a_run(lesson, room, sync, local_cloud):
    other = UnplannedLessonFactory.create(starts_at=school_time(4, 8))
    ensure_room(other, priority=Priority.BACKGROUND, reason=RoomReason.AHEAD, at=timezone.now())
    change(lesson, title="第一")
    change(other, title="第二")
    local_cloud.switch("ModifyRoom", "http500")

    sync()

    asked = {call["params"]["RoomId"] for call in local_cloud.calls(action="ModifyRoom")}
    assert asked == {room.room_id}
    local_cloud.clear()
    sync()
    assert "第二" in {in_cloud["Name"] for in_cloud in local_cloud.rooms()}
