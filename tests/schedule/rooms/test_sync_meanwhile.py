"""Lessons that are changed while their room is synced: the cloud has the last change in the end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from classroom.client import rooms as cloud_rooms
from classroom.client.errors import CloudRejected
from classroom.client.rate_limits import Priority
from schedule.enums import RecordMode
from schedule.lessons.change import change_lesson
from schedule.models import Lesson, Room
from schedule.rooms import sending, sync
from schedule.rooms.retries import ask_for_recordings_again
from schedule.rooms.sync import sync_room, sync_rooms
from tests.support.classes import make_room
from tests.support.cloud import LocalCloud
from tests.support.lessons import changed, later

pytestmark = pytest.mark.django_db

Work = Callable[..., Any]


@pytest.fixture
def room(lesson: Lesson, local_cloud: LocalCloud) -> Room:
    return make_room(lesson)


def change(lesson: Lesson, **fields: Any) -> None:
    lesson.refresh_from_db()
    change_lesson(lesson, changed(lesson, **fields))


def sync_until_settled() -> None:
    for hours in range(3):
        sync_rooms(timezone.now() + dt.timedelta(hours=hours))


def done_once_at(work: Work, call: int, meanwhile: Callable[[], object]) -> Work:
    """The same, save that something else is done after so many calls, before it returns."""
    calls = []

    def act(*args: Any, **options: Any) -> Any:
        result = work(*args, **options)
        calls.append(args)
        if len(calls) == call:
            meanwhile()
        return result

    return act


def after_look(monkeypatch: pytest.MonkeyPatch, look: int, meanwhile: Callable[[], object]) -> None:
    """Do something else after so many looks at what the cloud should have: before the call, and after it."""
    overtaken = done_once_at(sending.wanted_plan, look, meanwhile)
    for module in (sync, sending):
        monkeypatch.setattr(module, "wanted_plan", overtaken)


@pytest.mark.usefixtures("room")
@pytest.mark.parametrize("look", [1, 2], ids=["before the call", "after the last look"])
def test_change_after_a_look_at_the_lesson_is_sent_by_the_next_run(
    lesson: Lesson, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch, look: int
) -> None:
    change(lesson, title="第一次改")
    after_look(monkeypatch, look, lambda: change(lesson, title="第二次改", **later(lesson, days=1)))

    sync_until_settled()

    lesson.refresh_from_db()
    (found,) = local_cloud.rooms()
    start_s = int(lesson.starts_at.timestamp())
    assert (found["Name"], found["StartTime"]) == ("第二次改", start_s)
    assert Room.objects.get().must_change_in_cloud is False


def test_late_call_of_a_worker_does_not_undo_what_was_sent_at_the_door(
    lesson: Lesson, room: Room, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(lesson, title="第一次改")
    modify_room = cloud_rooms.modify_room

    def overtaken(*args: Any) -> None:
        monkeypatch.setattr(cloud_rooms, "modify_room", modify_room)
        change(lesson, title="第二次改")
        sync_room(Room.objects.get(pk=room.pk), Priority.INTERACTIVE)
        modify_room(*args)

    monkeypatch.setattr(cloud_rooms, "modify_room", overtaken)

    sync_until_settled()

    assert [found["Name"] for found in local_cloud.rooms()] == ["第二次改"]


def test_lesson_moved_to_later_while_the_cloud_says_that_its_class_has_ended_gets_another_room(
    lesson: Lesson, room: Room, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now().replace(microsecond=0)
    hour = dt.timedelta(hours=1)
    Lesson.objects.filter(pk=lesson.pk).update(starts_at=now - hour, ends_at=now + hour)
    for step in ("start", "end"):
        local_cloud.change_room(room.number, step)
    change(lesson, title="第一次改")
    after_look(monkeypatch, 1, lambda: change(lesson, **later(lesson, days=1)))

    sync_until_settled()

    assert Room.objects.current().get(lesson=lesson).pk != room.pk


def test_recording_that_is_asked_for_while_the_room_is_synced_is_asked_for(
    lesson: Lesson, room: Room, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    Room.objects.update(recording_refused=True, sent_record_mode=RecordMode.NONE)
    change(lesson, title="第一次改")
    after_look(monkeypatch, 1, ask_for_recordings_again)

    sync_until_settled()

    room.refresh_from_db()
    assert (room.recording_refused, room.sent_record_mode) == (False, lesson.record_mode)


def test_room_that_could_not_be_made_keeps_the_reason_when_its_lesson_changes(
    lesson: Lesson, local_cloud: LocalCloud
) -> None:
    local_cloud.switch("CreateRoom", "fail", code="FailedOperation", times=1)
    with pytest.raises(CloudRejected):
        make_room(lesson)
    (before,) = Room.objects.values_list("last_error", "leased_until")

    change(lesson, title="第一次改")
    sync_rooms(timezone.now())

    assert "FailedOperation" in before[0]
    assert Room.objects.values_list("last_error", "leased_until").get() == before
