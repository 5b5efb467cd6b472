"""Messages of alarms: who switches them on, what withdraws them, and for how long they are news."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import User
from schedule.channels.alarm_messages import queue_alarm
from schedule.channels.message_queue import (
    ALARM_TOLD_WITHIN,
    expires_at,
    queue_messages,
)
from schedule.channels.writing import pause_channel
from schedule.enums import ChannelMessageState
from schedule.lessons.cancel import cancel_lesson
from schedule.models import Channel, ChannelMessage, ClassGroup, Lesson, LessonChange
from tests.cast import SignedIn
from tests.factories.schedule import ChannelFactory
from tests.support.pages import read

pytestmark = pytest.mark.django_db

SWITCH = "/schedule/channels/{code}/alarms/"


@pytest.fixture
def channel(class_group: ClassGroup) -> Channel:
    return ChannelFactory.create(class_group=class_group, tells_alarms=True)


@pytest.fixture
def message(channel: Channel, class_group: ClassGroup) -> ChannelMessage:
    queue(class_group)
    return channel.messages.get()


def queue(class_group: ClassGroup) -> None:
    now = timezone.now()
    queue_alarm(cause="alarm:1", text="【课程表】", class_group_ids=[class_group.pk], at=now)


def test_a_channel_hears_of_a_cause_once(message: ChannelMessage, class_group: ClassGroup):
    queue(class_group)

    assert ChannelMessage.objects.get() == message


def test_a_change_of_the_lesson_leaves_what_is_to_be_told_of_alarms_alone(
    message: ChannelMessage, lesson: Lesson
):
    cancel_lesson(lesson, reason="老师请假", at=timezone.now())
    change = LessonChange.objects.latest("pk")
    queue_messages(change.action, [change], at=timezone.now())

    message.refresh_from_db()
    assert message.state == ChannelMessageState.WAITING


def test_it_is_news_for_half_an_hour(message: ChannelMessage):
    assert expires_at(message) == message.created_at + ALARM_TOLD_WITHIN
    assert dt.timedelta(minutes=30) == ALARM_TOLD_WITHIN


def test_planners_switch_it_on_and_off_and_what_waits_is_withdrawn(
    message: ChannelMessage, channel: Channel, signed_in: SignedIn, planner: User
):
    client = signed_in(planner, "en")
    for on, is_told, words in (
        ("0", False, "Tell of alarms too"),
        ("1", True, "Tell of no alarms"),
    ):
        answer = client.post(SWITCH.format(code=channel.code), {"on": on})

        assert (answer.status_code, answer["Location"]) == (303, "/schedule/channels/")
        channel.refresh_from_db()
        assert channel.tells_alarms is is_told
        assert words in read(client.get("/schedule/channels/").content).one("main").text
    message.refresh_from_db()
    assert (message.state, message.due_at) == (ChannelMessageState.WITHDRAWN, None)


def test_a_paused_channel_tells_of_none(message: ChannelMessage, channel: Channel):
    pause_channel(channel)

    message.refresh_from_db()
    assert message.state == ChannelMessageState.WITHDRAWN


def test_nobody_else_switches_it(
    channel: Channel, signed_in: SignedIn, teacher: User, supervisor: User, outsider: User
):
    for person in (teacher, supervisor, outsider):
        answer = signed_in(person).post(SWITCH.format(code=channel.code), {"on": "0"})
        assert answer.status_code == 404
    channel.refresh_from_db()
    assert channel.tells_alarms
