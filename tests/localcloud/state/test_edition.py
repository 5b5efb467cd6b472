"""The recordings that an edition has."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.state.recordings import AUTOMATIC, BY_SIGNALS
from tests.localcloud.clients import SDK_APP_ID, Api, Control, room_fields

VERSION = "UnsupportedOperation.Version"


def change(room_id: int, **fields: Any) -> dict[str, Any]:
    return {"RoomId": room_id, "SdkAppId": SDK_APP_ID, **fields}


@pytest.mark.parametrize("app_version", [1, 2, 3])
def test_lower_edition_makes_no_room_with_signalling_recording(
    api: Api, control: Control, app_version: int
) -> None:
    control.post("/edition", app_version=app_version)

    assert api.refusal("CreateRoom", **room_fields(DisableRecord=BY_SIGNALS)) == VERSION
    assert api.create_room(DisableRecord=AUTOMATIC)


def test_lower_edition_refuses_a_change_to_signalling_recording_whole(
    api: Api, control: Control
) -> None:
    room_id = api.create_room(Name="before", DisableRecord=AUTOMATIC)
    control.post("/edition", app_version=3)

    refused = api.refusal("ModifyRoom", **change(room_id, Name="after", DisableRecord=BY_SIGNALS))

    assert refused == VERSION
    assert api.call("DescribeRoom", RoomId=room_id)["Name"] == "before"


def test_room_of_before_keeps_its_recording_in_a_lower_edition(api: Api, control: Control) -> None:
    room_id = api.create_room(DisableRecord=BY_SIGNALS)
    control.post("/edition", app_version=3)

    api.call("ModifyRoom", **change(room_id, Name="after"))

    assert api.call("DescribeRoom", RoomId=room_id)["DisableRecord"] == BY_SIGNALS


def test_application_tells_its_edition(api: Api, control: Control) -> None:
    control.post("/edition", app_version=2)
    developer = api.call("DescribeDeveloper")["DeveloperId"]

    detail = api.call("DescribeAppDetail", ApplicationId=str(SDK_APP_ID), DeveloperId=developer)

    assert detail["AppConfig"]["AppVersion"] == 2
