from __future__ import annotations

import pytest

from classroom.client.rate_limits import Priority
from schedule.enums import CloudStatus, RecordMode
from schedule.models import Lesson, Room
from schedule.rooms.polling import poll_room
from tests.schedule.conftest import LessonAt
from tests.support.classes import make_room
from tests.support.cloud import LocalCloud
from tests.support.cloudcalls import make_quick


@pytest.fixture
def room(
    lesson_from_now: LessonAt, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> Room:
    """The room of a class that runs, and is recorded by hand."""
    make_quick(monkeypatch, read_timeout_s=5)
    made = make_room(lesson_from_now(5, 50, record_mode=RecordMode.MANUAL))
    local_cloud.change_room(made.number, "start")
    poll_room(made, Priority.BACKGROUND)
    made.refresh_from_db()
    assert made.cloud_status == CloudStatus.RUNNING
    return made


@pytest.fixture
def lesson(room: Room) -> Lesson:
    return Lesson.objects.get(rooms=room)
