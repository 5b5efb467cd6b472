"""The actions of signalling replays."""

from __future__ import annotations

import base64
import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from localcloud.http.server import RunningCloud
from tests.localcloud.clients import HOUR_S, SDK_APP_ID, Api, Control, visit
from tests.localcloud.receiver import Receiver
from tests.localcloud.recording import (
    describe_record,
    held_class,
    listed_playbacks,
    playback_token,
    playbacks,
    shown_by_room,
)


def claims(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    content: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return content


def test_class_kept_as_signals_has_a_replay_and_no_file(
    api: Api, control: Control, held_id: int
) -> None:
    found = playbacks(control, held_id)

    assert [each["RecordUrl"] for each in found] == [""]
    assert control.recordings(held_id) == []
    assert describe_record(api, held_id) == []
    assert shown_by_room(api, held_id) == ("", 0)


@pytest.mark.parametrize("disable_record", [0, 1, 2])
def test_other_classes_have_none(api: Api, control: Control, disable_record: int) -> None:
    room_id = held_class(api, control, DisableRecord=disable_record)

    assert control.room(room_id)["Playbacks"] == []
    assert summary(api, RoomId=room_id) == (0, [])


def test_list_tells_what_the_api_knows(api: Api, control: Control, held_id: int) -> None:
    kept = playbacks(control, held_id)[0]

    item = listed_playbacks(api, RoomId=held_id)["Items"][0]

    assert abs(item.pop("FileSize") * 1024 * 1024 - kept["RecordSize"]) <= 0.005 * 1024 * 1024
    assert item.pop("PlaybackUrl").startswith(f"{control.base_url}/playback/index.html?classid=")
    assert item == {
        "RoomId": held_id,
        "Duration": kept["Duration"],
        "CreateTime": kept["StartTime"],
    }


def test_list_of_all_comes_page_by_page(api: Api, control: Control) -> None:
    rooms = [held_class(api, control, DisableRecord=3) for _ in range(3)]
    for room_id in rooms:
        playbacks(control, room_id)

    assert summary(api) == (3, rooms)
    assert summary(api, Page=2, Limit=2) == (3, rooms[2:])
    assert summary(api, RoomId=rooms[1]) == (1, [rooms[1]])
    assert summary(api, RoomId=1) == (0, [])
    assert api.refusal("DescribePlaybackList", SdkAppId=SDK_APP_ID, Limit=101) == (
        "InvalidParameterValue"
    )


def test_late_replay_is_listed_when_it_is_there(api: Api, control: Control) -> None:
    control.post("/recording", delay_s=600)
    room_id = held_class(api, control, DisableRecord=3)
    before = summary(api, RoomId=room_id)

    control.shift_clock(601)
    playbacks(control, room_id)

    assert before == (0, [])
    assert summary(api, RoomId=room_id) == (1, [room_id])


def test_replay_that_never_comes_fails_in_silence(api: Api, control: Control) -> None:
    control.post("/recording", enabled=False)

    room_id = held_class(api, control, DisableRecord=3)

    assert [each["State"] for each in playbacks(control, room_id, "failed")] == ["failed"]
    assert summary(api, RoomId=room_id) == (0, [])


def test_no_callback_tells_of_a_signalling_replay(
    api: Api, control: Control, receiver: Receiver
) -> None:
    control.post("/callbacks", url=receiver.url)
    room_id = held_class(api, control, DisableRecord=3)
    playbacks(control, room_id)

    assert [each["event_type"] for each in control.delivered(2)] == ["RoomStart", "RoomEnd"]


@pytest.mark.parametrize(
    ("more", "lifetime_s"),
    [
        ({"ExpireSeconds": 60}, 60),
        ({"ExpireSeconds": 0}, 100 * 366 * 24 * HOUR_S),
        ({}, 100 * 366 * 24 * HOUR_S),
    ],
)
def test_token_expires_when_it_was_asked_to(
    api: Api, held_id: int, more: dict[str, int], lifetime_s: int
) -> None:
    said = claims(playback_token(api, held_id, **more))

    assert said["class_id"] == held_id
    assert abs(said["exp"] - lifetime_s - time.time()) < 10


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"RoomId": 1}, "ResourceNotFound"),
        ({"ExpireSeconds": -1}, "InvalidParameterValue"),
        ({"ExpireSeconds": "60"}, "InvalidParameter"),
        ({"SdkAppId": 1}, "InvalidParameter.SdkAppId"),
    ],
)
def test_token_is_refused(api: Api, held_id: int, params: dict[str, Any], code: str) -> None:
    wanted = {"SdkAppId": SDK_APP_ID, "RoomId": held_id, **params}

    assert api.refusal("GetPlaybackToken", **wanted) == code


