"""Alarms are raised at their minutes, once a lesson and kind, and end by themselves."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from attendance.alarms.facts import read_facts
from attendance.alarms.watching import forget_over, settle, watch_due, watch_over_new
from attendance.enums import AlarmEnd, AlarmKind, MemberRole
from attendance.models import Alarm, LessonWatch, RoomPresence
from attendance.presence.looking import look_due
from classroom.client import clock_difference
from classroom.client.rate_limits import Priority
from schedule.enums import LessonState, RecordMode
from schedule.lessons.cancel import cancel_lesson
from schedule.models import Lesson, ManualRecording, Room
from tests.factories.schedule import LessonFactory, UnplannedLessonFactory
from tests.support.guests import guest_of
from tests.support.running_class import (
    MINUTE,
    PeopleInside,
    RunningClass,
    member,
    running_class,
)
from tests.support.threads import all_at_once

pytestmark = pytest.mark.django_db

SECOND = dt.timedelta(seconds=1)


def actions(running: RunningClass) -> list[str]:
    return [call["action"] for call in running.cloud.calls()]


def test_class_that_nobody_starts_is_told_of_and_is_over_when_it_starts(running: RunningClass):
    running.judge_every([-1, 4.9])
    too_early = running.alarms()
    running.judge(5)
    raised = running.alarms()
    running.begin(8)
    running.judge(8.1)

    assert (too_early, raised) == ({}, {"not_started": (5, "")})
    assert running.alarms() == {"not_started": (5, AlarmEnd.CAUSE_GONE)}
    assert running.looks == 0
    assert Alarm.objects.get().due_at is not None


def test_one_list_of_the_cloud_tells_of_all_classes_that_have_not_begun(
    running: RunningClass, people_inside: PeopleInside
):
    for _number in range(4):
        last = running_class(running.cloud, people_inside)
    before = actions(running)

    last.judge(5)

    assert Alarm.objects.count() == 5
    assert actions(running)[len(before) :] == ["GetRooms"]


def test_nobody_looks_at_the_board_so_each_class_is_looked_at_once_at_each_minute(
    running: RunningClass,
):
    running.begin()
    running.let_in(running.teacher(), running.student())

    running.judge_every(third / 3 for third in range(1, 3 * 45))

    assert running.alarms() == {}
    # At 5, 10, 15 and so on, until the end.
    assert running.looks == 8
    assert set(running.people.priorities) == {Priority.CLASS_ENDED}


def test_teacher_who_goes_is_missed_after_five_minutes_and_the_alarm_ends_when_they_are_back(
    running: RunningClass,
):
    running.begin()
    teacher, student = running.teacher(), running.student()
    running.let_in(teacher, student)
    running.judge(5)
    gone_at = running.at(7)
    running.let_in(
        member(teacher.user_id, MemberRole.TEACHER, is_inside=False, left_at=gone_at), student
    )

    running.judge_every([10, 11, 11.9])
    before = running.alarms()
    running.judge(12)
    raised = running.alarms()
    running.let_in(teacher, student)
    with time_machine.travel(running.at(12.5)):
        look_due(timezone.now())
    running.judge(12.6)

    assert (before, raised) == ({}, {"teacher_missing": (12, "")})
    assert running.alarms() == {"teacher_missing": (12, AlarmEnd.CAUSE_GONE)}


@pytest.mark.parametrize("off_minutes", [-10, 10])
@pytest.mark.parametrize("is_new_worker", [True, False])
def test_teacher_is_not_missed_sooner_or_later_where_the_clouds_clock_is_off(
    running: RunningClass, off_minutes: int, *, is_new_worker: bool
):
    running.cloud.clock(60 * off_minutes)
    running.begin(4)
    if is_new_worker:
        clock_difference._seen.clear()
    running.let_in(running.student())

    running.judge_every([5, 8.9])
    too_early = running.alarms()
    running.judge(9.1)

    assert (too_early, running.alarms()) == ({}, {"teacher_missing": (9, "")})


def test_departure_is_told_by_our_clock(running: RunningClass):
    running.cloud.clock(-600)
    running.begin()
    running.let_in(running.student(), running.teacher())
    running.judge(5)
    gone = dataclasses.replace(running.teacher(), is_inside=False, left_at=running.at(-2))
    running.let_in(running.student(), gone)
    running.judge_every([10, 12.9])
    too_early = running.alarms()
    running.judge(13.1)

    assert (too_early, running.alarms()) == ({}, {"teacher_missing": (13, "")})


def test_open_alarm_about_people_is_looked_after_every_twenty_seconds(running: RunningClass):
    running.begin()
    running.let_in(running.student())
    running.judge(5)
    after_raising = running.looks

    for seconds in range(1, 66):
        with time_machine.travel(running.at(5) + seconds * SECOND):
            look_due(timezone.now())

    assert (after_raising, running.looks) == (1, 4)


def test_class_without_students_is_told_of_and_supervisors_are_none(running: RunningClass):
    running.begin()
    running.let_in(running.teacher(), member("walks-by", MemberRole.SUPERVISOR))

    running.judge_every([5, 10])

    assert running.alarms() == {"empty": (10, "")}


def test_class_with_a_guest_alone_is_without_students(running: RunningClass):
    guest_of(running.lesson, user_id="guest")
    running.begin()
    running.let_in(running.teacher(), member("guest"))

    running.judge_every([5, 10])
    raised = running.alarms()
    running.let_in(running.teacher(), member("guest"), running.student())
    with time_machine.travel(running.at(11)):
        look_due(timezone.now())
    running.judge(11.1)

    assert raised == {"empty": (10, "")}
    assert running.alarms() == {"empty": (10, AlarmEnd.CAUSE_GONE)}


def test_students_who_go_later_make_no_empty_class(running: RunningClass):
    running.begin()
    running.let_in(running.teacher(), running.student())
    running.judge_every([5, 10])
    running.let_in(running.teacher())

    running.judge_every([15, 20])

    assert running.alarms() == {}


def test_silent_cloud_raises_nothing_and_is_asked_again(running: RunningClass):
    running.begin()
    running.people.is_silent = True
    running.judge_every([5, 5.5, 6])
    in_silence = running.alarms()
    running.people.is_silent = False
    running.let_in(running.student())
    running.judge(6.5)

    assert (in_silence, running.alarms()) == ({}, {"teacher_missing": (6, "")})


def test_class_that_ended_without_a_word_raises_nothing_and_is_known_to_be_over(
    running: RunningClass,
):
    running.begin()
    running.people.over.add(running.room.number)
    running.cloud.change_room(running.room.number, "end")

    running.judge(5)

    running.room.refresh_from_db()
    assert running.room.real_ended_at is not None
    assert running.alarms() == {}
    assert not RoomPresence.objects.exists()


def test_class_that_a_look_shows_to_be_over_raises_nothing_before_its_room_is_known_to_be(
    running: RunningClass,
):
    running.begin()
    running.people.over.add(running.room.number)
    running.cloud.switch("DescribeRoom", "http500")

    running.judge_every([5, 5.5])

    running.room.refresh_from_db()
    assert running.room.real_ended_at is None
    assert running.alarms() == {}


def test_class_that_is_made_without_recording_is_told_of(running: RunningClass):
    running.begin()
    Room.objects.filter(pk=running.room.pk).update(recording_refused=True)
    running.let_in(running.teacher(), running.student())

    running.judge_every([4, 5])

    assert running.alarms() == {"not_recorded": (5, "")}


def test_recording_by_hand_ends_the_alarm_that_nobody_has_started_one(running: RunningClass):
    Lesson.objects.filter(pk=running.lesson.pk).update(record_mode=RecordMode.MANUAL)
    running.begin()
    running.let_in(running.teacher(), running.student())
    running.judge(5)
    raised = running.alarms()
    recording = ManualRecording.objects.create(
        room=running.room,
        asked_at=running.at(6),
        started_at=running.at(6),
        started_by=running.lesson.teacher,
    )
    running.judge(6.5)
    ended = running.alarms()
    recording.stopped_at, recording.stopped_by = running.at(30), running.lesson.teacher
    recording.save()
    running.judge(31)

    assert raised == {"not_recorded": (5, "")}
    assert ended == running.alarms() == {"not_recorded": (5, AlarmEnd.CAUSE_GONE)}


def test_class_that_runs_into_the_next_lesson_of_somebody_inside(running: RunningClass):
    next_starts = running.at(60)
    LessonFactory.create(
        class_groups=[running.lesson.class_groups.get()],
        starts_at=next_starts,
        ends_at=next_starts + 45 * MINUTE,
    )
    running.begin()
    running.let_in(running.teacher(), running.student())
    running.judge_every([*range(5, 46, 5), 47, 57])
    before = running.alarms()
    running.judge(58)
    raised = running.alarms()
    running.end(59)
    running.judge(59.1)

    assert (before, raised) == ({}, {"running_over": (58, "")})
    assert running.alarms() == {"running_over": (58, AlarmEnd.CLASS_OVER)}


def test_class_that_runs_over_with_nobody_who_is_missed_elsewhere(running: RunningClass):
    running.begin()
    running.let_in(running.teacher())

    running.judge_every([10, 45, 47, 52, 57])

    assert "running_over" not in running.alarms()


def test_room_that_cannot_be_made_is_told_of_at_once_and_over_when_it_is(running: RunningClass):
    Room.objects.filter(pk=running.room.pk).update(
        must_change_in_cloud=True, last_error="refused", failed_at=running.at(-20)
    )
    running.judge(-15)
    raised = running.alarms()
    Room.objects.filter(pk=running.room.pk).update(must_change_in_cloud=False, last_error="")
    running.judge(-14.5)

    assert raised == {"cannot_be_opened": (-15, "")}
    assert running.alarms() == {"cannot_be_opened": (-15, AlarmEnd.CAUSE_GONE)}


def test_cancelled_lesson_ends_its_alarms_at_once(running: RunningClass):
    running.judge(5)
    with time_machine.travel(running.at(6)):
        cancel_lesson(running.lesson, reason="老师请假", at=timezone.now())
    running.judge(6.1)

    assert running.alarms() == {"not_started": (5, AlarmEnd.LESSON_CHANGED)}


def test_alarm_of_a_moved_lesson_is_raised_again_at_its_new_time(running: RunningClass):
    running.judge(5)
    alarm = Alarm.objects.get()
    Lesson.objects.filter(pk=running.lesson.pk).update(
        starts_at=running.at(60), ends_at=running.at(105)
    )
    LessonWatch.objects.update(due_at=running.at(6))
    running.judge_every([6])
    moved = Alarm.objects.get().end
    running.judge_every([30, 65])

    again = Alarm.objects.get()
    assert (moved, again.pk, again.end) == (AlarmEnd.LESSON_CHANGED, alarm.pk, "")
    assert again.certain_at == running.at(65)


def test_room_of_a_moved_lesson_that_fails_again_is_told_of_at_once(running: RunningClass):
    fails = {"must_change_in_cloud": True, "last_error": "refused"}
    before = running.at(-20)
    alarm = Alarm.objects.create(
        lesson=running.lesson,
        kind=AlarmKind.CANNOT_BE_OPENED,
        certain_at=before,
        raised_at=before,
        ended_at=before,
        end=AlarmEnd.LESSON_CHANGED,
    )
    running.judge(-10)
    Room.objects.filter(pk=running.room.pk).update(**fails, failed_at=running.at(-8))

    running.judge(-7.8)

    alarm.refresh_from_db()
    assert (alarm.end, alarm.certain_at) == ("", running.at(-8))


def test_worker_that_was_killed_leaves_a_lesson_that_is_judged_again(running: RunningClass):
    with time_machine.travel(running.at(5)):
        watch_over_new(timezone.now())
        watch = LessonWatch.objects.get()
        LessonWatch.objects.all().lease(watch, 2 * MINUTE, at=timezone.now())
    running.judge(6)
    while_leased = running.alarms()
    running.judge(7.1)

    assert (while_leased, running.alarms()) == ({}, {"not_started": (7, "")})


def test_facts_of_many_lessons_cost_as_many_queries_as_those_of_one(db: None):
    lessons = [UnplannedLessonFactory.create() for _number in range(12)]

    def queries(count: int) -> int:
        with CaptureQueriesContext(connection) as asked:
            read_facts([lesson.pk for lesson in lessons[:count]], timezone.now())
        return len(asked)

    assert queries(12) == queries(1) <= 6


def test_what_is_over_is_forgotten(running: RunningClass):
    running.judge(5)
    RoomPresence.objects.create(room=running.room)

    with time_machine.travel(running.at(45) + 12 * 60 * MINUTE):
        forget_over(timezone.now())

    assert not RoomPresence.objects.exists()
    assert not LessonWatch.objects.exists()
    assert Alarm.objects.exists()


def test_draft_is_not_watched(running: RunningClass):
    Lesson.objects.update(state=LessonState.DRAFT)

    running.judge_every([0, 5])

    assert running.alarms() == {}


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases("transactions that write come one after the other on SQLite")
def test_two_workers_raise_one_alarm(running: RunningClass):
    with time_machine.travel(running.at(5), tick=False):
        watch_over_new(timezone.now())
        Room.objects.update(asked_at=timezone.now())

        def settle_now(_number: int) -> object:
            return settle(running.lesson.pk, timezone.now())

        all_at_once(settle_now, range(4))
        all_at_once(lambda _number: watch_due(timezone.now()), range(3))

    assert running.alarms() == {"not_started": (5, "")}
    with transaction.atomic():
        assert settle(running.lesson.pk, running.at(6)) is not None
