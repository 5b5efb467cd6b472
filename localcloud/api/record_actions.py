"""The recording actions of the API.

Assumed, because the cloud's pages are silent: StartRecord and StopRecord need a running class whose
DisableRecord is 2 and whose RecordLayout is 9 (by hand nothing but pages is recorded), one recording at a time;
DescribeRecordTask names what runs, and has an empty TaskId while nothing does, or an automatic recording;
DescribeRecord refuses an unknown room with InvalidParameter, one of the two errors that it declares, and so does
DescribeRecordStream; DeleteRecord of a room without recordings is no error; BatchDeleteRecord takes up to 100 rooms,
leaves out those that it does not know, and deletes single streams too.
"""

from __future__ import annotations

from typing import Any

from localcloud.api.parameters import Parameter
from localcloud.cloud import Cloud
from localcloud.errors import CloudError
from localcloud.state import recording_settings, recordings, rooms
from localcloud.state.recordings import Recording
from localcloud.state.rooms import Room

ROOM = {
    "SdkAppId": Parameter("int", required=True),
    "RoomId": Parameter("int", required=True),
}
STOP_RECORD = {**ROOM, "TaskId": Parameter("text", required=True)}
ROOMS = {
    "SdkAppId": Parameter("int", required=True),
    "RoomIds": Parameter(
        "ints", required=True, low=1, high=100, refusal="InvalidParameter.ClassIDs"
    ),
}


def start_record(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    room = _recordable(cloud, params["RoomId"])
    if recordings.find_running(cloud, room.room_id) is not None:
        raise CloudError("FailedOperation", "A recording is running already.")
    if recording_settings.load(cloud).storage_full:
        raise CloudError("ResourceInsufficient.Record", "The storage of recordings is full.")
    return {"TaskId": recordings.begin(cloud, room).task_id}


def stop_record(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    room = _recordable(cloud, params["RoomId"])
    running = recordings.find_running(cloud, room.room_id)
    if running is None or running.task_id != params["TaskId"]:
        raise CloudError("InvalidParameter", "No recording of this TaskId is running.")
    recordings.finish(cloud, running, at_s=cloud.now_s())
    return {}


def describe_record_task(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    running = recordings.find_running(cloud, rooms.get(cloud, params["RoomId"]).room_id)
    return {"TaskId": "" if running is None else running.task_id}


def describe_record(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    is_silent = recording_settings.load(cloud).describe_record_silent
    listed = [] if is_silent else recordings.find_ready(cloud, _known_room_id(cloud, params))
    return {
        **_identifiers(cloud, params),
        "RecordInfo": [{**_info(cloud, each), "TaskId": each.task_id} for each in listed],
    }


def describe_record_stream(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    room_id = _known_room_id(cloud, params)
    listed = recordings.find_ready(cloud, room_id, kind=recordings.STREAM)
    return {
        **_identifiers(cloud, params),
        "ClassType": 0,
        "StreamInfo": [
            {**_info(cloud, each), "UserId": each.user_id, "Role": "main"} for each in listed
        ],
    }


def delete_record(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    recordings.delete_all(cloud, rooms.get(cloud, params["RoomId"]).room_id)
    return {}


def batch_delete_record(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    """Delete the recordings of several rooms, and name those that had any."""
    wanted = dict.fromkeys(params["RoomIds"])
    return {"RoomIds": [room_id for room_id in wanted if recordings.delete_all(cloud, room_id)]}


def _known_room_id(cloud: Cloud, params: dict[str, Any]) -> int:
    room = rooms.find(cloud, params["RoomId"])
    if room is None:
        raise CloudError("InvalidParameter", "The room does not exist.")
    return room.room_id


def _identifiers(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    return {"SchoolId": cloud.config.sdk_app_id, "ClassId": params["RoomId"]}


def _recordable(cloud: Cloud, room_id: int) -> Room:
    room = rooms.get(cloud, room_id)
    room.require_open()
    if room.status != rooms.RUNNING:
        raise CloudError("FailedOperation", "The class has not started.")
    if room.fields["DisableRecord"] != recordings.MANUAL:
        raise CloudError("FailedOperation", "The class is not recorded by hand.")
    if room.fields["RecordLayout"] != recordings.PAGE_LAYOUT:
        raise CloudError("FailedOperation", "By hand nothing but the page is recorded.")
    return room


def _info(cloud: Cloud, recording: Recording) -> dict[str, Any]:
    return {
        "StartTime": recording.start_s,
        "StopTime": recording.stop_s,
        "Duration": recording.duration_s,
        "FileFormat": recording.api_format,
        "RecordUrl": recordings.url_of(cloud, recording),
        "RecordSize": recording.size_bytes,
        "VideoId": recording.video_id,
    }
