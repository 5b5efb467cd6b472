"""Refusals of a change of a room by the cloud: none keeps a lesson's other changes from it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.services.registration import register_again
from classroom.client import rooms as cloud_rooms
from classroom.client.rate_limits import Priority
from schedule.enums import CloudStatus, RecordMode, RoomReason, RoomType
from schedule.lessons.change import change_lesson
from schedule.models import Lesson, Room
from schedule.rooms.ahead import make_rooms_ahead
from schedule.rooms.plans import CLOUD_ROOM_TYPE, version_of_plan
from schedule.rooms.sync import sync_rooms
from schedule.rooms.time_left import LATE_START
from tests.factories.schedule import UnplannedLessonFactory
from tests.support.classes import make_room
from tests.support.cloud import LocalCloud
from tests.support.lessons import changed, later

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)
ROUND_TABLE = CLOUD_ROOM_TYPE[RoomType.ROUND_TABLE]


@pytest.fixture(autouse=True)
def quick_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classroom.client.transport.FIRST_WAIT_S", 0.01)


@pytest.fixture
def room(lesson: Lesson, local_cloud: LocalCloud) -> Room:
    return make_room(lesson)


def change(lesson: Lesson, **fields: Any) -> None:
    lesson.refresh_from_db()
    change_lesson(lesson, changed(lesson, **fields))
    lesson.refresh_from_db()


def go_on() -> None:
    """Let the workers do all that there is to do, whatever waits for another try."""
    for _run in range(3):
        Room.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
        sync_rooms(timezone.now())
        make_rooms_ahead(timezone.now())


def current(lesson: Lesson) -> Room:
    return Room.objects.current().get(lesson=lesson)


class TestReplacedRooms:
    """A room that has not begun and cannot get a type or a time makes way for another."""

    def test_lesson_that_becomes_a_round_table_gets_another_room(
        self, lesson: Lesson, room: Room, local_cloud: LocalCloud
    ) -> None:
        change(lesson, room_type=RoomType.ROUND_TABLE, title="圆桌")

        go_on()

        (in_cloud,) = local_cloud.rooms()
        made = current(lesson)
        assert (in_cloud["RoomType"], in_cloud["Name"]) == (ROUND_TABLE, "圆桌")
        assert (made.generation, made.reason) == (2, RoomReason.FROZEN)
        assert made.room_id == in_cloud["RoomId"] != room.room_id
        assert not Room.objects.to_sync().exists()

    def test_later_changes_reach_the_other_room(
        self, lesson: Lesson, room: Room, local_cloud: LocalCloud
    ) -> None:
        change(lesson, room_type=RoomType.ROUND_TABLE)
        go_on()

        change(lesson, title="改了", **later(lesson, days=1))
        go_on()

        (in_cloud,) = local_cloud.rooms()
        start_s = int(lesson.starts_at.timestamp())
        assert (in_cloud["Name"], in_cloud["StartTime"]) == ("改了", start_s)
        assert current(lesson).generation == 2

    def test_type_that_is_taken_back_and_wanted_again_is_carried_over_each_time(
        self, lesson: Lesson, room: Room, local_cloud: LocalCloud
    ) -> None:
        for room_type in (RoomType.ROUND_TABLE, RoomType.INTERACTIVE, RoomType.ROUND_TABLE):
            change(lesson, room_type=room_type)
            go_on()

            assert local_cloud.rooms()[-1]["RoomType"] == CLOUD_ROOM_TYPE[room_type]
        assert len(local_cloud.rooms()) == 1

    @pytest.mark.parametrize("is_other", [False, True], ids=["same teacher", "other teacher"])
    def test_lesson_pulled_forward_to_a_start_just_passed_gets_another_room(
        self,
        lesson: Lesson,
        room: Room,
        other_teacher: User,
        local_cloud: LocalCloud,
        *,
        is_other: bool,
    ) -> None:
        begun = timezone.now().replace(second=0, microsecond=0) - 2 * MINUTE
        teacher = other_teacher if is_other else lesson.teacher
        change(lesson, starts_at=begun, ends_at=begun + 45 * MINUTE, teacher=teacher, assistants=())

        go_on()

        (in_cloud,) = local_cloud.rooms()
        assert in_cloud["EndTime"] == int((begun + 45 * MINUTE).timestamp())
        assert in_cloud["RoomId"] != room.room_id
        assert in_cloud["TeacherId"] == teacher.classroom_identities.get().classroom_user_id

    def test_start_that_is_over_by_the_clouds_clock_brings_another_room(
        self, lesson: Lesson, room: Room, local_cloud: LocalCloud
    ) -> None:
        local_cloud.clock(120)
        soon = timezone.now().replace(microsecond=0) + MINUTE
        change(lesson, starts_at=soon, ends_at=soon + 45 * MINUTE)

        go_on()

        assert [each["RoomId"] for each in local_cloud.rooms()] != [room.room_id]
        assert not Room.objects.to_sync().exists()

    def test_change_that_books_a_room_for_too_long_brings_another_room(
        self, lesson: Lesson, room: Room, local_cloud: LocalCloud
    ) -> None:
        # As of a room that never began, and whose lesson is moved to days later and has just begun.
        local_cloud.switch("ModifyRoom", "fail", code="FailedOperation.ClassTooLong")
        change(lesson, **later(lesson, days=1))

        go_on()

        (in_cloud,) = local_cloud.rooms()
        assert in_cloud["StartTime"] == int(lesson.starts_at.timestamp())
        assert in_cloud["RoomId"] != room.room_id

    def test_other_value_that_is_refused_first_keeps_no_lesson_from_another_room(
        self, lesson: Lesson, room: Room, local_cloud: LocalCloud
    ) -> None:
        code = "InvalidParameter.DisableRecord"
        local_cloud.switch("ModifyRoom", "fail", code=code, times=1)
        begun = timezone.now().replace(second=0, microsecond=0) - 2 * MINUTE
        ends_at = begun + 45 * MINUTE
        change(lesson, starts_at=begun, ends_at=ends_at, record_mode=RecordMode.NONE)

        go_on()

        (in_cloud,) = local_cloud.rooms()
        ends_s = int(ends_at.timestamp())
        assert (in_cloud["EndTime"], in_cloud["DisableRecord"]) == (ends_s, RecordMode.NONE)
        assert current(lesson).left_out_fields == []

    def test_class_that_began_meanwhile_keeps_its_room(
        self, lesson: Lesson, room: Room, local_cloud: LocalCloud
    ) -> None:
        change(lesson, room_type=RoomType.ROUND_TABLE)
        local_cloud.change_room(room.number, "start")
        local_cloud.switch("ModifyRoom", "fail", code="InvalidParameter.RoomTypeInvalid", times=1)

        go_on()

        room.refresh_from_db()
        assert (room.is_current, room.cloud_status) == (True, CloudStatus.RUNNING)

    def test_class_that_begins_in_the_old_room_before_it_is_deleted_is_ended(
        self, lesson: Lesson, room: Room, local_cloud: LocalCloud
    ) -> None:
        change(lesson, room_type=RoomType.ROUND_TABLE)
        sync_rooms(timezone.now())
        local_cloud.change_room(room.number, "start")

        go_on()

        states = {each["RoomId"]: each["Status"] for each in local_cloud.rooms()}
        assert states == {
            room.room_id: CloudStatus.ENDED,
            current(lesson).room_id: CloudStatus.NOT_STARTED,
        }

    def test_room_is_replaced_once_for_one_state_of_the_lesson(
        self, lesson: Lesson, room: Room, local_cloud: LocalCloud
    ) -> None:
        local_cloud.switch("ModifyRoom", "fail", code="InvalidParameter.StartTime")
        change(lesson, **later(lesson, days=1))
        go_on()
        assert current(lesson).generation == 2

        # As though the cloud had lost what it was told when the room was made.
        for _time in range(2):
            Room.objects.current().filter(lesson=lesson).flag_changed(sent_starts_at=None)
            go_on()
        assert current(lesson).generation == 2

        change(lesson, **later(lesson, days=1))
        go_on()
        assert current(lesson).generation == 3

    def test_lesson_that_is_over_gets_no_other_room(
        self, lesson: Lesson, room: Room, local_cloud: LocalCloud
    ) -> None:
        over = timezone.now().replace(microsecond=0) - MINUTE
        Lesson.objects.filter(pk=lesson.pk).update(starts_at=over - 45 * MINUTE, ends_at=over)
        Room.objects.filter(pk=room.pk).flag_changed()

        go_on()

        room.refresh_from_db()
        assert (room.is_current, room.must_change_in_cloud) == (True, False)
        assert room.left_out_fields == ["ends_at"]

    def test_class_of_which_seconds_are_left_keeps_its_room(
        self, lesson: Lesson, room: Room, other_teacher: User, local_cloud: LocalCloud
    ) -> None:
        ends_at = timezone.now().replace(microsecond=0) + LATE_START
        change(lesson, starts_at=ends_at - 45 * MINUTE, ends_at=ends_at, teacher=other_teacher)

        go_on()

        (in_cloud,) = local_cloud.rooms()
        identity = other_teacher.classroom_identities.get()
        assert in_cloud["RoomId"] == current(lesson).room_id == room.room_id
        assert in_cloud["TeacherId"] == identity.classroom_user_id


class TestLeftOutValues:
    """Another refused value is left out, until the lesson changes; people and times reach the cloud."""

    @pytest.fixture
    def refused(
        self, lesson: Lesson, room: Room, other_teacher: User, local_cloud: LocalCloud
    ) -> Room:
        """A room of which the cloud refused the recording, in a change of everything."""
        code = "InvalidParameter.DisableRecord"
        local_cloud.switch("ModifyRoom", "fail", code=code, times=1)
        change(
            lesson,
            title="新题目",
            record_mode=RecordMode.NONE,
            teacher=other_teacher,
            assistants=(),
            **later(lesson, days=1),
        )
        sync_rooms(timezone.now())
        room.refresh_from_db()
        return room

    def test_people_and_times_are_sent_without_it(
        self, refused: Room, lesson: Lesson, other_teacher: User, local_cloud: LocalCloud
    ) -> None:
        (in_cloud,) = local_cloud.rooms()
        identity = other_teacher.classroom_identities.get()
        assert in_cloud["TeacherId"] == identity.classroom_user_id
        assert in_cloud["StartTime"] == int(lesson.starts_at.timestamp())
        assert in_cloud["DisableRecord"] == RecordMode.AUTOMATIC
        assert in_cloud["Name"] != "新题目"

    def test_what_was_left_out_is_noted(self, refused: Room) -> None:
        assert refused.left_out_fields == ["disable_record", "name"]
        assert (refused.must_change_in_cloud, refused.last_error) == (False, "")

    def test_it_is_not_sent_again_while_the_lesson_is_unchanged(
        self, refused: Room, local_cloud: LocalCloud
    ) -> None:
        before = len(local_cloud.calls(action="ModifyRoom"))
        Room.objects.filter(pk=refused.pk).flag_changed()

        go_on()

        assert len(local_cloud.calls(action="ModifyRoom")) == before
        assert not Room.objects.to_sync().exists()

    def test_other_people_are_sent_without_it(
        self, refused: Room, lesson: Lesson, local_cloud: LocalCloud
    ) -> None:
        identity = lesson.teacher.classroom_identities.get()
        local_cloud.delete_user(identity.classroom_user_id)
        register_again(identity, Priority.BACKGROUND)
        Room.objects.filter(pk=refused.pk).flag_changed()

        go_on()

        params = local_cloud.calls(action="ModifyRoom")[-1]["params"]
        assert set(params) == {"RoomId", "SdkAppId", "TeacherId"}

    def test_all_of_it_is_sent_when_the_lesson_changes(
        self, refused: Room, lesson: Lesson, local_cloud: LocalCloud
    ) -> None:
        change(lesson, **later(lesson, days=1))

        go_on()

        (in_cloud,) = local_cloud.rooms()
        assert (in_cloud["Name"], in_cloud["DisableRecord"]) == ("新题目", RecordMode.NONE)
        refused.refresh_from_db()
        assert (refused.left_out_fields, refused.refused_version) == ([], "")

    def test_change_that_takes_it_back_leaves_nothing_to_send(
        self, refused: Room, lesson: Lesson, local_cloud: LocalCloud
    ) -> None:
        before = refused.sent_name
        change(lesson, title=before, record_mode=RecordMode.AUTOMATIC)

        go_on()

        refused.refresh_from_db()
        assert (refused.left_out_fields, local_cloud.rooms()[0]["Name"]) == ([], before)

    def test_room_that_takes_not_even_people_and_times_fails(
        self, lesson: Lesson, room: Room, local_cloud: LocalCloud
    ) -> None:
        local_cloud.switch("ModifyRoom", "fail", code="InvalidParameterValue", times=2)
        change(lesson, title="新题目", **later(lesson, days=1))

        sync_rooms(timezone.now())

        room.refresh_from_db()
        assert "InvalidParameterValue" in room.last_error
        assert (room.must_change_in_cloud, room.left_out_fields) == (True, [])

    def test_refusal_that_is_about_no_value_is_tried_again(
        self, lesson: Lesson, room: Room, local_cloud: LocalCloud
    ) -> None:
        local_cloud.switch("ModifyRoom", "fail", code="FailedOperation", times=1)
        change(lesson, title="新题目")

        sync_rooms(timezone.now())

        room.refresh_from_db()
        assert (room.must_change_in_cloud, room.left_out_fields) == (True, [])

    def test_recording_that_full_storage_refused_and_that_is_left_out_is_still_missing(
        self, lesson: Lesson, local_cloud: LocalCloud
    ) -> None:
        local_cloud.fill_storage()
        rooms = [make_room(lesson), make_room(UnplannedLessonFactory.create())]
        code = "InvalidParameter.DisableRecord"
        local_cloud.switch("ModifyRoom", "fail", code=code, times=1)
        Room.objects.filter(pk=rooms[0].pk).flag_changed(must_ask_for_recording=True)

        sync_rooms(timezone.now())

        assert Room.objects.filter(recording_refused=True).count() == len(rooms)
        assert not Room.objects.to_sync().exists()

    def test_fallback_of_a_title_that_is_refused_too_is_left_out(
        self, lesson: Lesson, room: Room, local_cloud: LocalCloud
    ) -> None:
        local_cloud.switch("ModifyRoom", "fail", code="InvalidParameter.Content", times=2)
        change(lesson, title="新题目", **later(lesson, days=1))

        sync_rooms(timezone.now())

        room.refresh_from_db()
        assert (room.left_out_fields, room.must_change_in_cloud) == (["name"], False)
        assert local_cloud.rooms()[0]["StartTime"] == int(lesson.starts_at.timestamp())

    def test_version_counts_people_and_not_their_ids(self, lesson: Lesson) -> None:
        before = version_of_plan(lesson)

        assert version_of_plan(Lesson.objects.get(pk=lesson.pk)) == before
        lesson.assistants.clear()
        assert version_of_plan(Lesson.objects.get(pk=lesson.pk)) != before


class TestUnansweredChanges:
    """The cloud is asked whether it took a change whose answer was lost, before the next change."""

    @pytest.fixture
    def unanswered(self, lesson: Lesson, room: Room, local_cloud: LocalCloud) -> Room:
        """A room whose title the cloud took without an answer."""
        local_cloud.switch("ModifyRoom", "drop_after")
        change(lesson, title="改了")
        sync_rooms(timezone.now())
        local_cloud.clear()
        assert local_cloud.rooms()[0]["Name"] == "改了"
        return room

    def test_change_that_is_taken_back_is_taken_back_in_the_cloud(
        self, unanswered: Room, lesson: Lesson, local_cloud: LocalCloud
    ) -> None:
        change(lesson, title=unanswered.sent_name)

        go_on()

        assert local_cloud.rooms()[0]["Name"] == unanswered.sent_name
        assert Room.objects.get().is_change_unanswered is False

    def test_change_that_was_taken_is_not_sent_again(
        self, unanswered: Room, local_cloud: LocalCloud
    ) -> None:
        before = len(local_cloud.calls(action="ModifyRoom"))

        go_on()

        assert len(local_cloud.calls(action="ModifyRoom")) == before
        assert Room.objects.get().must_change_in_cloud is False

    def test_room_that_vanished_meanwhile_is_replaced(
        self, unanswered: Room, lesson: Lesson, local_cloud: LocalCloud
    ) -> None:
        local_cloud.change_room(unanswered.number, "delete")

        go_on()

        assert current(lesson).generation == 2

    def test_process_that_is_killed_while_it_waits_for_the_answer_leaves_it_open(
        self, lesson: Lesson, room: Room, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Killed(BaseException):
            pass

        def modify_and_die(
            room_id: int, changes: cloud_rooms.RoomChanges, priority: Priority
        ) -> None:
            raise Killed

        monkeypatch.setattr(cloud_rooms, "modify_room", modify_and_die)
        change(lesson, title="改了")
        with pytest.raises(Killed):
            sync_rooms(timezone.now())

        assert Room.objects.get().is_change_unanswered is True


def test_room_of_a_lost_answer_is_known_by_what_the_cloud_made(
    lesson: Lesson, local_cloud: LocalCloud
) -> None:
    local_cloud.switch("CreateRoom", "drop_after", times=1)
    local_cloud.switch("GetRooms", "http500")
    make_rooms_ahead(timezone.now())
    change(lesson, room_type=RoomType.ROUND_TABLE)
    local_cloud.clear()

    go_on()

    (in_cloud,) = local_cloud.rooms()
    assert in_cloud["RoomType"] == ROUND_TABLE
