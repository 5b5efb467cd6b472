"""People in class, through the vendor's client, against the real local cloud."""

from __future__ import annotations

import datetime as dt
import json
import logging
import time
from typing import Any

import pytest

from classroom.client import rooms, statistics
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudRejected
from classroom.client.rate_limits import Priority
from classroom.client.statistics import MemberEvent, MemberRecord, StatisticsNotReady
from tests.support.cloud import LocalCloud
from tests.support.peers import Script, answering
from tests.support.roomplans import plan_of

BACKGROUND = Priority.BACKGROUND
WEB = 5


@pytest.fixture
def began_s() -> int:
    return int(time.time()) - 3600


@pytest.fixture
def held_id(local_cloud: LocalCloud, teacher_id: str, student_id: str, began_s: int) -> int:
    """A class that a teacher held for 50 minutes, with a student who was there for two minutes, twice."""
    plan = plan_of(teacher_id).recorded(1)
    room_id = rooms.create_room(plan, BACKGROUND)
    local_cloud.join(room_id, teacher_id, at_s=began_s)
    local_cloud.change_room(room_id, "start")
    for since_s in (60, 600):
        local_cloud.join(room_id, student_id, at_s=began_s + since_s, device=4)
        local_cloud.leave(room_id, student_id, at_s=began_s + since_s + 120)
    local_cloud.leave(room_id, teacher_id, at_s=began_s + 3000)
    local_cloud.change_room(room_id, "end")
    return room_id


def moment(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC)


def asked(cloud: LocalCloud, action: str) -> list[dict[str, Any]]:
    return [call["params"] for call in cloud.calls(action=action)]


def test_visits_are_comings_and_then_goings_in_two_calls(
    local_cloud: LocalCloud, held_id: int, teacher_id: str, student_id: str, began_s: int
):
    member_events = statistics.list_member_events(held_id, BACKGROUND)

    assert member_events == (
        MemberEvent(teacher_id, moment(began_s), has_come=True),
        MemberEvent(student_id, moment(began_s + 60), has_come=True),
        MemberEvent(student_id, moment(began_s + 600), has_come=True),
        MemberEvent(student_id, moment(began_s + 180), has_come=False),
        MemberEvent(student_id, moment(began_s + 720), has_come=False),
        MemberEvent(teacher_id, moment(began_s + 3000), has_come=False),
    )
    calls = asked(local_cloud, "GetRoomEvent")
    assert [call["Keyword"] for call in calls] == ["MemberJoin", "MemberQuit"]


def test_visits_are_read_by_page_where_an_answer_may_have_been_cut(
    local_cloud: LocalCloud, held_id: int, monkeypatch: pytest.MonkeyPatch
):
    whole = statistics.list_member_events(held_id, BACKGROUND)
    before = local_cloud.calls()[-1]["n"]
    monkeypatch.setattr(statistics, "EVENTS_PAGE_SIZE", 2)
    local_cloud.set_attendance(keyword_limit=2)

    member_events = statistics.list_member_events(held_id, BACKGROUND)

    assert set(member_events) == set(whole)
    pages = [call["params"] for call in local_cloud.calls(before, action="GetRoomEvent")]
    assert [(call.get("Keyword"), call["Page"]) for call in pages] == [
        ("MemberJoin", 1),
        *[(None, page) for page in (1, 2, 3, 4)],
    ]


def test_visits_are_gone_an_hour_after_the_end(local_cloud: LocalCloud, held_id: int):
    local_cloud.clock(3601)

    assert statistics.list_member_events(held_id, BACKGROUND) == ()
    assert statistics.list_member_events_by_page(held_id, BACKGROUND) == ()


def test_statistics_sum_up_each_member(
    held_id: int, teacher_id: str, student_id: str, began_s: int
):
    summary = statistics.room_statistics(held_id, BACKGROUND)

    assert summary.members == (
        MemberRecord(
            teacher_id,
            "李老师",
            role=1,
            present_s=3000,
            first_joined_at=moment(began_s),
            last_quit_at=moment(began_s + 3000),
            device=WEB,
        ),
        MemberRecord(
            student_id,
            "小明",
            role=0,
            present_s=240,
            first_joined_at=moment(began_s + 60),
            last_quit_at=moment(began_s + 720),
            device=4,
        ),
    )
    assert summary.missing_lines == 0
    assert summary.real_started_at is not None
    assert summary.real_ended_at is not None


