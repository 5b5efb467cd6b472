"""Robots are removed while a worker tells them of changes."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from schedule.channels.message_queue import queue_messages
from schedule.lessons.change import change_lesson
from schedule.models import Channel, ChannelMessage, ClassGroup, Lesson, PlanningAction
from tests.cast import SignedIn
from tests.factories.schedule import ChannelFactory, ClassGroupFactory
from tests.support.lessons import changed
from tests.support.threads import done_during

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def left(transactional_db: None, lesson: Lesson) -> ClassGroup:
    """A class group that has just left its only lesson."""
    if connection.vendor == "sqlite":
        pytest.skip("on SQLite transactions that write come one after the other anyway")
    left, stays = ClassGroupFactory.create(), tuple(lesson.class_groups.all())
    for groups in ((*stays, left), stays):
        now = Lesson.objects.get(pk=lesson.pk)
        change_lesson(now, changed(now, class_groups=groups))
    return left


@pytest.fixture
def channel(left: ClassGroup) -> Channel:
    """Its robot, which was told that it came to the lesson, and not yet that it left."""
    channel = ChannelFactory.create(class_group=left)
    tell(PlanningAction.objects.order_by("-pk")[1])
    return channel


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


def tell(action: PlanningAction) -> None:
    queue_messages(action, list(action.changes.all()), at=timezone.now())


def tell_the_last() -> None:
    tell(PlanningAction.objects.latest("pk"))
    assert ChannelMessage.objects.count() == 2


def test_robot_is_removed(channel: Channel, client: Client):
    page = reverse("schedule:channel_remove", args=[channel.code])

    answer = done_during(tell_the_last, lambda: client.post(page))

    assert answer.status_code == 303
    assert not Channel.objects.exists()


def test_class_group_is_deleted_with_its_robot(channel: Channel, left: ClassGroup, client: Client):
    page = reverse("class_groups:delete", args=[left.code])

    done_during(tell_the_last, lambda: client.post(page))

    assert not ClassGroup.objects.filter(pk=left.pk).exists()


def test_nobody_is_told_of_what_was_removed_meanwhile(channel: Channel, client: Client):
    page = reverse("schedule:channel_remove", args=[channel.code])

    done_during(lambda: client.post(page), lambda: tell(PlanningAction.objects.latest("pk")))

    assert not ChannelMessage.objects.exists()
