"""Recordings through the vendor's client, against the real local cloud."""

from __future__ import annotations

import json
from typing import Any

import pytest

from classroom.client import records, rooms
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudRejected, CloudUnavailable
from classroom.client.rate_limits import Priority
from tests.support.cloud import SDK_APP_ID, LocalCloud
from tests.support.peers import Script, answering
from tests.support.roomplans import plan_of

BACKGROUND = Priority.BACKGROUND


def held_room(cloud: LocalCloud, teacher_id: str) -> int:
    """A room whose class is over and recorded."""
    room_id = rooms.create_room(plan_of(teacher_id), BACKGROUND)
    for change in ("start", "end"):
        cloud.change_room(room_id, change)
    cloud.recorded(room_id)
    return room_id


def bodies(cloud: LocalCloud, action: str) -> list[dict[str, Any]]:
    return [json.loads(call["body_text"]) for call in cloud.calls(action=action)]


def states(cloud: LocalCloud, room_id: int) -> list[str]:
    return [each["State"] for each in cloud.recordings(room_id)]


@pytest.mark.parametrize("address", [None, "", "\0", "\0\0\0"])
def test_entry_without_an_address_is_no_recording(
    local_cloud: LocalCloud, settings: Any, address: str | None
):
    entries = [{"RecordUrl": address}, {"RecordUrl": "https://vod.example.com/1.mp4"}]
    answer = {"Response": {"RecordInfo": entries, "RequestId": "r"}}
    with answering(Script(body=json.dumps(answer).encode())) as script:
        settings.LCIC_ENDPOINT = script.url

        found = records.list_recordings(300_000_000, BACKGROUND)

    assert [recording.url for recording in found] == ["https://vod.example.com/1.mp4"]


@pytest.mark.parametrize("address", [None, "", "\0"])
def test_stream_without_an_address_is_none(
    local_cloud: LocalCloud, settings: Any, address: str | None
):
    entries = [
        {"RecordUrl": address, "UserId": "u1"},
        {"RecordUrl": "https://vod.example.com/1.mp4", "UserId": "u" * 200},
    ]
    answer = {"Response": {"StreamInfo": entries, "RequestId": "r"}}
    with answering(Script(body=json.dumps(answer).encode())) as script:
        settings.LCIC_ENDPOINT = script.url

        found = records.list_streams(300_000_000, BACKGROUND)

    told = [(stream.url, stream.stream_of) for stream in found]
    assert told == [("https://vod.example.com/1.mp4", "u" * 128)]


def test_single_streams_are_told_with_their_person(local_cloud: LocalCloud, teacher_id: str):
    past = {"TeacherId": teacher_id, "RecordStream": 1}
    room_id = local_cloud.add_history("语文课", 1_725_235_200, 1_725_235_260, **past)

    (stream,) = records.list_streams(room_id, BACKGROUND)

    (kept,) = local_cloud.streams(room_id)
    assert (stream.url, stream.video_id) == (kept["RecordUrl"], kept["VideoId"])
    assert (stream.stream_of, stream.file_format) == (teacher_id, "mp4")
    assert (stream.duration_s, stream.size_bytes) == (60, kept["RecordSize"])
    assert stream.started_at is not None
    assert stream.started_at.timestamp() == 1_725_235_200


class TestDelete:
    def test_one_room_is_told_by_itself(self, local_cloud: LocalCloud, teacher_id: str):
        room_id = held_room(local_cloud, teacher_id)

        records.delete_records([room_id], BACKGROUND)

        assert bodies(local_cloud, "DeleteRecord") == [{"SdkAppId": SDK_APP_ID, "RoomId": room_id}]
        assert bodies(local_cloud, "BatchDeleteRecord") == []
        assert states(local_cloud, room_id) == ["deleted"]
        assert records.list_recordings(room_id, BACKGROUND) == ()

    def test_several_rooms_are_told_in_one_call(self, local_cloud: LocalCloud, teacher_id: str):
        room_ids = [held_room(local_cloud, teacher_id) for _ in range(2)]
        other = held_room(local_cloud, teacher_id)

        records.delete_records(room_ids, BACKGROUND)

        assert bodies(local_cloud, "DeleteRecord") == []
        assert bodies(local_cloud, "BatchDeleteRecord") == [
            {"SdkAppId": SDK_APP_ID, "RoomIds": room_ids}
        ]
        assert [states(local_cloud, each) for each in room_ids] == [["deleted"], ["deleted"]]
        assert states(local_cloud, other) == ["ready"]

    def test_more_rooms_than_a_call_may_name_are_refused(self, local_cloud: LocalCloud):
        most = list(range(1, records.DELETED_AT_ONCE + 1))
        records.delete_records(most, BACKGROUND)

        with pytest.raises(ValueError, match="21 rooms at once"):
            records.delete_records([*most, 21], BACKGROUND)

        (told,) = bodies(local_cloud, "BatchDeleteRecord")
        assert told["RoomIds"] == most

    def test_nothing_asks_nobody(self, local_cloud: LocalCloud):
        records.delete_records([], BACKGROUND)

        assert local_cloud.calls() == []

    def test_what_is_gone_already_is_fine(self, local_cloud: LocalCloud, teacher_id: str):
        room_id = held_room(local_cloud, teacher_id)
        for _ in range(2):
            records.delete_records([room_id], BACKGROUND)

        rooms.delete_room(room_id, BACKGROUND)
        records.delete_records([room_id], BACKGROUND)

        codes = [call["code"] for call in local_cloud.calls(action="DeleteRecord")]
        assert codes == ["", "", "ResourceNotFound.Room"]

    def test_of_several_rooms_one_that_is_gone_is_told(
        self, local_cloud: LocalCloud, teacher_id: str
    ):
        room_ids = [held_room(local_cloud, teacher_id) for _ in range(2)]
        local_cloud.switch("BatchDeleteRecord", "fail", code="ResourceNotFound.Room", times=1)

        with pytest.raises(CloudRejected):
            records.delete_records([room_ids[0], 1, room_ids[1]], BACKGROUND)

        assert [states(local_cloud, each) for each in room_ids] == [["ready"], ["ready"]]

    def test_lost_answer_is_asked_for_again(self, local_cloud: LocalCloud, teacher_id: str):
        room_id = held_room(local_cloud, teacher_id)
        local_cloud.switch("DeleteRecord", "drop_after", times=1)

        records.delete_records([room_id], BACKGROUND)

        assert [call["code"] for call in local_cloud.calls(action="DeleteRecord")] == [
            "drop_after",
            "",
        ]

    @pytest.mark.parametrize("room_ids", [[1], [1, 2]])
    def test_refusal_and_silence_are_told(self, local_cloud: LocalCloud, room_ids: list[int]):
        local_cloud.switch("*", "fail", code="UnauthorizedOperation", times=1)
        with pytest.raises(CloudRejected) as refused:
            records.delete_records(room_ids, BACKGROUND)
        local_cloud.switch("*", "http500")
        with pytest.raises(CloudUnavailable):
            records.delete_records(room_ids, BACKGROUND)

        assert refused.value.code == "UnauthorizedOperation"


def test_full_storage_has_its_meaning(local_cloud: LocalCloud, teacher_id: str):
    local_cloud.fill_storage()

    with pytest.raises(CloudRejected) as refused:
        rooms.create_room(plan_of(teacher_id), BACKGROUND)

    assert is_kind(refused.value, ErrorKind.STORAGE_FULL)
    assert local_cloud.rooms() == []
