"""Settings of recordings and their faults."""

from __future__ import annotations

import time

import pytest

from tests.localcloud.clients import (
    HOUR_S,
    SDK_APP_ID,
    Api,
    ClassPage,
    Control,
    room_fields,
)
from tests.localcloud.recording import describe_record, held_class, shown_by_room


def test_silent_switch_empties_describe_record_alone(api: Api, control: Control) -> None:
    room_id = held_class(api, control)
    kept = control.recorded(room_id)[0]

    control.post("/recording", describe_record_silent=True)

    assert describe_record(api, room_id) == []
    assert shown_by_room(api, room_id)[0] == kept["RecordUrl"]


def test_recording_switched_off_fails_in_silence(api: Api, control: Control) -> None:
    control.post("/recording", enabled=False)
    room_id = held_class(api, control)

    assert [each["State"] for each in control.recordings(room_id)] == ["failed"]
    assert describe_record(api, room_id) == []
    assert shown_by_room(api, room_id) == ("", 0)


def test_delay_is_waited_for_by_the_clouds_clock(api: Api, control: Control) -> None:
    control.post("/recording", delay_s=600)
    room_id = held_class(api, control)
    time.sleep(0.3)  # an undelayed one is begun at once
    before = control.recordings(room_id)

    control.shift_clock(601)

    assert [each["State"] for each in before] == ["making"]
    assert len(control.recorded(room_id)) == 1


def test_clock_set_back_does_not_hold_a_recording_up(api: Api, control: Control) -> None:
    room_id = api.create_room()
    control.post(f"/rooms/{room_id}/start")
    control.shift_clock(HOUR_S)
    control.post(f"/rooms/{room_id}/end")
    control.shift_clock(0)

    assert len(control.recorded(room_id)) == 1


class TestStorageFull:
    @pytest.mark.parametrize("disable_record", [0, 2, 3])
    def test_no_room_is_made_that_would_be_recorded(
        self, api: Api, control: Control, disable_record: int
    ) -> None:
        control.post("/recording", storage_full=True)

        refused = api.refusal("CreateRoom", **room_fields(DisableRecord=disable_record))

        assert refused == "ResourceInsufficient.Record"
        assert control.get("/state")["rooms"] == []

    def test_rooms_without_recording_are_made(self, api: Api, control: Control) -> None:
        control.post("/recording", storage_full=True)

        room_id = held_class(api, control, DisableRecord=1)

        assert api.status(room_id) == 2

    @pytest.mark.parametrize("disable_record", [0, 3])
    def test_class_that_was_planned_before_is_lost(
        self, api: Api, control: Control, disable_record: int
    ) -> None:
        room_id = api.create_room(DisableRecord=disable_record)
        control.post("/recording", storage_full=True)

        for verb in ("start", "end"):
            control.post(f"/rooms/{room_id}/{verb}")

        room = control.room(room_id)
        states = [each["State"] for each in (*room["Recordings"], *room["Playbacks"])]
        assert states == ["failed"]

    def test_recording_by_hand_is_refused(
        self, api: Api, control: Control, class_page: ClassPage
    ) -> None:
        room_id = api.create_room(DisableRecord=2, RecordLayout=9)
        control.post(f"/rooms/{room_id}/start")
        control.post("/recording", storage_full=True)

        refused = api.refusal("StartRecord", SdkAppId=SDK_APP_ID, RoomId=room_id)

        assert refused == "ResourceInsufficient.Record"
        assert control.recordings(room_id) == []
