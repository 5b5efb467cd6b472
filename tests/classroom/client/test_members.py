"""People who are in a class now, through the vendor's client, against the real local cloud."""

from __future__ import annotations

import datetime as dt
import json
import logging
import time
from typing import Any

import pytest

from classroom.client import members, rooms, users
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudError, CloudRejected
from classroom.client.members import ClassOver, CurrentMember
from classroom.client.rate_limits import Priority
from classroom.client.users import Participant
from tests.support.cloud import LocalCloud
from tests.support.peers import Script, answering
from tests.support.roomplans import plan_of

BACKGROUND = Priority.BACKGROUND
TEACHER, SUPERVISOR = 1, 3


@pytest.fixture
def began_s() -> int:
    return int(time.time()) - 600


@pytest.fixture
def running_id(local_cloud: LocalCloud, teacher_id: str, student_id: str, began_s: int) -> int:
    """A class that a teacher left for two minutes; a student came, and has gone."""
    room_id = rooms.create_room(plan_of(teacher_id), BACKGROUND)
    local_cloud.join(room_id, teacher_id, at_s=began_s)
    local_cloud.change_room(room_id, "start")
    local_cloud.leave(room_id, teacher_id, at_s=began_s + 60)
    local_cloud.join(room_id, teacher_id, at_s=began_s + 180)
    local_cloud.join(room_id, student_id, at_s=began_s + 200)
    local_cloud.leave(room_id, student_id, at_s=began_s + 300)
    return room_id


def moment(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC)


def names(room_id: int) -> dict[str, bool]:
    """Return who is listed, and whether they are inside."""
    current = members.current_members(room_id, BACKGROUND)
    return {member.nickname: member.is_inside for member in current}


def test_who_is_inside_is_told_with_first_coming_and_last_leaving(
    running_id: int, teacher_id: str, began_s: int
):
    assert members.current_members(running_id, BACKGROUND) == (
        CurrentMember(
            teacher_id,
            "李老师",
            TEACHER,
            is_inside=True,
            joined_at=moment(began_s),
            left_at=moment(began_s + 60),
        ),
    )


def test_who_has_left_or_never_came_is_not_inside(
    local_cloud: LocalCloud, running_id: int, student_id: str, began_s: int
):
    local_cloud.set_attendance(current="all")
    absent_id = users.register_user(Participant("origin-absent", "赵老师"), BACKGROUND)
    empty_id = rooms.create_room(plan_of(absent_id), BACKGROUND)

    (_teacher, student) = members.current_members(running_id, BACKGROUND)
    (absent,) = members.current_members(empty_id, BACKGROUND)

    assert (student.user_id, student.is_inside) == (student_id, False)
    assert student.left_at == moment(began_s + 300)
    assert (absent.is_inside, absent.joined_at, absent.left_at) == (False, None, None)


@pytest.mark.parametrize("current", ["present", "all"])
def test_who_lost_the_connection_a_moment_ago_is_inside(
    local_cloud: LocalCloud, running_id: int, student_id: str, current: str
):
    local_cloud.set_attendance(current=current)
    local_cloud.join(running_id, student_id)
    local_cloud.leave(running_id, student_id, reason=4)
    before = names(running_id)
    local_cloud.clock(61)

    assert before == {"李老师": True, "小明": True}
    assert names(running_id).get("小明", False) is False


def test_supervisor_has_a_role_of_their_own(local_cloud: LocalCloud, running_id: int):
    supervisor_id = users.register_user(Participant("origin-supervisor", "巡课"), BACKGROUND)
    local_cloud.join(running_id, supervisor_id, supervises=True)

    roles = {
        member.nickname: member.role for member in members.current_members(running_id, BACKGROUND)
    }

    assert roles == {"李老师": TEACHER, "巡课": SUPERVISOR}


