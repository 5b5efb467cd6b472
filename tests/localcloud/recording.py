"""What tests of recordings do and ask."""

from __future__ import annotations

from typing import Any

from tests.localcloud.conftest import SDK_APP_ID, Api, Control


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
