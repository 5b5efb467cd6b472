"""The control interface, and what survives a restart."""

from __future__ import annotations

import json
from collections.abc import Callable
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

FRESH_STATE: dict[str, Any] = {
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
    "attendance": {
        "late_s": 0,
        "never": False,
        "refuse": "",
        "garble": "",
        "page_size": 1000,
        "events": "all",
        "current": "present",
        "dropped_s": 60,
        "keyword_limit": 0,
        "heartbeat_s": 90,
        "rooms": {},
    },
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
    "scenes": {},
    "app_version": 4,
    "has_marquee": True,
}


def test_state_of_a_fresh_cloud(start_cloud: Callable[[], RunningCloud]) -> None:
    assert Control(start_cloud().base_url).get("/state") == FRESH_STATE


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


def test_clock_offset_moves_what_the_cloud_calls_now(api: Api, control: Control) -> None:
    control.shift_clock(2 * HOUR_S)
    assert api.refusal("CreateRoom", **room_fields()) == "InvalidParameter.StartTime"

    control.shift_clock(-2 * HOUR_S)
    assert api.create_room(StartTime=room_fields()["StartTime"] - HOUR_S)


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


WEEK_S = 7 * 24 * HOUR_S
REFUSED: dict[str, list[dict[str, Any]]] = {
    "/clock": [{"offset_s": "1"}, {"offset_s": 1e12}, {"offset_s": True}, {}],
    "/limits": [{"enforce": 1}],
    "/edition": [
        {},
        *[{"app_version": version} for version in (0, 5, True, "3", None)],
        *[{"app_version": 2, "has_marquee": value} for value in (0, "yes", None)],
        {"app_version": 2, "more": 1},
    ],
    "/words": [{"refused": "x"}, {"refused": [""]}],
    "/switches": [
        {},
        {"kind": "explode"},
        {"kind": "fail", "action": "Nope"},
        {"kind": "fail", "times": 0},
        {"kind": "fail", "times": "2"},
        {"kind": "fail", "code": 1},
        {"kind": "garble", "code": "x"},
        {"kind": "late", "seconds": -1},
        {"kind": "late", "seconds": "1"},
        {"kind": "fail", "colour": "red"},
    ],
    "/recording": [
        *[{"delay_s": each} for each in (-1, True, "1")],
        {"enabled": 1},
        {"describe_record_silent": None},
        *[{"storage_full": each} for each in (1, "yes")],
        {"file_format": "avi"},
        *[{"vod_key": each} for each in ("short", "x" * 21, "with space", 12345678, None)],
        {"more": 1},
    ],
    "/transcoding": [
        *[{"delay_s": each} for each in (-1, "1", True, WEEK_S + 1)],
        {"stuck": 1},
        {"fail": None},
        {"zero_pages": "yes"},
        *[{"document_limit": each} for each in (-1, 1001, 1.5)],
        {"colour": "red"},
    ],
    "/transcoding/names": [
        {},
        *[{"name": each} for each in ("", 1)],
        *[{"name": "甲.pdf", "delay_s": each} for each in (-1, True, WEEK_S + 1)],
        *[{"name": "甲.pdf", "percent": each} for each in (91, 1.5)],
        {"name": "甲.pdf", "stuck": 1},
        {"name": "甲.pdf", "colour": "red"},
    ],
    "/attendance": [
        *[{"late_s": each} for each in (-1, "1", True, WEEK_S + 1)],
        {"never": 1},
        {"refuse": None},
        *[{"garble": each} for each in ("x", None)],
        *[{"page_size": each} for each in (0, 1001, 1.5, True)],
        {"events": ""},
        {"current": ""},
        {"dropped_s": -1},
        {"keyword_limit": -1},
        {"heartbeat_s": "1"},
        {"colour": "red"},
    ],
    "/rooms/300000000/attendance": [{"heartbeat_s": 1}, {"never": "yes"}, {"colour": "red"}],
    "/callbacks": [
        *[{"url": each} for each in ("ftp://127.0.0.1/", "http://", "http://127.0.0.1:99999/", 1)],
        {"key": 1},
        {"enabled": 1},
        *[{"lose": each} for each in (1.1, True)],
        {"double": -0.1},
        *[{"delay_s": each} for each in ([2, 1], [1, 2, 3], "1")],
        {"reorder": "yes"},
        {"forge": None},
        {"seed": 1.5},
        *[{"retry_s": each} for each in (1, [-1], [1] * 21)],
        {"more": 1},
    ],
}
# What is right beside a wrong value is not kept either.
BESIDE: dict[str, dict[str, Any]] = {
    "/recording": {"delay_s": 5},
    "/transcoding": {"delay_s": 5},
    "/attendance": {"late_s": 5},
    "/callbacks": {"seed": 5},
}


@pytest.mark.parametrize("path", REFUSED)
def test_setting_of_a_wrong_form_is_refused_whole(control: Control, path: str) -> None:
    before = control.get("/state")

    for body in REFUSED[path]:
        answer = control.post(path, **{**BESIDE.get(path, {}), **body})
        assert (answer.status_code, list(answer.json())) == (400, ["error"]), body

    assert control.get("/state") == before


