"""There is a replay of every class from the moment it is planned, and it follows lesson and room."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ClassroomIdentity
from classroom.enums import Source
from edu_platform.lib import batches
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay
from replays.services import state_sync
from replays.services.planning import follow_lessons, follow_rooms
from replays.services.state_sync import locked_by_key
from schedule.enums import CloudStatus, RecordMode, RoomReason, RoomType
from schedule.lessons.cancel import cancel_lesson, restore_lesson
from schedule.lessons.change import change_lesson, publish_lesson, schedule_lessons
from schedule.lessons.delete import delete_lessons
from schedule.models import Lesson, Room
from schedule.rooms.making import attach_history_room
from schedule.rooms.replacement import open_another_room
from schedule.rooms.states import RoomState, save_gone, save_room_state
from schedule.rooms.sync import sync_rooms
from tests.factories.schedule import LessonFactory, school_time
from tests.support.classes import known, make_room
from tests.support.lessons import changed

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def room(lesson, local_cloud) -> Room:
    return make_room(lesson)


def become(room: Room, status: CloudStatus, **times: Any) -> None:
    """Save a state as if the cloud had just told it."""
    state = RoomState(status=status, asked_at=timezone.now(), source=Source.POLL, **times)
    save_room_state(room.pk, state)


def only_replay() -> Replay:
    return Replay.objects.get()


def standing(replay: Replay) -> tuple[str, str]:
    return replay.state, replay.reason


class TestLessons:
    def test_planned_lesson_has_its_replay_at_once(self, lesson, teacher):
        replay = only_replay()

        assert standing(replay) == (ReplayState.EXPECTED, ReplayReason.TO_COME)
        assert (replay.lesson, replay.room, replay.title) == (lesson, None, lesson.title)
        assert (replay.teacher, replay.listed_at) == (teacher, lesson.starts_at)

    def test_draft_has_none_until_it_is_published(self, teacher):
        draft = LessonFactory.create(teacher=teacher, is_draft=True)
        assert Replay.objects.count() == 0

        publish_lesson(draft)

        assert only_replay().lesson == draft

    def test_timetable_that_comes_in_as_a_whole_has_them_too(self, lesson):
        plans = [
            changed(lesson, starts_at=school_time(day, 8), ends_at=school_time(day, 9))
            for day in (3, 4, 5)
        ]

        planned = schedule_lessons(plans)

        expected = {lesson.pk, *(each.pk for each in planned)}
        assert set(Replay.objects.values_list("lesson", flat=True)) == expected

    def test_changed_lesson_changes_what_lists_show(self, lesson, other_teacher):
        start = school_time(2, 9)
        change_lesson(
            lesson,
            changed(
                lesson,
                title="新题目",
                teacher=other_teacher,
                room_type=RoomType.LECTURE,
                starts_at=start,
                ends_at=start + 45 * MINUTE,
            ),
        )

        replay = only_replay()
        assert (replay.title, replay.teacher, replay.room_type) == (
            "新题目",
            other_teacher,
            RoomType.LECTURE,
        )
        assert (replay.planned_start, replay.listed_at) == (start, start)

    def test_lesson_that_is_not_recorded_has_none_and_says_why(self, lesson):
        change_lesson(lesson, changed(lesson, record_mode=RecordMode.NONE))

        assert standing(only_replay()) == (ReplayState.NONE, ReplayReason.NOT_RECORDED)

    def test_cancelled_lesson_has_none_until_it_is_restored(self, lesson):
        cancel_lesson(lesson, reason="老师请假", at=timezone.now())
        assert standing(only_replay()) == (ReplayState.NONE, ReplayReason.CANCELLED)

        restore_lesson(lesson)

        assert standing(only_replay()) == (ReplayState.EXPECTED, ReplayReason.TO_COME)


class TestRooms:
    def test_room_made_is_the_replays_room(self, room, lesson):
        replay = only_replay()

        assert (replay.room, replay.room_number) == (room, room.room_id)

    def test_running_class_is_being_recorded_since_it_started(self, room):
        started_at = timezone.now() - MINUTE

        become(room, CloudStatus.RUNNING, real_started_at=started_at)

        replay = only_replay()
        assert standing(replay) == (ReplayState.RECORDING, ReplayReason.RUNNING)
        assert replay.state_since == started_at

    def test_ended_class_is_asked_for_at_once(self, room):
        ended_at = timezone.now() - MINUTE

        become(room, CloudStatus.ENDED, real_ended_at=ended_at)

        replay = only_replay()
        assert standing(replay) == (ReplayState.PROCESSING, ReplayReason.ENDED)
        assert (replay.state_since, replay.made_at) == (ended_at, ended_at)
        assert known(replay.due_at) <= timezone.now()

    def test_expired_room_was_never_held(self, room):
        become(room, CloudStatus.EXPIRED)

        assert standing(only_replay()) == (ReplayState.NONE, ReplayReason.NEVER_HELD)

    def test_room_replaced_before_its_class_leaves_its_replay_to_the_next(self, room, lesson):
        save_gone(room.pk, asked_at=timezone.now(), source=Source.POLL)
        assert (only_replay().room, only_replay().state) == (None, ReplayState.EXPECTED)

        second = make_room(lesson)

        assert only_replay().room == second

    def test_room_that_leaves_after_the_next_was_made_leaves_no_second_replay(
        self, room, lesson, local_cloud
    ):
        cancel_lesson(lesson, reason="老师请假", at=timezone.now())
        restore_lesson(lesson)
        second = make_room(lesson)

        sync_rooms(timezone.now())

        assert only_replay().room == second

    def test_class_opened_again_gives_a_second_replay(self, room, lesson):
        become(room, CloudStatus.ENDED)
        open_another_room(lesson, at=lesson.starts_at)

        second = make_room(lesson)

        rooms = Replay.objects.order_by("pk").values_list("room", "state")
        assert list(rooms) == [
            (room.pk, ReplayState.PROCESSING),
            (second.pk, ReplayState.EXPECTED),
        ]

    def test_following_a_room_again_changes_nothing(self, room):
        before = Replay.objects.values().get()

        follow_rooms([room.pk])

        assert Replay.objects.values().get() == before

    def test_state_that_did_not_change_keeps_since_when(self, room):
        become(room, CloudStatus.RUNNING)
        since = only_replay().state_since

        become(room, CloudStatus.RUNNING, real_ended_at=timezone.now())

        assert only_replay().state_since == since


class TestOfADeletedLesson:
    def set_aside(self, room: Room, status: CloudStatus) -> None:
        delete_lessons(Lesson.objects.all(), at=timezone.now())
        Room.objects.update(cloud_status=status)
        follow_rooms([room.pk])

    def test_room_that_leaves_the_cloud_has_no_replay(self, room):
        self.set_aside(room, CloudStatus.NOT_STARTED)

        assert not Replay.objects.exists()

    def test_class_that_was_begun_all_the_same_has_one(self, room):
        self.set_aside(room, CloudStatus.RUNNING)

        assert only_replay().room == room

    def test_worker_takes_the_room_out_of_the_cloud(self, room, local_cloud):
        delete_lessons(Lesson.objects.all(), at=timezone.now())

        sync_rooms(timezone.now())

        room.refresh_from_db()
        assert room.gone_at is not None
        assert not Replay.objects.exists()


class TestAdopted:
    def adopt(self, teacher_user_id: str = "") -> Room:
        room = Room.objects.create(
            room_id=300_000_777,
            sdk_app_id=3520371,
            reason=RoomReason.ADOPTED,
            is_current=False,
            cloud_status=CloudStatus.ENDED,
            real_ended_at=school_time(-1, 9),
            sent_name="临时会议",
            sent_starts_at=school_time(-1, 8),
            sent_ends_at=school_time(-1, 9),
            sent_teacher_user_id=teacher_user_id,
            sent_room_type=0,
            sent_max_mic_number=1,
            sent_record_mode=RecordMode.AUTOMATIC,
        )
        follow_rooms([room.pk])
        return room

    def test_room_without_a_lesson_has_a_replay(self, db):
        self.adopt()

        replay = only_replay()
        assert (replay.lesson, replay.title, replay.room_type) == (
            None,
            "临时会议",
            RoomType.ONE_TO_ONE,
        )
        assert standing(replay) == (ReplayState.PROCESSING, ReplayReason.ENDED)

    def test_teacher_is_known_by_the_classroom_identity(self, other_teacher):
        ClassroomIdentity.objects.update_or_create(
            user=other_teacher,
            sdk_app_id=3520371,
            defaults={"classroom_user_id": "u-777", "origin_id": "o-777"},
        )

        self.adopt("u-777")

        assert only_replay().teacher == other_teacher

    def test_room_that_comes_to_belong_to_a_lesson_is_its_replay(self, lesson):
        room = self.adopt()

        attach_history_room(lesson, room.number)

        replay = only_replay()
        assert (replay.lesson, replay.room, replay.title) == (lesson, room, lesson.title)


class TestOrderOfLocks:
    """Code that takes several replays takes the lower first, so that no two wait for each other."""

    @pytest.fixture
    def turned(self, lesson, local_cloud) -> list[Room]:
        """Two rooms of which the lower has the higher replay."""
        first, second = make_room(lesson), make_room(LessonFactory.create())
        Replay.objects.filter(room=first).delete()
        follow_rooms([first.pk])
        assert Replay.objects.get(room=first).pk > Replay.objects.get(room=second).pk
        return [first, second]

    def test_of_lessons(self, turned, monkeypatch):
        taken: list[int] = []

        def take(replay_ids: Sequence[int]) -> list[Replay]:
            taken.extend(replay_ids)
            return locked_by_key(replay_ids)

        monkeypatch.setattr(state_sync, "locked_by_key", take)
        monkeypatch.setattr(batches, "VALUES_A_STATEMENT", 1)

        follow_lessons([known(room.lesson_id) for room in turned])

        assert len(taken) == 2
        assert taken == sorted(taken)

    def test_of_rooms(self, turned):
        waiting = LessonFactory.create()
        rooms = [*turned, make_room(waiting)]
        Replay.objects.filter(lesson=waiting).update(room=None)

        with CaptureQueriesContext(connection) as asked:
            follow_rooms([room.pk for room in rooms])

        first = next(query["sql"] for query in asked if 'FROM "replays_replay"' in query["sql"])
        with connection.cursor() as cursor:
            cursor.execute(first)
            locked = [row[0] for row in cursor.fetchall()]
        assert locked == sorted(Replay.objects.values_list("pk", flat=True))
        assert len(locked) == 3
