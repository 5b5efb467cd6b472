"""The running mark of a room: SetMarquee and DescribeMarquee."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localcloud.clients import SDK_APP_ID, Api, Control

LEAST: dict[str, Any] = {"MarqueeType": 6, "DisplayMode": 1}


def mark(api: Api, room_id: int, **fields: Any) -> None:
    api.call("SetMarquee", SdkAppId=SDK_APP_ID, RoomId=room_id, **{**LEAST, **fields})


def refusal(api: Api, room_id: int, **fields: Any) -> str:
    return api.refusal("SetMarquee", SdkAppId=SDK_APP_ID, RoomId=room_id, **{**LEAST, **fields})


def described(api: Api, room_id: int) -> dict[str, Any]:
    answer = api.call("DescribeMarquee", SdkAppId=SDK_APP_ID, RoomId=room_id)
    del answer["RequestId"]
    return answer


def test_mark_is_described_as_it_was_set_last(api: Api, room_id: int) -> None:
    before = described(api, room_id)
    mark(api, room_id, Content="一次", FontSize=24, FontOpacity=0.5)

    mark(api, room_id, FontColor="#00ff00", BackgroundOpacity=1)

    assert set(before.values()) == {0, ""}
    assert described(api, room_id) == {
        **LEAST,
        "Content": "",
        "FontSize": 16,
        "FontWeight": 0,
        "FontColor": "#00ff00",
        "FontOpacity": 1,
        "BackgroundColor": "#000000",
        "BackgroundOpacity": 1,
        "Duration": 5,
        "MarqueeCount": 1,
    }


@pytest.mark.parametrize(
    ("verbs", "code"),
    [
        (("start",), "FailedOperation.ClassStarted"),
        (("start", "end"), "FailedOperation.ClassEnded"),
        (("expire",), "FailedOperation.ClassExpired"),
        (("delete",), "ResourceNotFound.Room"),
    ],
)
def test_mark_is_set_before_the_class_starts(
    api: Api, control: Control, room_id: int, verbs: tuple[str, ...], code: str
) -> None:
    for verb in verbs:
        control.post(f"/rooms/{room_id}/{verb}")

    assert refusal(api, room_id) == code


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        *[({name: 0}, "InvalidParameterValue") for name in ("MarqueeType", "DisplayMode")],
        *[({"FontSize": size}, "InvalidParameterValue") for size in (9, 25)],
        *[({"FontOpacity": share}, "InvalidParameterValue") for share in (-0.1, 1.1)],
        *[({"FontOpacity": share}, "InvalidParameter") for share in ("1", True, float("nan"))],
        *[({"FontColor": colour}, "InvalidParameterValue") for colour in ("", "red", "#12345g")],
        ({"Duration": 11}, "InvalidParameterValue"),
        ({"MarqueeCount": 3}, "InvalidParameterValue"),
        ({"Content": "违禁词"}, "InvalidParameter.Content"),
        ({"Shadow": 1}, "UnknownParameter"),
    ],
)
def test_mark_of_wrong_values_is_refused(
    api: Api, control: Control, room_id: int, fields: dict[str, Any], code: str
) -> None:
    assert refusal(api, room_id, **fields) == code
    assert control.room(room_id)["Marquee"] is None


def test_edition_may_lack_marks_and_rooms_keep_theirs(
    api: Api, control: Control, room_id: int
) -> None:
    mark(api, room_id)
    control.post("/edition", has_marquee=False)

    assert refusal(api, api.create_room()) == "UnsupportedOperation.Version"
    assert described(api, room_id)["MarqueeType"] == 6
    assert control.get("/state")["app_version"] == 4