def test_who_did_not_come_has_no_times(local_cloud: LocalCloud, teacher_id: str):
    room_id = rooms.create_room(plan_of(teacher_id), BACKGROUND)
    for change in ("start", "end"):
        local_cloud.change_room(room_id, change)

    (member,) = statistics.room_statistics(room_id, BACKGROUND).members

    assert (member.first_joined_at, member.last_quit_at) == (None, None)
    assert member.has_come is False


def test_statistics_are_read_from_all_pages(local_cloud: LocalCloud, held_id: int):
    local_cloud.set_attendance(page_size=1)

    summary = statistics.room_statistics(held_id, BACKGROUND)

    assert [member.nickname for member in summary.members] == ["李老师", "小明"]
    assert [call["Page"] for call in asked(local_cloud, "DescribeRoomStatistics")] == [1, 2]


@pytest.mark.parametrize("shape", ["total", "repeat"])
def test_pages_that_do_not_add_up_come_to_an_end(local_cloud: LocalCloud, held_id: int, shape: str):
    local_cloud.set_attendance(garble=shape)

    summary = statistics.room_statistics(held_id, BACKGROUND)

    assert (len(summary.members), summary.missing_lines) == (2, 1000)
    assert len(asked(local_cloud, "DescribeRoomStatistics")) == 2


def test_refused_page_is_no_answer(local_cloud: LocalCloud, held_id: int):
    local_cloud.set_attendance(garble="page2")

    with pytest.raises(CloudRejected) as refused:
        statistics.room_statistics(held_id, BACKGROUND)

    assert not isinstance(refused.value, StatisticsNotReady)


@pytest.mark.parametrize("shape", ["types", "missing"])
def test_garbled_line_holds_up_no_other(local_cloud: LocalCloud, held_id: int, shape: str):
    local_cloud.set_attendance(garble=shape)

    summary = statistics.room_statistics(held_id, BACKGROUND)

    assert [member.nickname for member in summary.members] == ["小明"]
    assert summary.missing_lines == 1


def test_statistics_that_are_late_are_not_ready(local_cloud: LocalCloud, held_id: int):
    local_cloud.set_attendance(never=True)

    with pytest.raises(StatisticsNotReady):
        statistics.room_statistics(held_id, BACKGROUND)
    assert len(asked(local_cloud, "DescribeRoomStatistics")) == 1


def test_statistics_of_a_class_that_goes_on_are_not_ready(local_cloud: LocalCloud, teacher_id: str):
    room_id = rooms.create_room(plan_of(teacher_id), BACKGROUND)

    with pytest.raises(StatisticsNotReady):
        statistics.room_statistics(room_id, BACKGROUND)


@pytest.mark.parametrize(
    ("change", "kind"), [("delete", ErrorKind.ROOM_GONE), ("expire", ErrorKind.CLASS_EXPIRED)]
)
def test_room_without_a_class_is_refused(
    local_cloud: LocalCloud, teacher_id: str, change: str, kind: ErrorKind
):
    room_id = rooms.create_room(plan_of(teacher_id), BACKGROUND)
    local_cloud.change_room(room_id, change)

    with pytest.raises(CloudRejected) as refused:
        statistics.room_statistics(room_id, BACKGROUND)

    assert is_kind(refused.value, kind)


def line(**values: Any) -> dict[str, Any]:
    return {
        "UserId": "u",
        "UserName": "小明",
        "PresentTime": 60,
        "FirstJoinTimestamp": 1_725_235_200,
        "LastQuitTimestamp": 1_725_235_260,
        "Role": 0,
        "Device": 1,
        **values,
    }


def told_lines(settings: Any, *lines: dict[str, Any]) -> tuple[MemberRecord, ...]:
    content = {"MemberRecords": lines, "Total": len(lines), "RequestId": "r"}
    with answering(Script(body=json.dumps({"Response": content}).encode())) as script:
        settings.LCIC_ENDPOINT = script.url
        return statistics.room_statistics(300_000_000, BACKGROUND).members


