from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from accounts.models import ClassroomIdentity
from classroom.client.transport import sdk_app_id
from classroom.enums import EventKind, EventState
from classroom.models import CallbackEvent
from edu_platform.heartbeat import record_heartbeat
from edu_platform.models import Backup
from edu_platform.monitoring import school
from edu_platform.monitoring.school import DUE_WORK, school_figures
from schedule.models import Channel, ChannelMessage, PlanningAction, Room, RoomPolling
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ChannelFactory, LessonFactory
from tests.monitoring.figures import documented

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.both_databases("one limits how long a question may take, the other cannot"),
]

MINUTE = dt.timedelta(minutes=1)


def figures() -> dict[str, Any]:
    """Values by the figure, and by its label where it has one."""
    found: dict[str, Any] = {}
    for family in school_figures():
        values = {tuple(s.labels.values()): s.value for s in family.samples}
        found[family.name] = values[()] if () in values else {k[0]: v for k, v in values.items()}
    return found


def an_hour_ago() -> dt.datetime:
    return timezone.now() - 60 * MINUTE


def event(**fields: Any) -> CallbackEvent:
    number = CallbackEvent.objects.count()
    usual = {
        "digest": f"{number:064}",
        "event_type": "RoomEnd",
        "kind": EventKind.ROOM,
        "timestamp_s": 0,
        "data": "{}",
        "received_at": timezone.now(),
    }
    return CallbackEvent.objects.create(**usual | fields)


def room(ended_before: dt.timedelta, **fields: Any) -> Room:
    """The room of a class that ended so long ago by the plan."""
    ends_at = timezone.now() - ended_before
    lesson = LessonFactory.create(starts_at=ends_at - 45 * MINUTE, ends_at=ends_at)
    usual = {"room_id": 300000000 + lesson.pk, "sdk_app_id": 1}
    return Room.objects.create(lesson=lesson, **usual | fields)


def test_empty_school_has_all_figures():
    found = figures()

    assert found.keys() <= documented()
    assert found["edu_heartbeat_age_seconds"] == found["edu_backup_age_seconds"] == math.inf
    assert found["edu_due_rows"] == dict.fromkeys(DUE_WORK, 0)
    assert found["edu_due_lateness_seconds"] == dict.fromkeys(DUE_WORK, 0)


def test_ages_of_beat_and_backup():
    now = timezone.now()
    record_heartbeat(now - MINUTE)
    for hours in (30, 3):
        began = now - dt.timedelta(hours=hours)
        Backup.objects.create(began_at=began, ended_at=began + MINUTE, folder="b", size_bytes=hours)

    found = figures()

    assert found["edu_heartbeat_age_seconds"] == pytest.approx(60, abs=30)
    assert found["edu_backup_age_seconds"] == pytest.approx(3 * 3600, abs=30)
    assert found["edu_backup_size_bytes"] == 3


def test_callbacks_that_wait_and_that_were_given_up():
    now = timezone.now()
    event(received_at=now - 5 * MINUTE)
    event()
    event(state=EventState.DEAD, closed_at=now)
    event(state=EventState.PROCESSED, closed_at=now, received_at=now - 90 * MINUTE)

    found = figures()

    assert (found["edu_callbacks_waiting"], found["edu_callbacks_dead"]) == (2, 1)
    assert found["edu_callbacks_waiting_age_seconds"] == pytest.approx(300, abs=30)


def test_due_work_by_kind_and_lateness():
    now = timezone.now()
    for minutes in (2, 7, -10):
        RoomPolling.objects.create(room=room(MINUTE), due_at=now - minutes * MINUTE)

    found = figures()

    assert found["edu_due_rows"]["room_states"] == 2
    assert found["edu_due_lateness_seconds"]["room_states"] == pytest.approx(420, abs=30)


def test_rooms_that_are_made_ahead_and_those_that_are_missing():
    soon = timezone.now() + dt.timedelta(hours=1)
    for number in range(3):
        lesson = LessonFactory.create(starts_at=soon, ends_at=soon + 45 * MINUTE)
        if number:
            Room.objects.create(lesson=lesson, room_id=number, sdk_app_id=1)

    assert figures()["edu_rooms_ahead"] == {"made": 2, "missing": 1}


def test_no_question_takes_longer_than_its_limit(monkeypatch: pytest.MonkeyPatch):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no limit")
    monkeypatch.setattr(school, "STATEMENT_LIMIT_MS", 50)

    def sleep(_at: dt.datetime) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(30)")
        return []

    monkeypatch.setattr(school, "_rooms", sleep)

    with pytest.raises(OperationalError):
        school_figures()


class TestRowWhoseTurnWaitsForSomethingElse:
    """It is not late, however long it has been due: no worker would take it up."""

    def test_person_who_left_before_the_cloud_knew_them(self):
        person = UserFactory.create(is_active=False)
        ClassroomIdentity.objects.create(user=person, sdk_app_id=sdk_app_id(), due_at=an_hour_ago())

        assert figures()["edu_due_rows"]["people"] == 0

    def test_room_of_a_class_that_was_moved_to_later(self):
        moved = room(-3 * 24 * 60 * MINUTE)
        RoomPolling.objects.create(room=moved, due_at=an_hour_ago())

        assert figures()["edu_due_rows"]["room_states"] == 0

    def test_message_of_a_channel_that_fails(self):
        retry_at = timezone.now() + MINUTE
        message = ChannelMessage.objects.create(
            channel=ChannelFactory.create(retry_at=retry_at),
            action=PlanningAction.objects.create(),
            due_at=an_hour_ago(),
        )
        assert figures()["edu_due_rows"]["group_messages"] == 0

        Channel.objects.filter(pk=message.channel_id).update(retry_at=None)

        assert figures()["edu_due_rows"]["group_messages"] == 1
