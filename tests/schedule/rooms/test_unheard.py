from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from schedule.enums import CloudStatus, LessonState
from schedule.models import Lesson, Room
from schedule.rooms.unheard import unheard_rooms
from tests.factories.schedule import UnplannedLessonFactory

pytestmark = pytest.mark.django_db

AT = timezone.now()
MINUTE = dt.timedelta(minutes=1)


@pytest.mark.parametrize(
    ("ended_before", "fields", "is_unheard"),
    [
        (16 * MINUTE, {"cloud_status": CloudStatus.RUNNING}, True),
        (16 * MINUTE, {"asked_at": AT - 17 * MINUTE}, True),
        (14 * MINUTE, {}, False),
        (16 * MINUTE, {"asked_at": AT - MINUTE, "cloud_status": CloudStatus.RUNNING}, False),
        (16 * MINUTE, {"cloud_status": CloudStatus.ENDED}, False),
        (16 * MINUTE, {"gone_at": AT}, False),
        (16 * MINUTE, {"is_current": False}, False),
        (16 * MINUTE, {"room_id": None}, False),
        (dt.timedelta(days=1, minutes=1), {}, False),
    ],
)
def test_class_is_unheard(ended_before: dt.timedelta, fields: dict[str, Any], is_unheard: bool):
    lesson = UnplannedLessonFactory.create(
        starts_at=AT - ended_before - 45 * MINUTE, ends_at=AT - ended_before
    )
    Room.objects.create(lesson=lesson, **{"room_id": 300000001, "sdk_app_id": 1, **fields})

    assert unheard_rooms(AT).exists() is is_unheard


def test_cancelled_class_is_not_waited_for():
    lesson = UnplannedLessonFactory.create(starts_at=AT - 60 * MINUTE, ends_at=AT - 16 * MINUTE)
    Lesson.objects.filter(pk=lesson.pk).update(state=LessonState.CANCELLED)
    Room.objects.create(lesson=lesson, room_id=300000001, sdk_app_id=1)

    assert not unheard_rooms(AT).exists()
