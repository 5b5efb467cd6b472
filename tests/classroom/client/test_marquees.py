"""The running mark, through the vendor's client, against the real local cloud."""

from __future__ import annotations

import pytest

from classroom.client import marquees, rooms, users
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudRejected
from classroom.client.rate_limits import Priority
from classroom.client.users import Participant
from tests.support.cloud import LocalCloud
from tests.support.roomplans import plan_of

BACKGROUND = Priority.BACKGROUND


@pytest.fixture
def room_id(local_cloud: LocalCloud) -> int:
    teacher_id = users.register_user(Participant("origin-teacher", "李老师"), BACKGROUND)
    return rooms.create_room(plan_of(teacher_id), BACKGROUND)


def test_mark_is_nickname_and_number_faint_and_slow(local_cloud: LocalCloud, room_id: int):
    marquees.set_marquee(room_id, BACKGROUND)

    assert local_cloud.marquee(room_id) == {
        "MarqueeType": 6,
        "DisplayMode": 1,
        "Content": "",
        "FontSize": 16,
        "FontWeight": 0,
        "FontColor": "#808080",
        "FontOpacity": 0.35,
        "BackgroundColor": "#000000",
        "BackgroundOpacity": 0.0,
        "Duration": 10,
        "MarqueeCount": 1,
    }


def test_mark_without_an_answer_is_set_again(local_cloud: LocalCloud, room_id: int):
    local_cloud.switch("SetMarquee", "drop_after", times=1)

    marquees.set_marquee(room_id, BACKGROUND)

    assert len(local_cloud.calls(action="SetMarquee")) == 2


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        (("start",), ErrorKind.CLASS_STARTED),
        (("start", "end"), ErrorKind.CLASS_ENDED),
        (("expire",), ErrorKind.CLASS_EXPIRED),
        (("delete",), ErrorKind.ROOM_GONE),
    ],
)
def test_mark_that_comes_too_late_is_refused(
    local_cloud: LocalCloud, room_id: int, changes: tuple[str, ...], kind: ErrorKind
):
    for change in changes:
        local_cloud.change_room(room_id, change)

    with pytest.raises(CloudRejected) as refused:
        marquees.set_marquee(room_id, BACKGROUND)

    assert is_kind(refused.value, kind)


def test_edition_without_marks_is_said(local_cloud: LocalCloud, room_id: int):
    local_cloud.lack_marquees()

    with pytest.raises(CloudRejected) as refused:
        marquees.set_marquee(room_id, BACKGROUND)

    assert is_kind(refused.value, ErrorKind.EDITION_LACKS)
    assert local_cloud.marquee(room_id) is None
