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


def test_console_refuses_transcoding_of_a_wrong_form(cloud: RunningCloud) -> None:
    answer = submit(cloud, "transcoding", delay_s="-1", document_limit="3")

    assert (answer.status_code, answer.text) == (400, "delay_s is out of range")


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


def test_switch_of_a_wrong_form_is_told(cloud: RunningCloud) -> None:
    assert submit(cloud, "switches", action="*", kind="fail", times="x").status_code == 400
    assert submit(cloud, "switches", action="*", kind="explode").status_code == 400
    assert submit(cloud, "clock", offset_s="soon").status_code == 400


def test_room_buttons_change_the_room(
    cloud: RunningCloud, api: Api, control: Control, room_id: int
) -> None:
    other = api.create_room()
    for verb in ("start", "end"):
        submit(cloud, f"rooms/{room_id}/{verb}")
    submit(cloud, f"rooms/{other}/expire")

    assert (api.status(room_id), api.status(other)) == (2, 3)
    submit(cloud, f"rooms/{other}/delete")
    assert [room["RoomId"] for room in control.get("/state")["rooms"]] == [room_id]
    assert submit(cloud, f"rooms/{other}/delete").status_code == 404
    assert submit(cloud, f"rooms/{room_id}/start").status_code == 409


def test_user_button_deletes_the_user(
    cloud: RunningCloud, control: Control, teacher: dict[str, Any]
) -> None:
    submit(cloud, f"users/{teacher['UserId']}/delete")

    assert control.get("/state")["users"] == []


def test_settings_are_changed_by_form(cloud: RunningCloud, control: Control) -> None:
    submit(cloud, "limits", enforce="1")
    submit(cloud, "clock", offset_s=str(HOUR_S))
    submit(cloud, "words", refused="甲 乙")

    state = control.get("/state")

    assert (state["limits_enforced"], state["clock_offset_s"]) == (True, HOUR_S)
    assert state["refused_words"] == ["甲", "乙"]


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


def test_reset_by_form_forgets_everything(
    cloud: RunningCloud, control: Control, room_id: int
) -> None:
    submit(cloud, "reset")

    state = control.get("/state")
    assert (state["rooms"], state["users"]) == ([], [])


def test_unknown_form_is_not_found(cloud: RunningCloud) -> None:
    assert submit(cloud, "explode").status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_form_of_another_origin_is_refused(
    cloud: RunningCloud, control: Control, room_id: int, headers: dict[str, str]
) -> None:
    answer = requests.post(f"{cloud.base_url}/console/reset", headers=headers, timeout=10)

    assert answer.status_code == 403
    assert len(control.get("/state")["rooms"]) == 1


def test_form_of_the_same_site_by_fetch_metadata_is_taken(
    cloud: RunningCloud, control: Control, room_id: int
) -> None:
    headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}

    requests.post(f"{cloud.base_url}/console/reset", headers=headers, timeout=10)

    assert control.get("/state")["rooms"] == []
