"""The application: where its callbacks go, its scenes, and what the cloud tells of both."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localcloud.clients import SDK_APP_ID, Api, Control, eventually
from tests.localcloud.receiver import Receiver
from tests.localcloud.signed import sign

HOME = "https://school.example/home"
WHOLE = {
    "Scene": "exam",
    "LogoUrl": "https://school.example/logo.png",
    "HomeUrl": HOME,
    "JsUrl": "https://school.example/class.js",
    "CssUrl": "https://school.example/class.css",
}


def detail(api: Api) -> dict[str, Any]:
    developer_id = api.call("DescribeDeveloper")["DeveloperId"]
    told = api.call("DescribeAppDetail", ApplicationId=str(SDK_APP_ID), DeveloperId=developer_id)
    del told["RequestId"]
    return told


def set_scenes(api: Api, *scenes: dict[str, str]) -> None:
    api.call("SetAppCustomContent", SdkAppId=SDK_APP_ID, CustomContent=list(scenes))


def test_new_application_has_neither_callback_nor_scene(api: Api) -> None:
    told = detail(api)

    assert told["SdkAppId"] == told["AppConfig"]["ApplicationId"] == str(SDK_APP_ID)
    assert (told["AppConfig"]["Callback"], told["AppConfig"]["CallbackKey"]) == ("", "")
    assert (told["SceneConfig"], told["TransferConfig"]) == ([], {"State": 2})


def test_callbacks_go_where_the_application_says_with_its_key(
    api: Api, receiver: Receiver, room_id: int, control: Control
) -> None:
    api.call("ModifyApp", SdkAppId=SDK_APP_ID, Callback=receiver.url, CallbackKey="key")
    control.post(f"/rooms/{room_id}/start")

    (body,) = eventually(lambda: receiver.received, bool)
    assert (body["EventType"], body["Sign"]) == ("RoomStart", sign("key", body["ExpireTime"]))
    config = detail(api)["AppConfig"]
    assert (config["Callback"], config["CallbackKey"]) == (receiver.url, "key")


def test_what_is_not_given_stays(api: Api) -> None:
    given = {"Callback": "http://127.0.0.1:9/a", "CallbackKey": "key", "TransferUrl": HOME}
    api.call("ModifyApp", SdkAppId=SDK_APP_ID, **given)

    api.call("ModifyApp", SdkAppId=SDK_APP_ID, Callback="http://127.0.0.1:9/b")
    moved = detail(api)
    api.call("ModifyApp", SdkAppId=SDK_APP_ID, Callback="", TransferUrl="")
    empty = detail(api)

    assert [
        (told["AppConfig"]["Callback"], told["AppConfig"]["CallbackKey"], told["TransferConfig"])
        for told in (moved, empty)
    ] == [("http://127.0.0.1:9/b", "key", {"State": 1}), ("", "key", {"State": 2})]


def test_scene_is_set_as_a_whole_and_the_others_stay(api: Api) -> None:
    set_scenes(api, WHOLE, {"Scene": "default"})
    set_scenes(api, {"Scene": "default", "HomeUrl": HOME})
    first = detail(api)["SceneConfig"]
    set_scenes(api, {"Scene": "exam", "LogoUrl": HOME})

    empty = {"LogoUrl": "", "HomeUrl": "", "JSUrl": "", "CSSUrl": ""}
    assert first == [
        {
            "Scene": "exam",
            "LogoUrl": WHOLE["LogoUrl"],
            "HomeUrl": HOME,
            "JSUrl": WHOLE["JsUrl"],
            "CSSUrl": WHOLE["CssUrl"],
        },
        {"Scene": "default", **empty, "HomeUrl": HOME},
    ]
    assert detail(api)["SceneConfig"][0] == {"Scene": "exam", **empty, "LogoUrl": HOME}


@pytest.mark.parametrize(
    ("action", "params", "code"),
    [
        ("ModifyApp", {"SdkAppId": 1}, "InvalidParameter.SdkAppId"),
        ("ModifyApp", {"Callback": HOME}, "MissingParameter"),
        ("ModifyApp", {"SdkAppId": SDK_APP_ID, "Callback": "nowhere"}, "InvalidParameter"),
        ("ModifyApp", {"SdkAppId": SDK_APP_ID, "Other": "x"}, "UnknownParameter"),
        ("SetAppCustomContent", {"SdkAppId": SDK_APP_ID}, "MissingParameter"),
        ("SetAppCustomContent", {"SdkAppId": SDK_APP_ID, "CustomContent": []}, "InvalidParameter"),
        (
            "SetAppCustomContent",
            {"SdkAppId": 1, "CustomContent": [WHOLE]},
            "InvalidParameter.SdkAppId",
        ),
        (
            "SetAppCustomContent",
            {"SdkAppId": SDK_APP_ID, "CustomContent": [{**WHOLE, "HomeUrl": "javascript:x"}]},
            "InvalidParameter",
        ),
        (
            "SetAppCustomContent",
            {"SdkAppId": SDK_APP_ID, "CustomContent": [{"HomeUrl": HOME}]},
            "MissingParameter",
        ),
        ("DescribeAppDetail", {"ApplicationId": str(SDK_APP_ID)}, "MissingParameter"),
        (
            "DescribeAppDetail",
            {"ApplicationId": str(SDK_APP_ID), "DeveloperId": "another"},
            "ResourceNotFound",
        ),
    ],
)
def test_what_is_refused_changes_nothing(
    api: Api, action: str, params: dict[str, Any], code: str
) -> None:
    set_scenes(api, WHOLE)
    before = detail(api)

    assert api.refusal(action, **params) == code
    assert detail(api) == before


def test_console_does_not_show_the_key(api: Api, control: Control) -> None:
    api.call("ModifyApp", SdkAppId=SDK_APP_ID, CallbackKey="very-secret")

    assert control.get("/calls")["calls"][-1]["params"]["CallbackKey"] == "…"