def test_members_are_read_from_all_pages(
    local_cloud: LocalCloud, running_id: int, student_id: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(members, "PAGE_SIZE", 1)
    local_cloud.join(running_id, student_id)

    assert names(running_id) == {"李老师": True, "小明": True}
    calls = local_cloud.calls(action="DescribeCurrentMemberList")
    assert [call["params"]["Page"] for call in calls] == [1, 2, 3]


@pytest.mark.parametrize("shape", ["total", "repeat"])
def test_pages_that_do_not_add_up_come_to_an_end(
    local_cloud: LocalCloud, running_id: int, shape: str
):
    local_cloud.set_attendance(garble=shape)

    assert names(running_id) == {"李老师": True}
    assert len(local_cloud.calls(action="DescribeCurrentMemberList")) == 2


@pytest.mark.parametrize(
    ("changes", "kind"),
    [(("start", "end"), ErrorKind.CLASS_ENDED), (("expire",), ErrorKind.CLASS_EXPIRED)],
)
def test_class_that_is_over_is_an_answer_of_its_own(
    local_cloud: LocalCloud, teacher_id: str, changes: tuple[str, ...], kind: ErrorKind
):
    room_id = rooms.create_room(plan_of(teacher_id), BACKGROUND)
    for change in changes:
        local_cloud.change_room(room_id, change)

    with pytest.raises(ClassOver) as refused:
        members.current_members(room_id, BACKGROUND)

    assert is_kind(refused.value, kind)


def test_room_that_is_gone_is_refused(local_cloud: LocalCloud, running_id: int):
    local_cloud.change_room(running_id, "delete")

    with pytest.raises(CloudRejected) as refused:
        members.current_members(running_id, BACKGROUND)

    assert is_kind(refused.value, ErrorKind.ROOM_GONE)
    assert not isinstance(refused.value, ClassOver)


@pytest.mark.parametrize("kind", ["drop_before", "http500", "garble"])
def test_silence_is_no_empty_class(local_cloud: LocalCloud, running_id: int, kind: str):
    local_cloud.switch("DescribeCurrentMemberList", kind)

    with pytest.raises(CloudError) as failed:
        members.current_members(running_id, BACKGROUND)

    assert not isinstance(failed.value, CloudRejected)


def test_second_page_that_does_not_come_is_no_smaller_class(
    local_cloud: LocalCloud, running_id: int
):
    local_cloud.set_attendance(garble="page2")

    with pytest.raises(CloudRejected):
        members.current_members(running_id, BACKGROUND)


def line(**values: Any) -> dict[str, Any]:
    return {
        "UserId": "u",
        "UserName": "小明",
        "FirstJoinTimestamp": 1_725_235_200,
        "LastQuitTimestamp": 0,
        "Role": 0,
        "CurrentState": 1,
        **values,
    }


def members_of(settings: Any, *lines: dict[str, Any]) -> tuple[CurrentMember, ...]:
    content = {"MemberRecords": lines, "Total": len(lines), "RequestId": "r"}
    with answering(Script(body=json.dumps({"Response": content}).encode())) as script:
        settings.LCIC_ENDPOINT = script.url
        return members.current_members(300_000_000, BACKGROUND)


@pytest.mark.parametrize(
    "values",
    [
        {"UserId": ""},
        {"UserId": "x" * 129},
        {"UserId": "u\0"},
        {"FirstJoinTimestamp": "early"},
        {"LastQuitTimestamp": "soon"},
        {"Role": 4},
        {"CurrentState": 6},
        {"CurrentState": "online"},
    ],
)
def test_line_with_a_value_that_cannot_be_is_left_out_and_logged(
    local_cloud: LocalCloud,
    settings: Any,
    caplog: pytest.LogCaptureFixture,
    values: dict[str, Any],
):
    current = members_of(settings, line(**values), line(UserId="v"))

    assert [member.user_id for member in current] == ["v"]
    assert "a line makes no sense" in caplog.text


@pytest.mark.parametrize(
    ("state", "is_inside"),
    [(None, True), (0, False), (1, True), (2, False), (3, False), (4, False), (5, True)],
)
def test_states_that_count_as_inside(
    local_cloud: LocalCloud, settings: Any, state: int | None, is_inside: bool
):
    (member,) = members_of(settings, line(CurrentState=state))

    assert member.is_inside is is_inside


def test_no_address_or_place_leaves_the_client(
    local_cloud: LocalCloud, running_id: int, settings: Any, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    place = {"IPAddress": "203.0.113.77", "Location": "测试路 17 号"}

    current = members.current_members(running_id, BACKGROUND)
    made_up = members_of(settings, line(**place), line(**place, Role=9))

    words = f"{current} {made_up} {caplog.text}"
    assert "小明" in words
    for kept_out in ("203.0.113.77", "2001:db8", "测试路"):
        assert kept_out not in words
