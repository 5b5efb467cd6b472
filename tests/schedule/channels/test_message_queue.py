"""Telling groups of changes: to which, when, what is taken back, and what becomes of a channel that fails."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from edu_platform.lib import bounded_http
from schedule.channels.faults import LIMITED_FOR, MESSAGES_A_MINUTE
from schedule.channels.message_queue import (
    KEPT_FOR,
    TOLD_WITHIN,
    _SendingRun,
    forget_old_messages,
    queue_messages,
    send_due_messages,
)
from schedule.channels.writing import pause_channel
from schedule.enums import ChannelMessageState, RoomType
from schedule.history.telling_rules import OUTSIDE_WAIT
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.change import change_lesson, publish_lesson, schedule_lessons
from schedule.lessons.plan import plan_of
from schedule.models import (
    Channel,
    ChannelMessage,
    ClassGroup,
    Lesson,
    LessonChange,
    PlanningAction,
)
from tests.factories.schedule import ChannelFactory, LessonFactory
from tests.support.lessons import changed, later
from tests.support.robots import RobotServer, running_robot

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def robot(settings: Any) -> Iterator[RobotServer]:
    settings.NOTIFY_SCHEMAS = ["json"]
    with running_robot() as server:
        yield server


@pytest.fixture
def of_class(class_group: ClassGroup, robot: RobotServer) -> Channel:
    return ChannelFactory.create(class_group=class_group, address=robot.address)


@pytest.fixture
def of_school(robot: RobotServer) -> Channel:
    return ChannelFactory.create(class_group=None, address=robot.address)


def change(lesson: Lesson, *, reason: str = "", **fields: Any) -> PlanningAction:
    """Change these fields of the plan that the lesson stands for now."""
    now = Lesson.objects.get(pk=lesson.pk)
    action = PlanningAction(reason=reason)
    change_lesson(now, dataclasses.replace(plan_of(now), **fields), action=action)
    return action


def move(lesson: Lesson, by: dt.timedelta, *, is_told: bool = True) -> PlanningAction:
    now = Lesson.objects.get(pk=lesson.pk)
    action = PlanningAction(is_told=is_told)
    plan = dataclasses.replace(plan_of(now), starts_at=now.starts_at + by, ends_at=now.ends_at + by)
    change_lesson(now, plan, action=action)
    return action


def tell(action: PlanningAction, *, at: dt.datetime | None = None) -> None:
    changes = LessonChange.objects.filter(action=action).order_by("pk")
    queue_messages(action, list(changes), at=at or timezone.now())


def messages(channel: Channel) -> list[ChannelMessage]:
    return list(channel.messages.order_by("pk"))


def states(channel: Channel) -> list[str]:
    return [message.state for message in messages(channel)]


def send_later(after: dt.timedelta = OUTSIDE_WAIT + MINUTE) -> int:
    with time_machine.travel(timezone.now() + after):
        return send_due_messages(timezone.now())


class TestQueue:
    def test_class_groups_before_and_after_and_the_school_are_told_once(
        self,
        lesson: Lesson,
        of_class: Channel,
        of_school: Channel,
        other_class_group: ClassGroup,
        robot: RobotServer,
    ):
        others = ChannelFactory.create(class_group=other_class_group, address=robot.address)
        stranger = ChannelFactory.create(address=robot.address)
        paused = ChannelFactory.create(class_group=None, is_active=False, address=robot.address)

        action = change(lesson, class_groups=(other_class_group,))
        tell(action)
        tell(action)

        told = [len(messages(each)) for each in (of_class, others, of_school, stranger, paused)]
        assert told == [1, 1, 1, 0, 0]

    def test_one_message_however_many_lessons(
        self, of_school: Channel, teacher: User, robot: RobotServer
    ):
        made = LessonFactory.create_batch(3, teacher=teacher)
        action = PlanningAction()
        for each in made:
            plan = plan_of(each)
            moved = dataclasses.replace(
                plan, starts_at=plan.starts_at + DAY, ends_at=plan.ends_at + DAY
            )
            change_lesson(each, moved, action=action)
        tell(action)

        (message,) = messages(of_school)
        assert set(message.lessons) == {each.code for each in made}

    def test_nothing_of_drafts_of_what_is_over_and_of_what_only_planners_need(
        self, lesson: Lesson, of_school: Channel, teacher: User
    ):
        tell(move(LessonFactory.create(teacher=teacher, is_draft=True), DAY))
        tell(change(lesson, room_type=RoomType.LECTURE))
        tell(move(lesson, MINUTE), at=lesson.ends_at + DAY)

        assert messages(of_school) == []

    def test_draft_that_is_published_is_new_to_the_group(self, of_school: Channel, teacher: User):
        draft = LessonFactory.create(teacher=teacher, is_draft=True)
        action = PlanningAction()
        publish_lesson(draft, action=action)
        tell(action)

        (message,) = messages(of_school)
        assert message.lessons[draft.code][0] is None

    def test_waits_ten_minutes_but_not_where_the_lesson_is_near(
        self, lesson: Lesson, of_class: Channel
    ):
        now = timezone.now()
        tell(move(lesson, DAY), at=now)
        tell(
            change(lesson, starts_at=now + 30 * MINUTE, ends_at=now + 75 * MINUTE),
            at=now,
        )

        first, second = messages(of_class)
        assert (first.state, second.due_at) == (ChannelMessageState.WITHDRAWN, now)

    def test_as_many_queries_for_many_channels_as_for_one(
        self, lesson: Lesson, of_school: Channel, robot: RobotServer
    ):
        first, second, third = (move(lesson, DAY) for _turn in range(3))
        tell(first)
        with CaptureQueriesContext(
            connection,
        ) as one:
            tell(second)
        ChannelFactory.create_batch(5, class_group=None, address=robot.address)
        with CaptureQueriesContext(connection) as many:
            tell(third)

        assert len(many) == len(one)


class TestTakenBack:
    def test_change_that_is_undone_in_time_is_told_nobody(
        self, lesson: Lesson, of_class: Channel, robot: RobotServer
    ):
        tell(move(lesson, DAY))
        tell(move(lesson, -DAY))

        assert states(of_class) == [ChannelMessageState.WITHDRAWN] * 2
        send_later()
        assert robot.taken == []

    def test_several_changes_are_told_as_one(
        self, lesson: Lesson, of_class: Channel, other_teacher: User, robot: RobotServer
    ):
        before = lesson.starts_at
        tell(move(lesson, DAY))
        tell(change(lesson, teacher=other_teacher))
        tell(move(lesson, DAY))

        send_later()

        (taken,) = robot.taken
        assert f"{timezone.localtime(before):%Y-%m-%d}" in taken["message"]
        assert f"{timezone.localtime(before + 2 * DAY):%Y-%m-%d}" in taken["message"]
        assert "李老师 → 赵老师" in taken["message"]

    def test_change_that_nobody_is_to_hear_of_mends_what_waits_and_tells_nothing(
        self, lesson: Lesson, of_class: Channel, robot: RobotServer
    ):
        tell(move(lesson, DAY, is_told=False))
        assert states(of_class) == [ChannelMessageState.WITHDRAWN]

        tell(move(lesson, DAY))
        tell(move(lesson, -DAY, is_told=False))

        assert states(of_class) == [ChannelMessageState.WITHDRAWN] * 3
        send_later()
        assert robot.taken == []

    def test_what_was_sent_is_not_taken_back_but_told_again(
        self, lesson: Lesson, of_class: Channel, robot: RobotServer
    ):
        tell(move(lesson, DAY))
        send_later()
        tell(move(lesson, -DAY))
        send_later()

        assert len(robot.taken) == 2

    def test_only_that_lesson_leaves_the_message_of_a_batch(
        self, of_school: Channel, teacher: User
    ):
        action = PlanningAction()
        made = LessonFactory.create_batch(2, teacher=teacher)
        for each in made:
            plan = plan_of(each)
            moved = dataclasses.replace(
                plan, starts_at=plan.starts_at + 7 * DAY, ends_at=plan.ends_at + 7 * DAY
            )
            change_lesson(each, moved, action=action)
        tell(action)
        tell(move(made[0], -7 * DAY))

        first, second = messages(of_school)
        assert set(first.lessons) == {made[1].code}
        assert (first.state, second.state) == (
            ChannelMessageState.WAITING,
            ChannelMessageState.WITHDRAWN,
        )

    def test_lesson_that_was_planned_and_cancelled_is_told_nobody(
        self, of_school: Channel, teacher: User
    ):
        planned = LessonFactory.create(teacher=teacher)
        tell(PlanningAction.objects.get(changes__lesson=planned))
        action = PlanningAction()
        cancel_lesson(planned, reason="", at=timezone.now(), action=action)
        tell(action)

        assert states(of_school) == [ChannelMessageState.WITHDRAWN] * 2

    def test_nothing_more_of_a_paused_channel(
        self, lesson: Lesson, of_class: Channel, robot: RobotServer
    ):
        tell(move(lesson, DAY))
        pause_channel(of_class)
        send_later()

        assert (states(of_class), robot.taken) == ([ChannelMessageState.WITHDRAWN], [])


class TestSending:
    def test_sends_when_it_is_due_and_once(
        self, lesson: Lesson, of_class: Channel, student: User, robot: RobotServer
    ):
        tell(move(lesson, DAY))

        assert send_due_messages(timezone.now()) == 0
        assert (send_later(), send_later()) == (1, 0)
        (taken,) = robot.taken
        assert lesson.code in taken["message"]
        assert student.display_name not in taken["message"]
        of_class.refresh_from_db()
        assert of_class.last_success_at is not None
        assert states(of_class) == [ChannelMessageState.SENT]

    def test_paused_channel_gets_nothing_until_it_goes_on(
        self, lesson: Lesson, of_class: Channel, robot: RobotServer
    ):
        tell(move(lesson, DAY))
        # Paused at the very moment in which the message was queued: it still waits.
        Channel.objects.update(is_active=False)

        assert (send_later(), robot.taken) == (0, [])
        Channel.objects.update(is_active=True)
        assert (send_later(), len(robot.taken)) == (1, 1)

    def test_what_was_taken_back_while_a_worker_had_it_is_not_sent(
        self,
        lesson: Lesson,
        of_class: Channel,
        robot: RobotServer,
        monkeypatch: pytest.MonkeyPatch,
    ):
        tell(move(lesson, DAY))
        send_one = _SendingRun.send

        def take_back_first(run: _SendingRun, message: ChannelMessage) -> None:
            tell(move(lesson, -DAY))
            of_class.messages.update(state=ChannelMessageState.WITHDRAWN)
            send_one(run, message)

        monkeypatch.setattr(_SendingRun, "send", take_back_first)
        send_later()

        assert robot.taken == []

    def test_dead_channel_holds_up_no_other(
        self,
        lesson: Lesson,
        class_group: ClassGroup,
        robot: RobotServer,
        monkeypatch: pytest.MonkeyPatch,
    ):
        monkeypatch.setattr(bounded_http, "READ_TIMEOUT_S", 0.05)
        with running_robot() as dead:
            dead.hangs = True
            hanging = ChannelFactory.create(class_group=class_group, address=dead.address)
            sound = ChannelFactory.create(class_group=class_group, address=robot.address)
            tell(move(lesson, DAY))

            send_later()

        assert states(sound) == [ChannelMessageState.SENT]
        assert states(hanging) == [ChannelMessageState.WAITING]
        hanging.refresh_from_db()
        assert (hanging.failures, hanging.last_fault) == (1, "silent")
        assert hanging.failing_since is not None

    def test_failing_channel_is_asked_once_a_run_and_ever_later(
        self, lesson: Lesson, of_class: Channel, robot: RobotServer, teacher: User
    ):
        robot.status = 500
        for each in (lesson, *LessonFactory.create_batch(2, class_groups=[of_class.class_group])):
            tell(move(each, 7 * DAY))
        now = timezone.now() + OUTSIDE_WAIT
        pauses = []
        for _turn in range(3):
            with time_machine.travel(now, tick=False):
                send_due_messages(timezone.now())
            of_class.refresh_from_db()
            assert of_class.retry_at is not None
            pauses.append(round((of_class.retry_at - now) / MINUTE))
            now = of_class.retry_at + dt.timedelta(seconds=1)

        assert (len(robot.taken), pauses) == (3, [1, 2, 4])

        robot.status = 200
        with time_machine.travel(now + MINUTE):
            assert send_due_messages(timezone.now()) == 3
        of_class.refresh_from_db()
        assert (of_class.failures, of_class.failing_since, of_class.last_fault) == (0, None, "")

    def test_message_that_is_too_old_is_given_up(
        self, lesson: Lesson, of_class: Channel, robot: RobotServer
    ):
        tell(move(lesson, DAY))
        send_later(TOLD_WITHIN + MINUTE)

        assert (states(of_class), robot.taken) == ([ChannelMessageState.EXPIRED], [])

    def test_last_try_ends_before_it_is_too_old(
        self, lesson: Lesson, of_class: Channel, robot: RobotServer
    ):
        robot.status = 500
        tell(move(lesson, DAY))
        send_later(TOLD_WITHIN - MINUTE / 2)

        (message,) = messages(of_class)
        assert (message.state, message.due_at) == (ChannelMessageState.EXPIRED, None)

    def test_robot_that_has_too_much_is_left_alone_and_not_at_fault(
        self, lesson: Lesson, of_class: Channel, robot: RobotServer
    ):
        robot.status = 429
        tell(move(lesson, DAY))
        now = timezone.now() + OUTSIDE_WAIT
        with time_machine.travel(now, tick=False):
            send_due_messages(timezone.now())

        of_class.refresh_from_db()
        assert of_class.retry_at is not None
        assert round((of_class.retry_at - now) / MINUTE) == LIMITED_FOR / MINUTE
        assert of_class.failing_since is None

    def test_no_channel_gets_more_in_a_minute_than_robots_take(
        self, lesson: Lesson, of_school: Channel, robot: RobotServer
    ):
        hours = range(1, 1 + MESSAGES_A_MINUTE + 2)
        for each in schedule_lessons([changed(lesson, **later(lesson, hours=n)) for n in hours]):
            action = PlanningAction.objects.create()
            queue_messages(action, list(each.changes.all()), at=timezone.now())
        now = timezone.now() + OUTSIDE_WAIT
        with time_machine.travel(now, tick=False):
            assert send_due_messages(timezone.now()) == MESSAGES_A_MINUTE
            assert send_due_messages(timezone.now()) == 0
        with time_machine.travel(now + 2 * MINUTE, tick=False):
            assert send_due_messages(timezone.now()) == 2

    def test_waits_hold_no_transaction(
        self, lesson: Lesson, of_class: Channel, robot: RobotServer, monkeypatch: pytest.MonkeyPatch
    ):
        released = []
        monkeypatch.setattr(bounded_http, "release_database", lambda: released.append(True))
        tell(move(lesson, DAY))
        send_later()

        assert released == [True]

    def test_old_messages_are_forgotten(self, lesson: Lesson, of_class: Channel):
        tell(move(lesson, DAY))

        assert forget_old_messages(timezone.now() + KEPT_FOR - DAY, KEPT_FOR) == 0
        assert forget_old_messages(timezone.now() + KEPT_FOR + DAY, KEPT_FOR) == 1
