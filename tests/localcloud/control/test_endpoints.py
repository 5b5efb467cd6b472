"""The control interface, and what survives a restart."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from localcloud.http.server import RunningCloud
from tests.localcloud.clients import (
    HOUR_S,
    SDK_APP_ID,
    Api,
    ClassPage,
    Control,
    room_fields,
)
from tests.localcloud.recording import held_class


def test_state_of_a_fresh_cloud(control: Control) -> None:
    assert control.get("/state") == {
        "rooms": [],
        "users": [],
        "supervisors": [],
        "switches": [],
        "limits_enforced": False,
        "refused_words": ["违禁词"],
        "clock_offset_s": 0,
        "documents": [],
        "recording": {
            "delay_s": 0,
            "enabled": True,
            "storage_full": False,
            "describe_record_silent": False,
            "file_format": "mp4",
            "has_vod_key": False,
        },
        "transcoding": {
            "delay_s": 0,
            "stuck": False,
            "fail": "",
            "zero_pages": False,
            "document_limit": 10,
        },
        "transcode_fates": [],
        "callbacks": {
            "url": "",
            "has_key": False,
            "enabled": True,
            "lose": 0,
            "double": 0,
            "delay_s": [0, 0],
            "reorder": False,
            "forge": False,
            "seed": None,
            "retry_s": [1, 2, 4, 8, 15],
        },
    }


def test_state_shows_rooms_with_members_and_users(
    api: Api, control: Control, class_page: ClassPage, teacher: dict[str, Any]
) -> None:
    fields = room_fields(TeacherId=teacher["UserId"], DisableRecord=1)
    room_id = api.call("CreateRoom", **fields)["RoomId"]
    api.call("CreateSupervisor", SdkAppId=SDK_APP_ID, Users=[teacher["UserId"]])
    class_page.visit(room_id, teacher)

    state = control.get("/state")

    room = state["rooms"][0]
    del fields["SdkAppId"]
    assert {name: room[name] for name in fields} == fields
    assert (room["RoomId"], room["Status"]) == (room_id, 0)
    member = room["Members"][0]
    assert (member["UserId"], member["Name"], member["Role"]) == (
        teacher["UserId"],
        "王老师",
        "teacher",
    )
    assert state["users"] == [
        {"UserId": teacher["UserId"], "OriginId": "teacher", "Name": "王老师", "Avatar": ""}
    ]
    assert state["supervisors"] == [teacher["UserId"]]


def test_calls_are_numbered_and_hold_the_raw_body(api: Api, control: Control) -> None:
    api.register("王老师", OriginId="o")
    first = control.get("/calls")["calls"]
    api.refusal("LoginUser", UserId="u")
    later = control.get(f"/calls?since={first[-1]['n']}")["calls"]

    assert [(call["action"], call["code"]) for call in first + later] == [
        ("RegisterUser", ""),
        ("LoginUser", "ResourceNotFound.User"),
    ]
    assert first[0]["params"] == {"SdkAppId": SDK_APP_ID, "Name": "王老师", "OriginId": "o"}
    assert json.loads(first[0]["body_text"]) == first[0]["params"]
    assert later[0]["n"] > first[0]["n"]


def test_room_changes_ask_for_the_right_state(api: Api, control: Control) -> None:
    first, second = api.create_room(), api.create_room()

    def change(room_id: int, verb: str) -> int:
        return control.post(f"/rooms/{room_id}/{verb}").status_code

    assert change(first, "end") == 409
    assert change(first, "start") == 200
    assert change(first, "start") == 409
    assert change(first, "expire") == 409
    assert change(first, "end") == 200
    assert change(second, "expire") == 200
    assert [api.status(first), api.status(second)] == [2, 3]
    assert change(second, "delete") == 200
    assert change(second, "delete") == 404
    assert change(first, "explode") == 404


def test_control_deletes_a_running_room_and_a_user(
    api: Api, control: Control, room_id: int, teacher: dict[str, Any]
) -> None:
    control.post(f"/rooms/{room_id}/start")

    assert control.post(f"/rooms/{room_id}/delete").status_code == 200
    assert control.post(f"/users/{teacher['UserId']}/delete").status_code == 200
    assert control.post(f"/users/{teacher['UserId']}/delete").status_code == 404
    assert api.refusal("DescribeRoom", RoomId=room_id) == "ResourceNotFound.Room"
    assert api.refusal("LoginUser", UserId=teacher["UserId"]) == "ResourceNotFound.User"


def test_reset_forgets_everything_and_old_tickets_die(
    api: Api, control: Control, class_page: ClassPage, room_id: int, teacher: dict[str, Any]
) -> None:
    control.switch("fail", action="GetRooms")
    control.post("/limits", enforce=True)
    control.post("/words", refused=[])
    control.shift_clock(9)

    control.post("/reset")

    assert control.get("/calls")["calls"] == []
    assert control.get("/state")["switches"] == []
    assert control.get("/state")["refused_words"] == ["违禁词"]
    assert control.get("/state")["clock_offset_s"] == 0
    assert api.create_room() == room_id
    assert class_page.visit(room_id, teacher).status_code == 403


def test_clock_offset_moves_what_the_cloud_calls_now(api: Api, control: Control) -> None:
    control.shift_clock(2 * HOUR_S)
    assert api.refusal("CreateRoom", **room_fields()) == "InvalidParameter.StartTime"

    control.shift_clock(-2 * HOUR_S)
    assert api.create_room(StartTime=room_fields()["StartTime"] - HOUR_S)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/clock", {"offset_s": "1"}),
        ("/clock", {"offset_s": 1e12}),
        ("/clock", {"offset_s": True}),
        ("/clock", {}),
        ("/limits", {"enforce": 1}),
        ("/words", {"refused": "x"}),
        ("/words", {"refused": [""]}),
    ],
)
def test_setting_of_a_wrong_form_is_refused(
    control: Control, path: str, body: dict[str, Any]
) -> None:
    before = control.get("/state")

    answer = control.post(path, **body)

    assert (answer.status_code, "error" in answer.json()) == (400, True)
    assert control.get("/state") == before


@pytest.mark.parametrize("body", ["", "{", "[]"])
def test_control_body_that_is_no_object_is_refused(cloud: RunningCloud, body: str) -> None:
    headers = {"Content-Type": "application/json"}

    answer = requests.post(
        f"{cloud.base_url}/control/clock", data=body, headers=headers, timeout=10
    )

    assert answer.status_code == 400


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_changes_need_the_json_content_type(
    cloud: RunningCloud, control: Control, room_id: int, content_type: str
) -> None:
    headers = {"Content-Type": content_type}
    urls = [f"{cloud.base_url}/control/{path}" for path in ("reset", "switches")]

    answers = [
        requests.post(urls[0], data="{}", headers=headers, timeout=10),
        requests.delete(urls[1], headers=headers, timeout=10),
    ]

    assert [answer.status_code for answer in answers] == [415, 415]
    assert len(control.get("/state")["rooms"]) == 1


def test_control_and_console_answer_only_to_their_own_host_name(cloud: RunningCloud) -> None:
    headers = {"Host": "evil.example"}
    paths = ["/control/state", "/console"]

    answers = [requests.get(cloud.base_url + path, headers=headers, timeout=10) for path in paths]

    assert [answer.status_code for answer in answers] == [421, 421]


def test_unknown_control_and_wrong_method_are_told(cloud: RunningCloud, control: Control) -> None:
    assert control.post("/explode").status_code == 404
    assert control.post("/state").status_code == 405
    assert requests.get(f"{cloud.base_url}/control/calls?since=x", timeout=10).status_code == 400


def get(url: str) -> requests.Response:
    return requests.get(url, timeout=10)


def test_reset_forgets_documents_and_settings(
    api: Api, control: Control, static: dict[str, Any]
) -> None:
    control.post("/transcoding", fail="坏了")

    control.post("/reset")

    state = control.get("/state")
    assert (state["documents"], state["transcoding"]["fail"]) == ([], "")
    assert get(f"{static['TranscodeResult']}1.jpg").status_code == 404


def test_reset_removes_recordings_and_settings(
    cloud: RunningCloud, api: Api, control: Control
) -> None:
    control.post("/recording", delay_s=0, describe_record_silent=True)
    url = control.recorded(held_class(api, control))[0]["RecordUrl"]

    control.post("/reset")

    assert requests.get(url, timeout=10).status_code == 404
    assert cloud.cloud.config.media_path.exists() is False
    assert control.get("/state")["recording"]["describe_record_silent"] is False
