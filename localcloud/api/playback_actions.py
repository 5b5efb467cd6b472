"""The actions of signalling replays.

Assumed, because the cloud's pages are silent: a list narrowed to an unknown room is empty; a token is given
for any room that exists, with or without a replay, and to any UserId; without ExpireSeconds, and with 0, it
is valid for a hundred years, as in the cloud's sample; deleting a replay that does not exist is no error; records
of watching stay when the replay is deleted, and those of an unknown room are none.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from localcloud.api.parameters import Parameter
from localcloud.cloud import Cloud
from localcloud.errors import CloudError
from localcloud.state import play_records, recordings, rooms, tokens
from localcloud.state.play_records import PlayRecord
from localcloud.state.recordings import Recording

MEGABYTE = 1024 * 1024
FOREVER_S = 100 * 366 * 24 * 3600
DEFAULT_LIMIT = 10
DESCRIBE_PLAYBACK_LIST = {
    "SdkAppId": Parameter("int", required=True),
    "RoomId": Parameter("int"),
    "Page": Parameter("int", low=1),
    "Limit": Parameter("int", low=1, high=100),
}
GET_PLAYBACK_TOKEN = {
    "SdkAppId": Parameter("int", required=True),
    "RoomId": Parameter("int", required=True),
    "UserId": Parameter("text", high=128),
    "ExpireSeconds": Parameter("int", low=0, high=FOREVER_S),
}

DESCRIBE_PLAY_RECORDS = {
    "SdkAppId": Parameter("int", required=True),
    "RoomId": Parameter("int", required=True),
    "StartTime": Parameter("int", required=True, low=0),
    "EndTime": Parameter("int", required=True, low=0),
    "Page": Parameter("int", required=True, low=1),
    "PageSize": Parameter("int", required=True, low=1, high=200),
    "UserId": Parameter("text", high=128),
}


def describe_playback_list(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    found = recordings.playbacks(cloud, params.get("RoomId"))
    limit = params.get("Limit", DEFAULT_LIMIT)
    skipped = (params.get("Page", 1) - 1) * limit
    return {
        "Total": len(found),
        "Items": [_item(cloud, each) for each in found[skipped : skipped + limit]],
    }


def get_playback_token(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    if rooms.find(cloud, params["RoomId"]) is None:
        raise CloudError("ResourceNotFound", "The room does not exist.")
    user_id = params.get("UserId", "")
    lifetime_s = params.get("ExpireSeconds") or FOREVER_S
    token = tokens.issue_for_playback(
        cloud, params["RoomId"], user_id=user_id, lifetime_s=lifetime_s
    )
    return {"Token": token, "RoomId": params["RoomId"], "UserId": user_id}


def delete_playback_item(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    room = rooms.get(cloud, params["RoomId"])
    if room.status == rooms.RUNNING:
        raise CloudError("FailedOperation.ClassStarted", "The class is running.")
    recordings.delete_all(cloud, room.room_id, kinds={recordings.SIGNALLING})
    return {}


def describe_play_records(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    records = play_records.of_room(
        cloud,
        params["RoomId"],
        start_s=params["StartTime"],
        end_s=params["EndTime"],
        user_id=params.get("UserId"),
    )
    skipped = (params["Page"] - 1) * params["PageSize"]
    page = records[skipped : skipped + params["PageSize"]]
    return {"Total": len(records), "Records": [_play_record(record) for record in page]}


def _play_record(record: PlayRecord) -> dict[str, Any]:
    return {
        "RoomId": record.room_id,
        "UserId": record.user_id,
        "SessionId": record.session_id,
        "PlayBeginTime": record.begin_s,
        "PlayEndTime": record.end_s,
        "Duration": record.duration_ms,
    }


def _item(cloud: Cloud, playback: Recording) -> dict[str, Any]:
    token = tokens.issue_for_playback(cloud, playback.room_id, user_id="", lifetime_s=FOREVER_S)
    query = urlencode({"classid": playback.room_id, "token": token})
    return {
        "RoomId": playback.room_id,
        "PlaybackUrl": f"{cloud.base_url}{recordings.PLAYBACK_PATH}?{query}",
        "Duration": playback.duration_s,
        "CreateTime": playback.start_s,
        "FileSize": round(playback.size_bytes / MEGABYTE, 2),
    }
