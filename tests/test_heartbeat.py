from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from edu_platform import heartbeat
from edu_platform.models import Heartbeat
from edu_platform.tasks import record_heartbeat

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 9, 7, 8, 0, tzinfo=dt.UTC)


def test_is_silent_before_the_first_beat():
    assert heartbeat.last_heartbeat() is None
    assert heartbeat.is_silent(AT)


def test_beats_are_kept_in_one_row():
    heartbeat.record_heartbeat(AT - dt.timedelta(minutes=1))
    heartbeat.record_heartbeat(AT)

    assert heartbeat.last_heartbeat() == AT
    assert Heartbeat.objects.count() == 1


def test_is_silent_once_several_turns_are_lost():
    heartbeat.record_heartbeat(AT)

    assert not heartbeat.is_silent(AT + heartbeat.SILENT_AFTER)
    assert heartbeat.is_silent(AT + heartbeat.SILENT_AFTER + dt.timedelta(seconds=1))


def test_task_beats_at_this_moment():
    before = timezone.now()

    record_heartbeat()

    last = heartbeat.last_heartbeat()
    assert last is not None
    assert before <= last <= timezone.now()
