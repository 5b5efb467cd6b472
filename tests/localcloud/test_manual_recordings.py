"""Recordings by hand: StartRecord, StopRecord, and the teacher's buttons."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests

from tests.localcloud.conftest import SDK_APP_ID, Api, ClassPage, Control
from tests.localcloud.recording import describe_record, record, shown_by_room


@pytest.fixture
def running_manual_id(api: Api, control: Control, teacher: dict[str, Any]) -> int:
    room_id = api.create_room(DisableRecord=2, TeacherId=teacher["UserId"])
    control.post(f"/rooms/{room_id}/start")
    return room_id


def test_each_start_and_stop_is_a_recording(
    api: Api, control: Control, running_manual_id: int
) -> None:
    tasks = []
    for count in (1, 2):
        tasks.append(record(api, "Start", running_manual_id)["TaskId"])
        control.shift_clock(50 * count)
        record(api, "Stop", running_manual_id, TaskId=tasks[-1])
        control.recorded(running_manual_id, count)
    before = shown_by_room(api, running_manual_id)
    control.post(f"/rooms/{running_manual_id}/end")

    infos = describe_record(api, running_manual_id)

    assert [info["TaskId"] for info in infos] == tasks
    assert all(info["Duration"] in {50, 51} for info in infos)
    assert before == ("", 0)
    assert shown_by_room(api, running_manual_id)[0] == infos[1]["RecordUrl"]


def test_end_of_the_class_stops_a_manual_recording(
    api: Api, control: Control, running_manual_id: int
) -> None:
    record(api, "Start", running_manual_id)

    control.post(f"/rooms/{running_manual_id}/end")

    kept = control.recorded(running_manual_id)[0]
    assert kept["StopTime"] == control.room(running_manual_id)["RealEndTime"]


def test_manual_recording_asks_for_the_right_state(
    api: Api, control: Control, running_manual_id: int
) -> None:
    automatic, waiting = api.create_room(), api.create_room(DisableRecord=2)
    control.post(f"/rooms/{automatic}/start")
    task_id = record(api, "Start", running_manual_id)["TaskId"]

    def refusal(verb: str, room_id: int, **more: Any) -> str:
        return api.refusal(f"{verb}Record", SdkAppId=SDK_APP_ID, RoomId=room_id, **more)

    assert refusal("Start", automatic) == "FailedOperation"
    assert refusal("Start", waiting) == "FailedOperation"
    assert refusal("Start", running_manual_id) == "FailedOperation"
    assert refusal("Stop", running_manual_id, TaskId="x") == "InvalidParameter"
    record(api, "Stop", running_manual_id, TaskId=task_id)
    assert refusal("Stop", running_manual_id, TaskId=task_id) == "InvalidParameter"
    control.post(f"/rooms/{running_manual_id}/end")
    assert refusal("Start", running_manual_id) == "FailedOperation.ClassEnded"


def buttons_on(page: requests.Response) -> list[str]:
    return re.findall(r'action="/class/(\w+(?:/\w+)?)"', page.text)


def test_teacher_records_by_hand_on_the_class_page(
    control: Control, class_page: ClassPage, running_manual_id: int, teacher: dict[str, Any]
) -> None:
    idle = class_page.visit(running_manual_id, teacher)
    recording = class_page.press("record/start", running_manual_id, teacher)
    class_page.press("record/start", running_manual_id, teacher)
    class_page.press("record/stop", running_manual_id, teacher)

    assert buttons_on(idle) == ["end", "record/start", "leave"]
    assert buttons_on(recording) == ["end", "record/stop", "leave"]
    assert ('id="recording"' in idle.text, 'id="recording"' in recording.text) == (False, True)
    assert len(control.recorded(running_manual_id)) == 1


def test_record_buttons_are_for_the_teacher_of_a_manual_class(
    api: Api,
    control: Control,
    class_page: ClassPage,
    running_manual_id: int,
    room_id: int,
    teacher: dict[str, Any],
    student: dict[str, Any],
) -> None:
    control.post(f"/rooms/{room_id}/start")
    as_student = class_page.visit(running_manual_id, student)
    refused = class_page.press("record/start", running_manual_id, student)
    in_automatic = class_page.press("record/start", room_id, teacher)

    assert buttons_on(as_student) == ["leave"]
    assert refused.status_code == 403
    assert buttons_on(in_automatic) == ["end", "leave"]
    assert control.recordings(running_manual_id) + control.recordings(room_id) == []
