"""Names, types and ranges of parameters."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localcloud.clients import SDK_APP_ID, Api, room_fields


@pytest.mark.parametrize(
    "name",
    ["Name", "StartTime", "EndTime", "SdkAppId", "Resolution", "MaxMicNumber", "SubType"],
)
def test_create_room_without_a_needed_parameter_is_refused(api: Api, name: str) -> None:
    fields = room_fields()
    del fields[name]

    assert api.refusal("CreateRoom", **fields) == "MissingParameter"


def test_unknown_parameter_is_refused(api: Api) -> None:
    assert api.refusal("CreateRoom", **room_fields(Colour="red")) == "UnknownParameter"


@pytest.mark.parametrize("name", ["TurnOffMic", "AudienceType", "RecordBackground", "RecordStream"])
def test_modify_room_does_not_know_what_cannot_be_modified(
    api: Api, room_id: int, name: str
) -> None:
    changes: dict[str, Any] = {name: 0}

    refusal = api.refusal("ModifyRoom", SdkAppId=SDK_APP_ID, RoomId=room_id, **changes)

    assert refusal == "UnknownParameter"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("StartTime", "1"),
        ("MaxMicNumber", True),
        ("MaxMicNumber", 1.0),
        ("Name", 1),
        ("Name", None),
        ("Name", "\ud800"),
        ("Assistants", "u"),
        ("Assistants", [1]),
        ("EndTime", 2**63),
    ],
)
def test_wrong_type_is_refused(api: Api, name: str, value: object) -> None:
    assert api.refusal("CreateRoom", **room_fields(**{name: value})) == "InvalidParameter"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"Name": ""}, "InvalidParameterValue"),
        ({"Name": "课" * 257}, "InvalidParameterValue"),
        ({"Resolution": 4}, "InvalidParameterValue"),
        ({"SubType": "audio"}, "InvalidParameterValue"),
        ({"AutoMic": 2}, "InvalidParameterValue"),
        ({"EndDelayTime": -2}, "InvalidParameterValue"),
        ({"EndDelayTime": 121}, "InvalidParameterValue"),
        ({"DisableRecord": 4}, "InvalidParameter.DisableRecord"),
        ({"RecordLayout": 6}, "InvalidParameter.RecordLayout"),
        ({"LiveType": 1}, "InvalidParameter.LiveType"),
        ({"RoomType": 2}, "InvalidParameter.RoomTypeInvalid"),
        ({"RoomType": 4}, "InvalidParameter.RoomTypeInvalid"),
        ({"SdkAppId": 1}, "InvalidParameter.SdkAppId"),
        ({"MaxMicNumber": 17}, "InvalidParameter.MaxMicNumber"),
        ({"MaxMicNumber": -1}, "InvalidParameter.MaxMicNumber"),
        ({"RoomType": 1, "MaxMicNumber": 2}, "InvalidParameter.MaxMicNumber"),
        ({"RoomType": 3, "MaxMicNumber": 17}, "InvalidParameter.MaxMicNumber"),
        ({"MaxMicNumber": 7, "Resolution": 2}, "InvalidParameterValue"),
        ({"GroupId": "g"}, "ResourceNotFound.GroupNotExist"),
    ],
)
def test_value_out_of_range_is_refused(api: Api, changes: dict[str, Any], expected: str) -> None:
    assert api.refusal("CreateRoom", **room_fields(**changes)) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"Name": "课" * 256},
        {"EndDelayTime": -1},
        {"EndDelayTime": 120},
        {"DisableRecord": 3},
        {"RecordLayout": 9, "RecordScene": '{"scene": "x"}'},
        {"RoomType": 1, "MaxMicNumber": 1},
        {"RoomType": 3, "MaxMicNumber": 16},
        {"MaxMicNumber": 16, "Resolution": 1},
        {"MaxMicNumber": 6, "Resolution": 3},
        {"MaxMicNumber": 0},
        {"TeacherId": "", "Assistants": []},
    ],
)
def test_value_at_the_border_is_taken(api: Api, changes: dict[str, Any]) -> None:
    room = api.call("DescribeRoom", RoomId=api.create_room(**changes))

    assert {name: room[name] for name in changes} == changes


def test_every_action_with_an_application_refuses_a_foreign_one(api: Api, room_id: int) -> None:
    calls: dict[str, dict[str, Any]] = {
        "CreateRoom": room_fields(),
        "ModifyRoom": {"RoomId": room_id, "Name": "x"},
        "GetRooms": {},
        "RegisterUser": {},
        "LoginOriginId": {"OriginId": "teacher"},
        "LoginOriginIdWithRoom": {"OriginId": "teacher", "RoomId": room_id},
        "CreateSupervisor": {"Users": ["u"]},
        "DeleteSupervisor": {"Users": ["u"]},
        "DescribeSupervisors": {},
    }

    codes = {name: api.refusal(name, **{**params, "SdkAppId": 1}) for name, params in calls.items()}

    assert set(codes.values()) == {"InvalidParameter.SdkAppId"}


@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("GetRooms", {"SdkAppId": SDK_APP_ID, "Page": 0}),
        ("GetRooms", {"SdkAppId": SDK_APP_ID, "Limit": 101}),
        ("GetRooms", {"SdkAppId": SDK_APP_ID, "Limit": 0}),
        ("GetRooms", {"SdkAppId": SDK_APP_ID, "Status": [4]}),
        ("DescribeSupervisors", {"SdkAppId": SDK_APP_ID, "Limit": 101}),
        ("BatchRegister", {"Users": []}),
        ("BatchRegister", {"Users": [{"SdkAppId": SDK_APP_ID}] * 1001}),
        ("LoginUser", {"UserId": ""}),
        ("DescribeRoom", {"RoomId": 1, "RTMPStreamingURL": 2}),
    ],
)
def test_paging_and_batches_have_borders(api: Api, action: str, params: dict[str, Any]) -> None:
    assert api.refusal(action, **params) == "InvalidParameterValue"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, "MissingParameter"),
        ({"SdkAppId": "1"}, "InvalidParameter"),
        ({"SdkAppId": SDK_APP_ID, "Nick": "x"}, "UnknownParameter"),
        ({"SdkAppId": 1}, "InvalidParameter.SdkAppId"),
    ],
)
def test_rows_of_a_batch_are_checked(api: Api, row: dict[str, Any], expected: str) -> None:
    assert api.refusal("BatchRegister", Users=[row]) == expected


def test_batch_rows_that_are_no_objects_are_refused(api: Api) -> None:
    assert api.refusal("BatchRegister", Users=["x"]) == "InvalidParameter"