def test_people_join_and_leave_a_room_at_a_moment(
    control: Control, room_id: int, student: dict[str, Any]
) -> None:
    who = {"user_id": student["UserId"]}
    joined = control.post(f"/rooms/{room_id}/join", **who, at_s=100, device=7)
    control.post(f"/rooms/{room_id}/leave", **who, at_s=130, reason=2)

    (visit,) = control.get(f"/visits?room={room_id}")["visits"]
    assert visit["visit_id"] == joined.json()["visit_id"]
    assert (visit["joined_s"], visit["left_s"], visit["reason"]) == (100, 130, 2)
    assert (visit["name"], visit["role"], visit["device"]) == ("小明", "student", 7)


@pytest.mark.parametrize(
    ("verb", "body", "status"),
    [
        ("join", {}, 400),
        ("join", {"user_id": "nobody"}, 404),
        ("join", {"user_id": "", "at_s": 5}, 400),
        ("join", {"device": 8}, 400),
        ("leave", {"reason": 3}, 400),
        ("leave", {"user_id": "nobody"}, 409),
        ("leave", {"at_s": "early"}, 400),
    ],
)
def test_join_and_leave_that_cannot_be_are_told(
    control: Control, room_id: int, verb: str, body: dict[str, Any], status: int
) -> None:
    given = {"user_id": "nobody", **body} if body else {}
    assert control.post(f"/rooms/{room_id}/{verb}", **given).status_code == status


def test_nobody_joins_a_class_that_is_over(
    api: Api, control: Control, student: dict[str, Any]
) -> None:
    room_id = held_class(api, control)

    answer = control.post(f"/rooms/{room_id}/join", user_id=student["UserId"])

    assert answer.status_code == 409


def test_unknown_control_wrong_method_and_malformed_body_are_told(
    cloud: RunningCloud, control: Control
) -> None:
    headers = {"Content-Type": "application/json"}
    url = f"{cloud.base_url}/control/clock"

    bodies = [
        requests.post(url, data=each, headers=headers, timeout=10) for each in ("", "{", "[]")
    ]

    assert [answer.status_code for answer in bodies] == [400, 400, 400]
    assert control.post("/explode").status_code == 404
    assert control.post("/state").status_code == 405
    assert requests.get(f"{cloud.base_url}/control/calls?since=x", timeout=10).status_code == 400


def test_running_room_and_a_user_are_deleted(
    api: Api, control: Control, room_id: int, teacher: dict[str, Any]
) -> None:
    control.post(f"/rooms/{room_id}/start")
    paths = [f"/rooms/{room_id}/delete", *[f"/users/{teacher['UserId']}/delete"] * 2]

    assert [control.post(path).status_code for path in paths] == [200, 200, 404]
    assert api.refusal("DescribeRoom", RoomId=room_id) == "ResourceNotFound.Room"
    assert api.refusal("LoginUser", UserId=teacher["UserId"]) == "ResourceNotFound.User"


def test_reset_forgets_everything_and_old_tokens_are_void(
    cloud: RunningCloud,
    api: Api,
    control: Control,
    class_page: ClassPage,
    teacher: dict[str, Any],
    static: dict[str, Any],
) -> None:
    first_room_id = held_class(api, control, TeacherId=teacher["UserId"])
    files = [
        control.recorded(first_room_id)[0]["RecordUrl"],
        f"{static['TranscodeResult']}1.jpg",
    ]
    control.switch("fail", action="GetRooms")
    scene = {"Scene": "default", "HomeUrl": "http://127.0.0.1:9/"}
    api.call("SetAppCustomContent", SdkAppId=SDK_APP_ID, CustomContent=[scene])
    assert control.get("/state")["scenes"]["default"]["HomeUrl"] == scene["HomeUrl"]
    for path, body in SETTINGS.items():
        assert control.post(path, **body).status_code == 200

    control.post("/reset")

    assert control.get("/calls")["calls"] == []
    assert control.get("/state") == FRESH_STATE
    assert [requests.get(url, timeout=10).status_code for url in files] == [404, 404]
    assert cloud.cloud.config.media_path.exists() is False
    assert api.create_room() == first_room_id
    assert class_page.visit(first_room_id, teacher).status_code == 403


SETTINGS: dict[str, dict[str, Any]] = {
    "/limits": {"enforce": False},
    "/edition": {"app_version": 2, "has_marquee": False},
    "/words": {"refused": ["甲"]},
    "/clock": {"offset_s": 9},
    "/recording": {"describe_record_silent": True},
    "/transcoding": {"fail": "坏了"},
    "/transcoding/names": {"name": "甲.pdf", "stuck": True},
    "/attendance": {"late_s": 2, "events": "none", "heartbeat_s": 5},
    "/rooms/300000000/attendance": {"never": True},
    "/callbacks": {"lose": 0.25, "delay_s": [1, 2], "retry_s": [3], "seed": 4, "forge": True},
}
