"""One room of the cloud for each lesson, whatever goes wrong on the way."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts.models import SchoolSettings
from classroom.client import rooms as cloud_rooms
from classroom.client.errors import CloudRejected, CloudUnavailable
from classroom.client.rate_limits import Priority
from edu_platform.lib.leases import LeasedQuerySet
from schedule.enums import CloudStatus, RoomReason, RoomType
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.change import change_lesson
from schedule.models import Course, Lesson, Room, RoomRequest
from schedule.rooms import ahead, making, replacement, requests
from schedule.rooms.ahead import make_rooms_ahead
from schedule.rooms.making import LessonWithdrawn, ensure_room
from schedule.rooms.replacement import RoomStillOpen, open_another_room
from schedule.rooms.requests import RoomBeingMade
from schedule.rooms.sync import sync_rooms
from schedule.rooms.time_left import NoTimeLeft
from tests.factories.schedule import UnplannedLessonFactory, school_time
from tests.support.cloud import LocalCloud
from tests.support.lessons import changed, later
from tests.support.threads import all_at_once
from tests.support.variants import variant

pytestmark = pytest.mark.django_db


def make(lesson: Lesson, at: dt.datetime | None = None) -> Room:
    return ensure_room(
        lesson,
        priority=Priority.INTERACTIVE,
        reason=RoomReason.INTERACTIVE,
        at=at or timezone.now(),
    )


def seconds(moment: dt.datetime) -> int:
    return int(moment.timestamp())


@pytest.fixture
def begun_lesson(teacher, class_group):
    """Began ten minutes ago, and lasts another half hour."""
    now = timezone.now().replace(microsecond=0)
    return UnplannedLessonFactory.create(
        teacher=teacher,
        class_groups=[class_group],
        starts_at=now - dt.timedelta(minutes=10),
        ends_at=now + dt.timedelta(minutes=30),
    )


class TestMaking:
    def test_lesson_changed_since_it_was_read_gets_the_room_that_it_needs_now(
        self, lesson, other_teacher, local_cloud
    ):
        as_read = Lesson.objects.get()
        wanted = changed(lesson, title="新的题目", teacher=other_teacher, **later(lesson, days=1))
        change_lesson(lesson, wanted)

        make(as_read)

        (in_cloud,) = local_cloud.rooms()
        assert (in_cloud["Name"], in_cloud["StartTime"], in_cloud["TeacherId"]) == (
            "新的题目",
            seconds(wanted.starts_at),
            other_teacher.classroom_identities.get().classroom_user_id,
        )

    def test_room_holds_what_the_lesson_says(self, lesson, teacher, assistant, local_cloud):
        room = make(lesson)

        (in_cloud,) = local_cloud.rooms()
        assert in_cloud["RoomId"] == room.room_id
        assert in_cloud["Name"] == lesson.title
        assert in_cloud["StartTime"] == seconds(lesson.starts_at)
        assert in_cloud["EndTime"] == seconds(lesson.ends_at)
        assert in_cloud["TeacherId"] == teacher.classroom_identities.get().classroom_user_id
        assert in_cloud["Assistants"] == [assistant.classroom_identities.get().classroom_user_id]
        assert in_cloud["EndDelayTime"] == 30

        # A second call finds it without the cloud.
        calls_before = len(local_cloud.calls())
        assert make(lesson) == room
        assert len(local_cloud.calls()) == calls_before

    def test_room_type_in_the_cloud_numbers(self, local_cloud):
        expected = {
            RoomType.INTERACTIVE: (0, 6),
            RoomType.LECTURE: (1, 1),
            RoomType.ONE_TO_ONE: (0, 1),
            RoomType.ROUND_TABLE: (3, 6),
        }
        made = {
            each: make(UnplannedLessonFactory.create(room_type=each)).room_id for each in expected
        }

        there = {found["RoomId"]: found for found in local_cloud.rooms()}
        numbers = {
            room_type: (there[room_id]["RoomType"], there[room_id]["MaxMicNumber"])
            for room_type, room_id in made.items()
        }
        assert numbers == expected

    def test_lectures_of_a_school_without_a_stage_have_no_seat(self, local_cloud):
        SchoolSettings.objects.create(pk=1, lecture_mic_number=0)

        make(UnplannedLessonFactory.create(room_type=RoomType.LECTURE))

        (in_cloud,) = local_cloud.rooms()
        assert (in_cloud["RoomType"], in_cloud["MaxMicNumber"]) == (1, 0)

    def test_many_seats_take_standard_resolution(self, lesson, local_cloud):
        SchoolSettings.objects.create(pk=1, max_mic_number=12, resolution=3)

        make(lesson)

        (in_cloud,) = local_cloud.rooms()
        assert (in_cloud["MaxMicNumber"], in_cloud["Resolution"]) == (12, 1)

    def test_late_room_starts_in_a_moment_and_keeps_the_planned_end(
        self, begun_lesson, local_cloud
    ):
        make(begun_lesson)

        (in_cloud,) = local_cloud.rooms()
        assert 0 < in_cloud["StartTime"] - seconds(timezone.now()) <= 31
        assert in_cloud["EndTime"] == seconds(begun_lesson.ends_at)

    @pytest.mark.parametrize("offset_s", [-240, 45, 240])
    def test_clocks_of_cloud_and_school_may_differ(self, offset_s, begun_lesson, local_cloud):
        local_cloud.clock(offset_s)

        assert make(begun_lesson).is_made

    def test_no_room_after_the_planned_end(self, begun_lesson, local_cloud):
        with pytest.raises(NoTimeLeft):
            make(begun_lesson, at=begun_lesson.ends_at)

        assert local_cloud.rooms() == []

    def test_course_code_and_time_that_are_refused_too_are_not_asked_for_again(
        self, lesson, local_cloud
    ):
        local_cloud.switch("CreateRoom", "fail", code="InvalidParameter.Content")

        with pytest.raises(CloudRejected):
            make(lesson)

        assert len(local_cloud.calls(action="CreateRoom")) == 2

    def test_refused_title_becomes_course_code_and_time(self, lesson, local_cloud):
        local_cloud.words(lesson.course.name)

        room = make(lesson)

        local = timezone.localtime(lesson.starts_at)
        assert room.sent_name == f"{lesson.course.code} {local:%m%d-%H%M}"
        assert room.refused_name == lesson.title
        assert [found["Name"] for found in local_cloud.rooms()] == [room.sent_name]

    def test_teacher_forgotten_by_the_cloud_is_registered_again(self, lesson, teacher, local_cloud):
        make(UnplannedLessonFactory.create(teacher=teacher, starts_at=school_time(2, 8)))
        forgotten = teacher.classroom_identities.get().classroom_user_id
        local_cloud.delete_user(forgotten)

        room = make(lesson)

        now_known = teacher.classroom_identities.get().classroom_user_id
        assert now_known != forgotten
        assert room.sent_teacher_user_id == now_known

    def test_refusal_is_kept_and_not_asked_again_at_once_ahead(self, lesson, local_cloud):
        local_cloud.switch("CreateRoom", "fail", code="ResourceInsufficient.Room")
        with pytest.raises(CloudRejected):
            make(lesson)
        calls_before = len(local_cloud.calls(action="CreateRoom"))

        make_rooms_ahead(timezone.now())

        row = Room.objects.get()
        assert row.room_id is None
        assert "ResourceInsufficient.Room" in row.last_error
        assert len(local_cloud.calls(action="CreateRoom")) == calls_before

    def test_person_at_the_door_may_ask_again_after_a_refusal(self, lesson, local_cloud):
        local_cloud.switch("CreateRoom", "fail", code="ResourceInsufficient.Room", times=1)
        with pytest.raises(CloudRejected):
            make(lesson)

        assert make(lesson).is_made


class TestCancelledMeanwhile:
    """The lesson was read before somebody cancelled it."""

    def test_no_room_is_made(self, lesson, local_cloud):
        cancel_lesson(lesson, reason="", at=timezone.now())

        with pytest.raises(LessonWithdrawn):
            make(lesson)

        assert not Room.objects.exists()
        assert local_cloud.rooms() == []

    def test_room_on_its_way_out_is_not_used(self, lesson, local_cloud):
        make(lesson)
        cancel_lesson(lesson, reason="", at=timezone.now())

        with pytest.raises(LessonWithdrawn):
            make(lesson)

    def test_room_that_is_gone_has_no_next_one(self, lesson, local_cloud):
        room = make(lesson)
        cancel_lesson(lesson, reason="", at=timezone.now())

        replacement.replace_room(room, RoomReason.VANISHED)
        sync_rooms(timezone.now())

        assert Room.objects.get().is_current is False
        assert local_cloud.rooms() == []

    def test_run_ahead_goes_on(self, lesson, local_cloud, monkeypatch):
        other = UnplannedLessonFactory.create(starts_at=lesson.starts_at + dt.timedelta(hours=2))
        cancel_lesson(lesson, reason="", at=timezone.now())
        monkeypatch.setattr(ahead, "_lessons_without_room", lambda at: [lesson, other])

        assert make_rooms_ahead(timezone.now()) == 1


class TestAnotherRoom:
    @pytest.mark.both_databases("a constraint with a condition")
    @pytest.mark.parametrize("status", [CloudStatus.ENDED, CloudStatus.EXPIRED])
    def test_closed_lesson_gets_the_next_generation(self, status, lesson, local_cloud):
        first = make(lesson)
        Room.objects.update(cloud_status=status)

        open_another_room(lesson, at=timezone.now())
        second = make(lesson)

        first.refresh_from_db()
        assert (first.is_current, second.is_current) == (False, True)
        assert (second.generation, second.reason) == (2, RoomReason.REOPENED)
        assert second.room_id != first.room_id

    def test_open_room_stays_and_a_running_class_is_left_only_when_asked_for(
        self, lesson, local_cloud
    ):
        room = make(lesson)
        for status in (CloudStatus.NOT_STARTED, CloudStatus.RUNNING):
            Room.objects.update(cloud_status=status)

            with variant(status), pytest.raises(RoomStillOpen):
                open_another_room(lesson, at=timezone.now())

            assert Room.objects.get() == room, status

        open_another_room(lesson, at=timezone.now(), may_leave_running=True)

        assert make(lesson).reason == RoomReason.FROZEN

    def test_lesson_without_a_room_needs_none(self, lesson):
        open_another_room(lesson, at=timezone.now())

        assert not Room.objects.exists()

    def test_lesson_that_is_over_gets_none(self, begun_lesson, local_cloud):
        with pytest.raises(NoTimeLeft):
            open_another_room(begun_lesson, at=begun_lesson.ends_at)


@pytest.mark.both_databases("many write at once")
@pytest.mark.django_db(transaction=True)
class TestManyAtOnce:
    def test_many_who_ask_at_once_get_one_room(self, lesson, local_cloud: LocalCloud):
        found = all_at_once(lambda _number: make(lesson).room_id, range(15))

        assert len(set(found)) == 1
        assert len(local_cloud.rooms()) == 1
        assert Room.objects.count() == 1

    def test_abandoned_lease_runs_out(self, lesson, local_cloud):
        row = Room.objects.create(
            lesson=lesson,
            sdk_app_id=1,
            lease_token="killed",
            leased_until=timezone.now() - dt.timedelta(seconds=1),
        )

        assert make(lesson).pk == row.pk

    def test_room_whose_maker_lost_the_database_after_saving_it_is_not_leased(
        self, lesson, local_cloud, monkeypatch
    ):
        def fail(*_args):
            raise OperationalError

        monkeypatch.setattr(requests, "_settle", fail)
        monkeypatch.setattr(LeasedQuerySet, "release", fail)

        with pytest.raises(OperationalError):
            make(lesson)

        room = Room.objects.get()
        assert room.is_made
        assert (room.lease_token, room.leased_until) == ("", None)

    def test_room_made_after_its_lease_ran_out_is_one_too_many(
        self, lesson, local_cloud, monkeypatch
    ):
        real = cloud_rooms.create_room
        winners: list[Room] = []

        def slow(plan, priority):
            room_id = real(plan, priority)
            monkeypatch.setattr(cloud_rooms, "create_room", real)
            # Meanwhile the lease runs out, and the next in line makes a room without seeing ours.
            Room.objects.update(leased_until=timezone.now() - dt.timedelta(seconds=1))
            RoomRequest.objects.update(settled_at=timezone.now())
            winners.append(make(lesson))
            return room_id

        monkeypatch.setattr(cloud_rooms, "create_room", slow)

        room = make(lesson)

        assert room == winners[0]
        assert [found["RoomId"] for found in local_cloud.rooms()] == [room.room_id]

    def test_room_that_the_next_in_line_found_is_not_deleted_by_the_slow_one(
        self, lesson, local_cloud, monkeypatch
    ):
        real = cloud_rooms.create_room

        def slow(plan, priority):
            room_id = real(plan, priority)
            Room.objects.update(leased_until=timezone.now() - dt.timedelta(seconds=1))
            assert make(lesson).room_id == room_id
            return room_id

        monkeypatch.setattr(cloud_rooms, "create_room", slow)

        room = make(lesson)

        assert [found["RoomId"] for found in local_cloud.rooms()] == [room.room_id]

    def test_room_that_is_found_after_the_lease_ran_out_may_be_the_next_ones_and_stays(
        self, lesson, local_cloud, monkeypatch
    ):
        local_cloud.switch("CreateRoom", "drop_after", times=1)
        real = cloud_rooms.list_rooms

        def slow(**period):
            Room.objects.update(lease_token="theirs")
            return real(**period)

        monkeypatch.setattr(cloud_rooms, "list_rooms", slow)

        with pytest.raises(RoomBeingMade):
            make(lesson)

        assert len(local_cloud.rooms()) == 1

    def test_room_that_is_made_after_the_lease_ran_out_stays_for_the_next_in_line_to_find(
        self, lesson, local_cloud, monkeypatch
    ):
        real = cloud_rooms.create_room

        def slow(plan, priority):
            monkeypatch.setattr(cloud_rooms, "create_room", real)
            Room.objects.update(lease_token="theirs")
            return real(plan, priority)

        monkeypatch.setattr(cloud_rooms, "create_room", slow)
        with pytest.raises(RoomBeingMade):
            make(lesson)
        Room.objects.update(lease_token="", leased_until=None)

        room = make(lesson)

        assert [found["RoomId"] for found in local_cloud.rooms()] == [room.room_id]
        assert len(local_cloud.calls(action="CreateRoom")) == 1

    def test_held_lease_is_waited_for_and_then_given_up(self, lesson, local_cloud, monkeypatch):
        monkeypatch.setattr(making, "WAIT_FOR_OTHERS_S", 0.5)
        Room.objects.create(
            lesson=lesson,
            sdk_app_id=1,
            lease_token="somebody",
            leased_until=timezone.now() + dt.timedelta(minutes=1),
        )

        with pytest.raises(CloudUnavailable):
            make(lesson)

    def test_failure_of_the_one_who_asks_reaches_those_who_wait(
        self, lesson, local_cloud, monkeypatch
    ):
        monkeypatch.setattr("classroom.client.transport.FIRST_WAIT_S", 0.01)
        local_cloud.switch("CreateRoom", "http500")
        local_cloud.switch("GetRooms", "http500")

        def ask(_number: int) -> str:
            try:
                make(lesson)
            except CloudUnavailable:
                return "unavailable"
            return "made"

        assert set(all_at_once(ask, range(12))) == {"unavailable"}
        assert len(local_cloud.calls(action="CreateRoom")) < 12


def test_course_code_is_plain(db):
    assert Course.objects.create(name="语文课").code.isascii()
