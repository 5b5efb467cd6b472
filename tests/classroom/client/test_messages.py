"""Messages to a class, through the vendor's client, against the real local cloud."""

from __future__ import annotations

import pytest

from classroom.client import messages, rooms, users
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudRejected, CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.users import Participant
from tests.support.cloud import LocalCloud
from tests.support.roomplans import plan_of

INTERACTIVE = Priority.INTERACTIVE


@pytest.fixture
def room_id(local_cloud: LocalCloud) -> int:
    teacher_id = users.register_user(Participant("origin-teacher", "李老师"), INTERACTIVE)
    return rooms.create_room(plan_of(teacher_id), INTERACTIVE)


def test_text_reaches_its_class_and_no_other(local_cloud: LocalCloud, room_id: int):
    other_id = rooms.create_room(plan_of(""), INTERACTIVE)

    messages.send_to_class(room_id, "请大家打开摄像头 👍", INTERACTIVE)

    assert local_cloud.messages(room_id) == ["请大家打开摄像头 👍"]
    assert local_cloud.messages(other_id) == []


@pytest.mark.parametrize(
    ("changes", "text", "kind"),
    [
        ((), "有违禁词", ErrorKind.WORDS_REFUSED),
        ((), "长" * 201, ErrorKind.VALUE_REFUSED),
        (("start", "end"), "下课了", ErrorKind.CLASS_ENDED),
        (("expire",), "下课了", ErrorKind.CLASS_EXPIRED),
        (("delete",), "下课了", ErrorKind.ROOM_GONE),
    ],
)
def test_refusal_says_why(
    local_cloud: LocalCloud, room_id: int, changes: tuple[str, ...], text: str, kind: ErrorKind
):
    for change in changes:
        local_cloud.change_room(room_id, change)

    with pytest.raises(CloudRejected) as refused:
        messages.send_to_class(room_id, text, INTERACTIVE)

    assert is_kind(refused.value, kind)


def test_message_without_an_answer_is_not_sent_again(local_cloud: LocalCloud, room_id: int):
    local_cloud.switch("SendRoomNotificationMessage", "drop_after", times=1)

    with pytest.raises(CloudUnavailable) as failed:
        messages.send_to_class(room_id, "请安静", INTERACTIVE)

    assert failed.value.outcome_is_known is False
    assert local_cloud.messages(room_id) == ["请安静"]