@pytest.mark.parametrize("total", [0, 4])
def test_page_of_senseless_lines_does_not_hide_the_next(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, total: int
):
    pages = [[line(UserId="")] * 2, [line(UserId="u"), line(UserId="v")], []]
    asked_pages = []

    def read(_action: str, request: Any, model: Any, _priority: Priority) -> Any:
        asked_pages.append(request.Page)
        answer = model()
        content = {"MemberRecords": pages[request.Page - 1], "Total": total, "RequestId": "r"}
        answer._deserialize(content)
        return answer

    monkeypatch.setattr(statistics, "read", read)
    monkeypatch.setattr(statistics, "STATISTICS_PAGE_SIZE", 2)

    summary = statistics.room_statistics(300_000_000, BACKGROUND)

    assert [member.user_id for member in summary.members] == ["u", "v"]
    assert (summary.missing_lines, asked_pages) == (2, [1, 2, 3])
    (record,) = caplog.records  # one for the room
    assert "2 lines make no sense" in record.getMessage()


@pytest.mark.parametrize(
    "values",
    [
        {"UserId": ""},
        {"UserId": 7},
        {"UserId": "x" * 129},
        {"UserId": "u\0"},
        {"PresentTime": None},
        {"PresentTime": -1},
        {"PresentTime": 366 * 24 * 3600},
        {"PresentTime": True},
        {"FirstJoinTimestamp": "early"},
        {"Role": 4},
        {"Role": "teacher"},
    ],
)
def test_line_with_a_value_that_cannot_be_is_left_out(
    local_cloud: LocalCloud, settings: Any, values: dict[str, Any]
):
    assert [
        member.user_id for member in told_lines(settings, line(**values), line(UserId="v"))
    ] == ["v"]


def test_what_the_cloud_need_not_tell_may_be_missing(local_cloud: LocalCloud, settings: Any):
    values = {"UserName": None, "FirstJoinTimestamp": 0, "LastQuitTimestamp": None, "Device": 9}

    (member,) = told_lines(settings, line(**values, Role=None))

    assert member == MemberRecord(
        "u", "", role=0, present_s=60, first_joined_at=None, last_quit_at=None, device=0
    )


def test_no_address_or_place_leaves_the_client(
    local_cloud: LocalCloud, held_id: int, settings: Any, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    place = {"IPAddress": "203.0.113.77", "Location": "测试路 17 号"}
    local_cloud.set_attendance(garble="types")

    summary = statistics.room_statistics(held_id, BACKGROUND)
    members = told_lines(settings, line(**place), line(**place, PresentTime="many"))

    words = f"{summary} {members} {caplog.text}"
    assert "小明" in words
    for kept_out in ("203.0.113.77", "2001:db8", "测试路"):
        assert kept_out not in words


def test_events_that_make_no_sense_hold_up_no_other(local_cloud: LocalCloud, settings: Any):
    def event(timestamp: Any = 1_725_235_200, **data: Any) -> dict[str, Any]:
        return {
            "Timestamp": timestamp,
            "EventType": "MemberJoin",
            "EventData": {"RoomId": 300_000_000, "UserId": "u", **data},
        }

    events = [
        event("soon"),
        event(0),
        event(UserId=None),
        event(RoomId=300_000_001, UserId="of another room"),
        {"Timestamp": 1_725_235_200, "EventType": "MemberJoin"},
        {"Timestamp": 1_725_235_200, "EventType": "CameraOn", "EventData": {"UserId": "v"}},
        event(Device=12),
    ]
    content = {"Events": events, "Total": 7, "RequestId": "r"}
    with answering(Script(body=json.dumps({"Response": content}).encode())) as script:
        settings.LCIC_ENDPOINT = script.url

        member_events = statistics.list_member_events_by_page(300_000_000, BACKGROUND)

    assert member_events == (MemberEvent("u", moment(1_725_235_200), has_come=True),)


def test_page_of_events_that_comes_for_ever_is_read_twice(local_cloud: LocalCloud, settings: Any):
    event = {
        "Timestamp": 1_725_235_200,
        "EventType": "MemberQuit",
        "EventData": {"RoomId": 300_000_000, "UserId": "u"},
    }
    content = {"Events": [event], "Total": 10**6, "RequestId": "r"}
    with answering(Script(body=json.dumps({"Response": content}).encode())) as script:
        settings.LCIC_ENDPOINT = script.url

        member_events = statistics.list_member_events_by_page(300_000_000, BACKGROUND)

    assert len(member_events) == 1
    assert len(script.paths) == 2
