"""Lessons that are deleted with their rooms, and what stays of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from classroom.client import rooms as cloud_rooms
from classroom.client.rate_limits import Priority
from courseware.models import Binding
from replays.models import Replay
from schedule.enums import ChangeKind, CloudStatus, RoomReason
from schedule.history.snapshots import snapshot_of
from schedule.history.telling_rules import CALENDARS_TOLD_FOR
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.delete import LessonBegun, delete_lessons, forget_old_deletions
from schedule.models import (
    DeletedLesson,
    LastEntry,
    Lesson,
    LessonChange,
    Occupation,
    PlanningAction,
    Room,
    RoomRequest,
)
from schedule.rooms import making, requests
from schedule.rooms.making import LessonWithdrawn, ensure_room
from schedule.rooms.sync import sync_rooms
from tests.factories.courseware import BindingFactory
from tests.factories.replays import ReplayFileFactory
from tests.factories.schedule import LessonFactory
from tests.support.variants import variant

pytestmark = pytest.mark.django_db


def delete(*doomed: Lesson, action: PlanningAction | None = None) -> None:
    delete_lessons(doomed, at=timezone.now(), action=action)


def room_of(lesson: Lesson, **fields: object) -> Room:
    return Room.objects.create(lesson=lesson, sdk_app_id=1, **fields)


class TestDeleted:
    def test_published_lesson_leaves_what_calendars_have_to_hear(
        self, lesson, teacher, assistant, class_group
    ):
        cancel_lesson(lesson, reason="", at=timezone.now())
        lesson.refresh_from_db()

        delete(lesson)

        stone = DeletedLesson.objects.get()
        assert not Lesson.objects.exists()
        assert (stone.code, stone.sequence) == (lesson.code, lesson.sequence + 1)
        assert (stone.course_name, stone.title) == ("语文课", lesson.title)
        assert (stone.teacher, [*stone.assistants.all()]) == (teacher, [assistant])
        assert list(stone.class_groups.all()) == [class_group]
        assert (stone.starts_at, stone.ends_at) == (lesson.starts_at, lesson.ends_at)

    def test_history_keeps_what_it_was(self, lesson, planner):
        before = snapshot_of(lesson)

        delete(lesson, action=PlanningAction(by=planner, reason="录错了"))

        row = LessonChange.objects.latest("pk")
        assert (row.kinds, row.lesson, row.lesson_code) == (
            [ChangeKind.DELETED],
            None,
            lesson.code,
        )
        assert (row.was, row.became) == (before, None)
        assert (row.action.by, row.action.reason) == (planner, "录错了")

    def test_draft_leaves_its_history_alone(self, teacher):
        draft = LessonFactory.create(is_draft=True)

        delete(draft)

        assert not Lesson.objects.exists()
        assert not DeletedLesson.objects.exists()
        assert LessonChange.objects.latest("pk").kinds == [ChangeKind.DELETED]

    def test_draft_of_the_past_is_deleted(self, teacher):
        draft = LessonFactory.create(is_draft=True)
        Lesson.objects.update(starts_at=timezone.now() - dt.timedelta(days=1))

        delete(draft)

        assert not Lesson.objects.exists()

    def test_everybody_is_free(self, lesson, student):
        LastEntry.objects.create(user=student, lesson=lesson, entered_at=timezone.now())

        delete(lesson)

        assert not Occupation.objects.exists()
        assert not LastEntry.objects.exists()

    def test_several_share_an_action(self, lesson, teacher):
        other = LessonFactory.create(teacher=teacher)
        action = PlanningAction()

        delete(lesson, other, action=action)

        assert action.changes.count() == 2

    def test_second_time_is_no_fault(self, lesson):
        delete(lesson)
        delete(lesson)

        assert DeletedLesson.objects.count() == 1


class TestRefused:
    def test_lesson_whose_class_was_begun_stays(self, lesson):
        room = room_of(lesson, room_id=5)
        for status in (CloudStatus.RUNNING, CloudStatus.ENDED):
            for is_current in (True, False):
                Room.objects.filter(pk=room.pk).update(cloud_status=status, is_current=is_current)

                with variant(status, is_current), pytest.raises(LessonBegun):
                    delete(lesson)

                assert Lesson.objects.exists(), (status, is_current)

    def test_lesson_whose_time_has_come_stays(self, lesson):
        Lesson.objects.update(starts_at=timezone.now())

        with pytest.raises(LessonBegun) as refused:
            delete(lesson)

        assert refused.value.lesson == lesson

    def test_one_of_several_keeps_all(self, lesson, teacher):
        begun = LessonFactory.create(teacher=teacher)
        room_of(begun, room_id=5, cloud_status=CloudStatus.RUNNING)

        with pytest.raises(LessonBegun):
            delete(lesson, begun)

        assert Lesson.objects.count() == 2
        assert not DeletedLesson.objects.exists()
        assert not LessonChange.objects.filter(after=None).exists()


class TestRooms:
    def test_made_room_has_to_leave_the_cloud(self, lesson):
        room = room_of(lesson, room_id=5, must_change_in_cloud=True)

        delete(lesson)

        room.refresh_from_db()
        assert (room.lesson, room.is_current) == (None, False)
        assert (room.must_leave_cloud, room.must_change_in_cloud) == (True, False)
        assert list(Room.objects.to_sync().due(timezone.now())) == [room]

    def test_room_that_nobody_asked_for_is_gone(self, lesson):
        room_of(lesson)

        delete(lesson)

        assert not Room.objects.exists()

    def test_room_that_the_cloud_may_have_made_is_looked_after(self, lesson):
        room = room_of(lesson)
        RoomRequest.objects.create(
            room=room,
            teacher_user_id="t",
            starts_at=lesson.starts_at,
            ends_at=lesson.ends_at,
            sent_at=timezone.now(),
        )

        delete(lesson)

        room.refresh_from_db()
        assert (room.lesson, room.must_leave_cloud) == (None, True)

    @pytest.mark.parametrize(
        "gone", [{"gone_at": timezone.now()}, {"cloud_status": CloudStatus.EXPIRED}]
    )
    def test_what_left_the_cloud_already_stays_away(self, lesson, gone):
        room_of(lesson, room_id=5, is_current=False, **gone)

        delete(lesson)

        assert not Room.objects.filter(must_leave_cloud=True).exists()

    def test_room_that_is_to_be_made_is_not(self, lesson):
        there = Lesson.objects.get()
        delete(lesson)

        with pytest.raises(LessonWithdrawn):
            ensure_room(
                there, priority=Priority.BACKGROUND, reason=RoomReason.AHEAD, at=timezone.now()
            )


class TestWhatHeldIt:
    def test_expected_replay_goes_with_it(self, lesson):
        room_of(lesson, room_id=5)
        Replay.objects.update(room=Room.objects.get())

        delete(lesson)

        assert not Replay.objects.exists()

    def test_lesson_whose_replay_has_a_file_stays(self, lesson):
        ReplayFileFactory.create(replay=Replay.objects.get())

        with pytest.raises(LessonBegun) as refused:
            delete(lesson)

        assert refused.value.lesson == lesson
        assert Replay.objects.get().lesson == lesson

    def test_courseware_is_no_longer_bound(self, lesson):
        BindingFactory.create(lesson=lesson)

        delete(lesson)

        assert not Binding.objects.exists()


def test_forgotten_after_a_while(lesson, teacher):
    young = LessonFactory.create(teacher=teacher)
    at = timezone.now()
    delete_lessons([lesson], at=at - CALENDARS_TOLD_FOR - dt.timedelta(seconds=1))
    delete_lessons([young], at=at - CALENDARS_TOLD_FOR + dt.timedelta(minutes=1))

    forget_old_deletions(at, CALENDARS_TOLD_FOR)

    assert [stone.code for stone in DeletedLesson.objects.all()] == [young.code]


# Foreign keys are looked at when a transaction ends.
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("module", "name"),
    [
        (making, "_lease"),
        (making, "make_room"),
        (requests, "_request_room"),
        (cloud_rooms, "create_room"),
    ],
    ids=["before", "leased", "before the call", "in the call"],
)
def test_who_makes_its_room_meanwhile_learns_that_it_is_gone(
    lesson, local_cloud, monkeypatch, module, name
):
    go_on = getattr(module, name)

    def delete_first(*asked: Any) -> Any:
        delete(lesson)
        return go_on(*asked)

    monkeypatch.setattr(module, name, delete_first)

    with pytest.raises(LessonWithdrawn):
        ensure_room(
            lesson, priority=Priority.INTERACTIVE, reason=RoomReason.AHEAD, at=timezone.now()
        )

    # Nothing stays in the cloud.
    sync_rooms(timezone.now())
    assert not Room.objects.filter(gone_at=None).exists()
