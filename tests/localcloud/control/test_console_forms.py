"""The console's forms."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from localcloud.http.server import RunningCloud
from tests.localcloud.clients import HOUR_S, Api, Control, console_text, submit
from tests.localcloud.courseware import plain


def test_console_sets_transcoding_and_deletes(
    api: Api, cloud: RunningCloud, control: Control, teacher: dict[str, Any]
) -> None:
    document_id = plain(api, teacher)

    fields = {"delay_s": "2.5", "stuck": "1", "fail": "坏了", "document_limit": "3"}
    answers = [
        submit(cloud, "transcoding", **fields),
        submit(cloud, f"documents/{document_id}/delete"),
    ]

    state = control.get("/state")
    assert [each.status_code for each in answers] == [303, 303]
    assert state["transcoding"] == {
        "delay_s": 2.5,
        "stuck": True,
        "fail": "坏了",
        "zero_pages": False,
        "document_limit": 3,
    }
    assert state["documents"] == []
    assert api.refusal("DescribeDocument", DocumentId=document_id) == "ResourceNotFound.Document"


def test_attendance_is_set_and_people_come_and_go_by_form(
    cloud: RunningCloud, control: Control, room_id: int, student: dict[str, Any]
) -> None:
    fields = {"late_s": "60", "never": "1", "garble": "types", "page_size": "2", "current": "all"}
    answers = [
        submit(cloud, "attendance", **fields, events="fewer", heartbeat_s="5"),
        submit(cloud, f"rooms/{room_id}/join", user_id=student["UserId"]),
        submit(cloud, f"rooms/{room_id}/leave", user_id=student["UserId"], reason="1"),
    ]

    assert [each.status_code for each in answers] == [303, 303, 303]
    assert control.get("/state")["attendance"] == {
        "late_s": 60,
        "never": True,
        "refuse": "",
        "garble": "types",
        "page_size": 2,
        "events": "fewer",
        "current": "all",
        "dropped_s": 0,
        "keyword_limit": 0,
        "heartbeat_s": 5,
        "rooms": {},
    }
    assert [visit["reason"] for visit in control.get("/visits")["visits"]] == [1]
    text = console_text(cloud)
    assert text.index("<option>types</option>") < text.index("<option>missing</option>")


def test_switch_is_added_and_cleared_by_form(cloud: RunningCloud, control: Control) -> None:
    fields = {"action": "*", "kind": "late", "code": "", "times": "2", "seconds": "0.5"}
    added = submit(cloud, "switches", **fields)
    submit(cloud, "switches", action="GetRooms", kind="fail", times="", seconds="")

    first, second = control.get("/state")["switches"]
    submit(cloud, f"switches/{first['id']}/clear")
    left = control.get("/state")["switches"]
    submit(cloud, "switches/clear")

    assert (added.status_code, added.headers["Location"]) == (303, "/console")
    assert (first["kind"], first["times"], first["seconds"]) == ("late", 2, 0.5)
    assert (second["code"], second["times"]) == ("InternalError", None)
    assert left == [second]
    assert control.get("/state")["switches"] == []


def test_recording_settings_are_changed_by_form(cloud: RunningCloud, control: Control) -> None:
    fields = {"describe_record_silent": "1", "storage_full": "1", "file_format": "hls"}
    submit(cloud, "recording", delay_s="2.5", vod_key="Key12345", **fields)
    before = control.get("/state")["recording"]
    submit(cloud, "recording", enabled="1", vod_key="")
    kept_key = control.get("/state")["recording"]["has_vod_key"]
    submit(cloud, "recording", no_vod_key="1")

    assert before == {
        "delay_s": 2.5,
        "enabled": False,
        "storage_full": True,
        "describe_record_silent": True,
        "file_format": "hls",
        "has_vod_key": True,
    }
    assert (kept_key, control.get("/state")["recording"]["has_vod_key"]) == (True, False)
    assert submit(cloud, "recording", delay_s="soon").status_code == 400


def test_callback_settings_are_changed_by_form_and_an_empty_key_stays(
    cloud: RunningCloud, control: Control
) -> None:
    fields = {"url": "http://127.0.0.1:1/x", "lose": "0.5", "delay_from_s": "1", "delay_to_s": "2"}
    submit(cloud, "callbacks", **fields, key="hush", enabled="1", seed="7", retry_s="0.5 2")
    submit(cloud, "callbacks", **fields, key="", enabled="1", seed="7", retry_s="0.5 2")

    assert control.get("/state")["callbacks"] == {
        "url": "http://127.0.0.1:1/x",
        "has_key": True,
        "enabled": True,
        "lose": 0.5,
        "double": 0,
        "delay_s": [1, 2],
        "reorder": False,
        "forge": False,
        "seed": 7,
        "retry_s": [0.5, 2],
    }
    assert "hush" not in console_text(cloud)
    assert submit(cloud, "callbacks", url="nowhere").status_code == 400


def test_room_and_user_buttons_change_what_they_name(
    cloud: RunningCloud, api: Api, control: Control, room_id: int, teacher: dict[str, Any]
) -> None:
    other = api.create_room()
    for path in (f"rooms/{room_id}/start", f"rooms/{room_id}/end", f"rooms/{other}/expire"):
        submit(cloud, path)
    statuses = (api.status(room_id), api.status(other))
    submit(cloud, f"rooms/{other}/delete")
    submit(cloud, f"users/{teacher['UserId']}/delete")

    state = control.get("/state")
    assert statuses == (2, 3)
    assert [room["RoomId"] for room in state["rooms"]] == [room_id]
    assert state["users"] == []


def test_settings_are_changed_and_reset_by_form(cloud: RunningCloud, control: Control) -> None:
    submit(cloud, "limits", enforce="1")
    submit(cloud, "clock", offset_s=str(HOUR_S))
    submit(cloud, "words", refused="甲 乙")
    submit(cloud, "edition", app_version="3")  # a box that is not ticked is not sent

    state = control.get("/state")
    submit(cloud, "reset")

    assert (state["limits_enforced"], state["clock_offset_s"]) == (True, HOUR_S)
    assert (state["refused_words"], state["app_version"]) == (["甲", "乙"], 3)
    assert state["has_marquee"] is False
    assert control.get("/state")["clock_offset_s"] == 0


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("switches", {"action": "*", "kind": "fail", "times": "x"}, 400),
        ("switches", {"action": "*", "kind": "explode"}, 400),
        ("clock", {"offset_s": "soon"}, 400),
        ("edition", {"app_version": "5"}, 400),
        ("transcoding", {"delay_s": "-1", "document_limit": "3"}, 400),
        ("attendance", {"garble": "x"}, 400),
        ("rooms/1/delete", {}, 404),
        ("rooms/300000000/end", {}, 409),
        ("explode", {}, 404),
    ],
)
@pytest.mark.usefixtures("room_id")
def test_form_that_cannot_be_carried_out_is_told(
    cloud: RunningCloud, path: str, fields: dict[str, str], status: int
) -> None:
    assert submit(cloud, path, **fields).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
def test_only_forms_of_the_same_origin_count(
    cloud: RunningCloud, control: Control, room_id: int, headers: dict[str, str], status: int
) -> None:
    answer = requests.post(f"{cloud.base_url}/console/reset", headers=headers, timeout=10)

    assert answer.status_code == status
    assert [room["RoomId"] for room in control.get("/state")["rooms"]] == (
        [room_id] if status == 403 else []
    )
