"""Notices to a class: SendRoomNotificationMessage."""

from __future__ import annotations

import pytest

from localcloud.api.message_actions import MAX_CHARS
from tests.localcloud.clients import SDK_APP_ID, Api, Control

ACTION = "SendRoomNotificationMessage"


def send(api: Api, room_id: int, text: str) -> None:
    api.call(ACTION, SdkAppId=SDK_APP_ID, RoomId=room_id, MsgContent=text)


def refusal(api: Api, room_id: int, text: str) -> str:
    return api.refusal(ACTION, SdkAppId=SDK_APP_ID, RoomId=room_id, MsgContent=text)


def sent(control: Control, room_id: int) -> list[str]:
    return [message["MsgContent"] for message in control.room(room_id)["Messages"]]


def test_notices_are_kept_in_order_before_and_after_the_start(
    api: Api, control: Control, room_id: int
) -> None:
    longest = "长" * MAX_CHARS
    send(api, room_id, longest)
    control.post(f"/rooms/{room_id}/start")
    send(api, room_id, "请回到课堂")

    assert sent(control, room_id) == [longest, "请回到课堂"]
    assert sent(control, api.create_room()) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "InvalidParameterValue"),
        ("长" * (MAX_CHARS + 1), "InvalidParameterValue"),
        ("有违禁词的话", "InvalidParameter.Content"),
    ],
)
def test_text_that_cannot_be_shown_is_refused(
    api: Api, control: Control, room_id: int, text: str, code: str
) -> None:
    assert refusal(api, room_id, text) == code
    assert sent(control, room_id) == []


@pytest.mark.parametrize(
    ("verbs", "code"),
    [
        (("start", "end"), "FailedOperation.ClassEnded"),
        (("expire",), "FailedOperation.ClassExpired"),
        (("delete",), "ResourceNotFound.Room"),
    ],
)
def test_class_that_is_over_takes_no_notice(
    api: Api, control: Control, room_id: int, verbs: tuple[str, ...], code: str
) -> None:
    for verb in verbs:
        control.post(f"/rooms/{room_id}/{verb}")

    assert refusal(api, room_id, "请回到课堂") == code
