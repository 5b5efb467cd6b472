"""Signalling replays: when there is one, the list, tickets, the player, and their end."""

from __future__ import annotations

import base64
import json
import re
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from localcloud.http.server import RunningCloud
from tests.localcloud.conftest import HOUR_S, SDK_APP_ID, Api, ClassPage, Control, eventually
from tests.localcloud.receiver import Receiver
from tests.localcloud.recording import describe_record, held_class, shown_by_room


def playbacks(control: Control, room_id: int, state: str = "ready") -> list[dict[str, Any]]:
    """Wait until the room's signalling replays are in this state, and return them."""
    return eventually(
        lambda: list(control.room(room_id)["Playbacks"]),
        lambda found: bool(found) and all(each["State"] == state for each in found),
    )


def listed(api: Api, **more: Any) -> dict[str, Any]:
    return api.call("DescribePlaybackList", SdkAppId=SDK_APP_ID, **more)


def ticket(api: Api, room_id: int, **more: Any) -> str:
    answer = api.call("GetPlaybackToken", SdkAppId=SDK_APP_ID, RoomId=room_id, **more)
    return str(answer["Token"])


def claims(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    content: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return content


def visit(cloud: RunningCloud, path: str, **query: int | str) -> requests.Response:
    return requests.get(f"{cloud.base_url}{path}", params=query, timeout=10)


@pytest.fixture
def held_id(api: Api, control: Control) -> int:
    room_id = held_class(api, control, DisableRecord=3)
    playbacks(control, room_id)
    return room_id


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

    item = listed(api, RoomId=held_id)["Items"][0]

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
def test_ticket_expires_when_it_was_asked_to(
    api: Api, held_id: int, more: dict[str, int], lifetime_s: int
) -> None:
    said = claims(ticket(api, held_id, **more))

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
def test_ticket_is_refused(api: Api, held_id: int, params: dict[str, Any], code: str) -> None:
    wanted = {"SdkAppId": SDK_APP_ID, "RoomId": held_id, **params}

    assert api.refusal("GetPlaybackToken", **wanted) == code


def test_player_plays_to_whoever_has_a_ticket(cloud: RunningCloud, api: Api, held_id: int) -> None:
    token = ticket(api, held_id, ExpireSeconds=60, UserId="somebody")

    page = visit(cloud, "/playback/index.html", classid=held_id, token=token, title="<复习>")

    media = re.findall(r'<video class="video" controls src="([^"]+)"', page.text)[0]
    film = visit(cloud, media.replace("&amp;", "&"))
    assert (page.status_code, film.status_code) == (200, 200)
    assert re.findall(r"<h1>(.*?)</h1>", page.text) == ["&lt;复习&gt;"]
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert film.headers["Content-Type"] == "video/mp4"
    assert film.content[4:8] == b"ftyp"


def test_address_of_the_list_plays_too(api: Api, held_id: int) -> None:
    url = listed(api, RoomId=held_id)["Items"][0]["PlaybackUrl"]

    page = requests.get(url, timeout=10)

    assert (page.status_code, re.findall(r"<h1>(.*?)</h1>", page.text)) == (200, ["语文课"])


@pytest.mark.parametrize("path", ["/playback/index.html", "/playback/class.mp4"])
class TestTicketIsLookedAt:
    def test_expired(
        self, cloud: RunningCloud, api: Api, control: Control, held_id: int, path: str
    ) -> None:
        token = ticket(api, held_id, ExpireSeconds=60)
        control.shift_clock(61)

        assert visit(cloud, path, classid=held_id, token=token).status_code == 403

    def test_of_another_room(
        self, cloud: RunningCloud, api: Api, control: Control, held_id: int, path: str
    ) -> None:
        other = held_class(api, control, DisableRecord=3)

        token = ticket(api, other, ExpireSeconds=60)

        assert visit(cloud, path, classid=held_id, token=token).status_code == 403

    def test_of_a_class(
        self, cloud: RunningCloud, api: Api, held_id: int, teacher: dict[str, Any], path: str
    ) -> None:
        login = api.call("LoginUserWithRoom", UserId=teacher["UserId"], RoomId=held_id)

        assert visit(cloud, path, classid=held_id, token=login["Token"]).status_code == 403

    @pytest.mark.parametrize("token", ["", "x", "a.b.c", "课"])
    def test_forged(self, cloud: RunningCloud, held_id: int, path: str, token: str) -> None:
        assert visit(cloud, path, classid=held_id, token=token).status_code == 403
        assert visit(cloud, path).status_code == 403

    def test_room_without_a_replay(
        self, cloud: RunningCloud, api: Api, room_id: int, path: str
    ) -> None:
        token = ticket(api, room_id, ExpireSeconds=60)

        assert visit(cloud, path, classid=room_id, token=token).status_code == 404


def test_ticket_to_a_replay_opens_no_class(
    api: Api, class_page: ClassPage, room_id: int, teacher: dict[str, Any]
) -> None:
    token = ticket(api, room_id, UserId=teacher["UserId"], ExpireSeconds=60)

    entered = class_page.visit(room_id, {"UserId": teacher["UserId"], "Token": token})

    assert entered.status_code == 403
    assert class_page.visit(room_id, teacher).status_code == 200


@pytest.mark.parametrize("way", ["api", "control", "room"])
def test_deleted_replay_is_gone_with_its_film(
    cloud: RunningCloud, api: Api, control: Control, held_id: int, way: str
) -> None:
    token = ticket(api, held_id, ExpireSeconds=60)
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

    assert listed(api, RoomId=room_id)["Items"][0]["Duration"] == 900
    assert summary(api, RoomId=without) == (0, [])
    assert control.post("/history", **past, recordings=2).status_code == 400


def summary(api: Api, **more: Any) -> tuple[int, list[int]]:
    """Return Total and the rooms of the items."""
    answer = listed(api, **more)
    for item in answer["Items"]:
        query = parse_qs(urlsplit(item["PlaybackUrl"]).query)
        assert query["classid"] == [str(item["RoomId"])]
    return answer["Total"], [item["RoomId"] for item in answer["Items"]]
