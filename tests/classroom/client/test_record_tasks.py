"""Recording by hand, through the vendor's client, against the real local cloud."""

from __future__ import annotations

from dataclasses import replace

import pytest

from classroom.client import record_tasks, records, rooms
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudRejected, CloudUnavailable
from classroom.client.rate_limits import Priority
from tests.support.cloud import LocalCloud
from tests.support.roomplans import plan_of

INTERACTIVE = Priority.INTERACTIVE
BY_HAND, WHOLE_PAGE = 2, 9


@pytest.fixture
def room_id(local_cloud: LocalCloud, teacher_id: str) -> int:
    """A class that runs and is recorded by hand."""
    plan = replace(plan_of(teacher_id).recorded(BY_HAND), record_layout=WHOLE_PAGE)
    room_id = rooms.create_room(plan, INTERACTIVE)
    local_cloud.change_room(room_id, "start")
    return room_id


def test_recording_that_is_stopped_gives_a_file(local_cloud: LocalCloud, room_id: int):
    task_id = record_tasks.start_recording(room_id, INTERACTIVE)
    running = record_tasks.running_task(room_id, INTERACTIVE)
    record_tasks.stop_recording(room_id, task_id, INTERACTIVE)
    (kept,) = local_cloud.recorded(room_id)

    (recording,) = records.list_recordings(room_id, INTERACTIVE)

    assert running == task_id != ""
    assert record_tasks.running_task(room_id, INTERACTIVE) == ""
    assert (recording.url, kept["TaskId"]) == (kept["RecordUrl"], task_id)


def test_end_of_the_class_stops_what_runs(local_cloud: LocalCloud, room_id: int):
    task_id = record_tasks.start_recording(room_id, INTERACTIVE)

    rooms.end_room(room_id, INTERACTIVE)

    local_cloud.recorded(room_id)
    assert len(records.list_recordings(room_id, INTERACTIVE)) == 1
    assert record_tasks.running_task(room_id, INTERACTIVE) == ""
    with pytest.raises(CloudRejected) as refused:
        record_tasks.stop_recording(room_id, task_id, INTERACTIVE)
    assert is_kind(refused.value, ErrorKind.CLASS_ENDED)


def test_start_without_an_answer_is_found_again(local_cloud: LocalCloud, room_id: int):
    local_cloud.switch("StartRecord", "drop_after", times=1)

    with pytest.raises(CloudUnavailable) as failed:
        record_tasks.start_recording(room_id, INTERACTIVE)

    assert failed.value.outcome_is_known is False
    task_id = record_tasks.running_task(room_id, INTERACTIVE)
    record_tasks.stop_recording(room_id, task_id, INTERACTIVE)
    assert len(local_cloud.recorded(room_id)) == 1
    assert len(local_cloud.calls(action="StartRecord")) == 1


def test_recording_that_broke_off_in_the_cloud_runs_no_more(local_cloud: LocalCloud, room_id: int):
    task_id = record_tasks.start_recording(room_id, INTERACTIVE)

    local_cloud.break_recording(room_id)

    assert record_tasks.running_task(room_id, INTERACTIVE) == ""
    with pytest.raises(CloudRejected) as refused:
        record_tasks.stop_recording(room_id, task_id, INTERACTIVE)
    assert is_kind(refused.value, ErrorKind.VALUE_REFUSED)


def test_full_storage_is_said(local_cloud: LocalCloud, room_id: int):
    local_cloud.fill_storage()

    with pytest.raises(CloudRejected) as refused:
        record_tasks.start_recording(room_id, INTERACTIVE)

    assert is_kind(refused.value, ErrorKind.STORAGE_FULL)


@pytest.mark.parametrize(("mode", "layout"), [(0, WHOLE_PAGE), (BY_HAND, 0)])
def test_other_rooms_are_not_recorded_by_hand(
    local_cloud: LocalCloud, teacher_id: str, mode: int, layout: int
):
    plan = replace(plan_of(teacher_id).recorded(mode), record_layout=layout)
    room_id = rooms.create_room(plan, INTERACTIVE)
    local_cloud.change_room(room_id, "start")

    with pytest.raises(CloudRejected):
        record_tasks.start_recording(room_id, INTERACTIVE)

    assert record_tasks.running_task(room_id, INTERACTIVE) == ""


def test_room_that_is_gone_is_said(local_cloud: LocalCloud, room_id: int):
    local_cloud.change_room(room_id, "delete")

    with pytest.raises(CloudRejected) as refused:
        record_tasks.running_task(room_id, INTERACTIVE)

    assert is_kind(refused.value, ErrorKind.ROOM_GONE)