@pytest.mark.parametrize("way", ["api", "control", "room"])
def test_deleted_replay_is_gone_with_its_film(
    cloud: RunningCloud, api: Api, control: Control, held_id: int, way: str
) -> None:
    token = playback_token(api, held_id, ExpireSeconds=60)
    film = cloud.cloud.config.media_path / str(held_id)
    there = list(film.rglob("*.mp4"))

    if way == "api":
        api.call("DeletePlaybackItem", SdkAppId=SDK_APP_ID, RoomId=held_id)
    elif way == "control":
        assert control.post(f"/rooms/{held_id}/delete_playback").status_code == 200
    else:
        api.call("DeleteRoom", RoomId=held_id)

    assert (len(there), list(film.rglob("*.mp4"))) == (1, [])
    assert summary(api, RoomId=held_id) == (0, [])
    opened = visit(cloud, "/playback/index.html", classid=held_id, token=token)
    assert opened.status_code == 404


def test_deleting_files_leaves_the_signalling_replay(api: Api, held_id: int) -> None:
    api.call("DeleteRecord", SdkAppId=SDK_APP_ID, RoomId=held_id)

    assert summary(api, RoomId=held_id) == (1, [held_id])


def test_deleting_is_refused_while_the_class_runs_and_for_unknown_rooms(
    api: Api, control: Control
) -> None:
    running = api.create_room(DisableRecord=3)
    control.post(f"/rooms/{running}/start")

    def refusal(room_id: int) -> str:
        return api.refusal("DeletePlaybackItem", SdkAppId=SDK_APP_ID, RoomId=room_id)

    assert refusal(running) == "FailedOperation.ClassStarted"
    assert refusal(1) == "ResourceNotFound.Room"
    assert control.post("/rooms/1/delete_playback").status_code == 404


def test_film_is_not_found_among_the_files(
    cloud: RunningCloud, control: Control, held_id: int
) -> None:
    video_id = playbacks(control, held_id)[0]["VideoId"]

    assert visit(cloud, f"/vod/{held_id}/{video_id}/f0.mp4").status_code == 404


def test_past_class_may_have_been_kept_as_signals(api: Api, control: Control) -> None:
    now_s = int(time.time())
    past = {"Name": "语文课", "StartTime": now_s - 900, "EndTime": now_s, "DisableRecord": 3}

    room_id = control.post("/history", **past).json()["RoomId"]
    without = control.post("/history", **past, recordings=0).json()["RoomId"]

    assert listed_playbacks(api, RoomId=room_id)["Items"][0]["Duration"] == 900
    assert summary(api, RoomId=without) == (0, [])
    assert control.post("/history", **past, recordings=2).status_code == 400


def summary(api: Api, **more: Any) -> tuple[int, list[int]]:
    """Return Total and the rooms of the items."""
    answer = listed_playbacks(api, **more)
    for item in answer["Items"]:
        query = parse_qs(urlsplit(item["PlaybackUrl"]).query)
        assert query["classid"] == [str(item["RoomId"])]
    return answer["Total"], [item["RoomId"] for item in answer["Items"]]
