"""Common steps and questions of tests of recordings."""

from __future__ import annotations

from typing import Any

from tests.localcloud.clients import SDK_APP_ID, Api, Control, eventually


def held_class(api: Api, control: Control, **changes: Any) -> int:
    """Hold a class from start to end."""
    room_id = api.create_room(**changes)
    for verb in ("start", "end"):
        assert control.post(f"/rooms/{room_id}/{verb}").status_code == 200
    return room_id


def describe_record(api: Api, room_id: int) -> list[dict[str, Any]]:
    answer = api.call("DescribeRecord", SdkAppId=SDK_APP_ID, RoomId=room_id)
    return list(answer["RecordInfo"])


def shown_by_room(api: Api, room_id: int) -> tuple[str, int]:
    room = api.call("DescribeRoom", RoomId=room_id)
    return room["RecordUrl"], room["VideoDuration"]


def record(api: Api, verb: str, room_id: int, **more: Any) -> dict[str, Any]:
    return api.call(f"{verb}Record", SdkAppId=SDK_APP_ID, RoomId=room_id, **more)


def playbacks(control: Control, room_id: int, state: str = "ready") -> list[dict[str, Any]]:
    """Wait until the room's signalling replays are in this state, and return them."""
    return eventually(
        lambda: list(control.room(room_id)["Playbacks"]),
        lambda found: bool(found) and all(each["State"] == state for each in found),
    )


def listed_playbacks(api: Api, **more: Any) -> dict[str, Any]:
    return api.call("DescribePlaybackList", SdkAppId=SDK_APP_ID, **more)


def playback_token(api: Api, room_id: int, **more: Any) -> str:
    answer = api.call("GetPlaybackToken", SdkAppId=SDK_APP_ID, RoomId=room_id, **more)
    return str(answer["Token"])
