"""The people of a class, now and afterwards, and the switches of how they are told."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.localcloud.clients import HOUR_S, SDK_APP_ID, Api, Control

NOT_YET = "ResourceUnavailable.RoomStatistics"


def happened(api: Api, room_id: int, **changes: Any) -> dict[str, Any]:
    params = {"RoomId": room_id, "SdkAppId": SDK_APP_ID, "Page": 1, "Limit": 100, **changes}
    return api.call("GetRoomEvent", **params)


def types(answer: dict[str, Any]) -> list[str]:
    return [event["EventType"] for event in answer["Events"]]


def statistics(api: Api, room_id: int, **changes: Any) -> dict[str, Any]:
    return api.call(
        "DescribeRoomStatistics", **{"RoomId": room_id, "Page": 1, "Limit": 1000, **changes}
    )


def refusal(api: Api, room_id: int) -> str:
    return api.refusal("DescribeRoomStatistics", RoomId=room_id, Page=1, Limit=1000)


@pytest.fixture
def now_s(control: Control) -> int:
    """The moment at which classes of these tests begin, well before the cloud's now."""
    now_s = int(time.time())
    control.shift_clock(HOUR_S)
    return now_s


@pytest.fixture
def move(control: Control) -> Callable[..., None]:
    def move(room_id: int, verb: str, user: dict[str, Any], at_s: int, **more: Any) -> None:
        body = {"user_id": user["UserId"], "at_s": at_s, **more}
        assert control.post(f"/rooms/{room_id}/{verb}", **body).status_code == 200

    return move


@pytest.fixture
def room_id(api: Api, teacher: dict[str, Any], now_s: int) -> int:
    return api.create_room(
        TeacherId=teacher["UserId"],
        StartTime=now_s + 2 * HOUR_S,
        EndTime=now_s + 3 * HOUR_S,
        DisableRecord=1,
    )


@pytest.fixture
def held_id(
    control: Control,
    room_id: int,
    teacher: dict[str, Any],
    student: dict[str, Any],
    now_s: int,
    move: Callable[..., None],
) -> int:
    """A class that the teacher attended to its end, and a student on two devices, away for 20 seconds in between."""
    move(room_id, "join", teacher, now_s)
    control.post(f"/rooms/{room_id}/start")
    move(room_id, "join", student, now_s + 10, device=1)
    move(room_id, "join", student, now_s + 40, device=6)
    move(room_id, "leave", student, now_s + 100, reason=4)
    move(room_id, "join", student, now_s + 120)
    move(room_id, "leave", student, now_s + 150)
    control.post(f"/rooms/{room_id}/end")
    return room_id


def test_events_of_a_class_stand_in_order_with_reason_device_and_role(
    api: Api, held_id: int, student: dict[str, Any], now_s: int
) -> None:
    answer = happened(api, held_id)

    mine = [
        (event["Timestamp"] - now_s, event["EventType"], event["EventData"].get("Reason"))
        for event in answer["Events"]
        if event["EventData"].get("UserId") == student["UserId"]
    ]
    assert mine == [
        (10, "MemberJoin", None),
        (40, "MemberQuit", 1),
        (40, "MemberJoin", None),
        (100, "MemberQuit", 4),
        (120, "MemberJoin", None),
        (150, "MemberQuit", 0),
    ]
    assert answer["Events"][1]["EventData"] == {
        "RoomId": held_id,
        "UserId": student["UserId"],
        "Device": 1,
        "Role": 0,
    }
    assert types(answer)[-2:] == ["RoomEnd", "MemberQuit"]
    assert answer["Events"][-1]["EventData"]["Reason"] == 5
    assert answer["Total"] == len(answer["Events"]) == 10


def test_page_and_limit_act_only_without_a_keyword_which_leaves_the_total(
    api: Api, control: Control, held_id: int
) -> None:
    paged = [happened(api, held_id, Page=page, Limit=4) for page in (1, 2, 3, 4)]
    joins = happened(api, held_id, Page=9, Limit=1, Keyword="MemberJoin")
    control.post("/attendance", keyword_limit=2)
    cut = happened(api, held_id, Keyword="MemberJoin")

    assert [len(answer["Events"]) for answer in paged] == [4, 4, 2, 0]
    assert types(joins) == ["MemberJoin"] * 4
    assert {answer["Total"] for answer in (*paged, joins, cut)} == {10}
    assert len(cut["Events"]) == 2


@pytest.mark.parametrize(("minutes", "kept"), [(59, 10), (60, 0)])
def test_events_are_gone_an_hour_after_the_end(
    api: Api, control: Control, held_id: int, minutes: int, kept: int
) -> None:
    control.shift_clock(HOUR_S + minutes * 60)

    answer = happened(api, held_id)

    assert (answer["Total"], len(answer["Events"])) == (kept, kept)


def test_events_are_lost_altogether_or_of_every_other_person(
    api: Api, control: Control, held_id: int, teacher: dict[str, Any]
) -> None:
    control.post("/attendance", events="fewer")
    fewer = happened(api, held_id, Keyword="MemberJoin")
    control.post("/attendance", events="none")

    assert [event["EventData"]["UserId"] for event in fewer["Events"]] == [teacher["UserId"]]
    assert (happened(api, held_id)["Total"], fewer["Total"]) == (0, 4)


def test_statistics_unite_the_stays_of_a_person(
    api: Api, held_id: int, student: dict[str, Any], now_s: int
) -> None:
    answer = statistics(api, held_id)

    record = next(each for each in answer["MemberRecords"] if each["UserId"] == student["UserId"])
    assert (record["PresentTime"], record["Device"], record["CurrentState"]) == (120, 5, 2)
    assert (record["FirstJoinTimestamp"], record["LastQuitTimestamp"]) == (now_s + 10, now_s + 150)
    assert (record["UserName"], record["Role"]) == ("小明", 0)
    assert record["IPAddress"].startswith("2001:db8:")
    assert "测试路" in record["Location"]
    assert (answer["Total"], answer["MemberNumber"], answer["PeakMemberNumber"]) == (2, 2, 2)
    assert now_s + HOUR_S <= answer["RealStartTime"] <= answer["RealEndTime"]


def test_who_was_expected_and_did_not_come_counts_in_the_total(
    api: Api, control: Control, teacher: dict[str, Any], student: dict[str, Any]
) -> None:
    room_id = api.create_room(TeacherId=teacher["UserId"], Assistants=[student["UserId"]])
    for verb in ("start", "end"):
        control.post(f"/rooms/{room_id}/{verb}")

    answer = statistics(api, room_id)

    assert (answer["Total"], answer["MemberNumber"]) == (2, 0)
    assert [
        (record["Role"], record["CurrentState"], record["FirstJoinTimestamp"])
        for record in answer["MemberRecords"]
    ] == [(1, 0, 0), (2, 0, 0)]


def test_statistics_come_in_pages(api: Api, control: Control, held_id: int) -> None:
    control.post("/attendance", page_size=1)

    pages = [statistics(api, held_id, Page=page)["MemberRecords"] for page in (1, 2, 3)]

    assert [len(page) for page in pages] == [1, 1, 0]
    assert pages[0] != pages[1]


@pytest.mark.parametrize(
    ("verbs", "code"),
    [
        ((), "FailedOperation.RoomNotEnd"),
        (("start",), "FailedOperation.RoomNotEnd"),
        (("expire",), "FailedOperation.ClassExpired"),
        (("delete",), "ResourceNotFound.Room"),
    ],
)
def test_statistics_need_a_class_that_has_ended(
    api: Api, control: Control, room_id: int, verbs: tuple[str, ...], code: str
) -> None:
    for verb in verbs:
        control.post(f"/rooms/{room_id}/{verb}")

    assert refusal(api, room_id) == code


def test_statistics_are_late_by_the_clock_of_the_cloud(
    api: Api, control: Control, held_id: int
) -> None:
    control.post("/attendance", late_s=300)

    codes = []
    for seconds in (0, 270):
        control.shift_clock(HOUR_S + seconds)
        codes.append(refusal(api, held_id))
    control.shift_clock(HOUR_S + 300)

    assert codes == [NOT_YET, NOT_YET]
    assert statistics(api, held_id)["Total"] == 2


def test_room_has_settings_of_its_own_until_they_are_taken_back(
    api: Api, control: Control, held_id: int
) -> None:
    control.post("/attendance", refuse="InternalError")
    control.post(f"/rooms/{held_id}/attendance", refuse="", never=True)
    own = refusal(api, held_id)
    control.post(f"/rooms/{held_id}/attendance")

    assert (own, refusal(api, held_id)) == (NOT_YET, "InternalError")


def test_garbled_statistics(api: Api, control: Control, held_id: int) -> None:
    def garbled(shape: str, page: int = 1) -> dict[str, Any]:
        control.post("/attendance", garble=shape)
        return statistics(api, held_id, Page=page)

    wrong, right = garbled("types")["MemberRecords"]
    missing, _ = garbled("missing")["MemberRecords"]

    assert (wrong["PresentTime"], right["PresentTime"]) == ("many", 120)
    assert "UserId" not in missing
    assert (garbled("total")["Total"], garbled("total", 2)["MemberRecords"]) == (1002, [])
    assert garbled("repeat", 7)["MemberRecords"] == garbled("repeat")["MemberRecords"]
    assert garbled("page2")["Total"] == 1002
    assert api.refusal("DescribeRoomStatistics", RoomId=held_id, Page=2, Limit=9) == (
        "FailedOperation"
    )


def test_who_was_there_stays_when_users_are_renamed_or_deleted_and_the_room_is(
    api: Api, control: Control, held_id: int, student: dict[str, Any]
) -> None:
    api.call("ModifyUserProfile", UserId=student["UserId"], Nickname="小红")
    renamed = [record["UserName"] for record in statistics(api, held_id)["MemberRecords"]]
    api.call("DeleteUser", UserId=student["UserId"])
    deleted = statistics(api, held_id)["MemberRecords"][1]
    api.call("DeleteRoom", RoomId=held_id)

    kept = control.get(f"/visits?room={held_id}")["visits"]

    assert renamed == ["王老师", "小明"]
    assert (deleted["UserName"], deleted["PresentTime"]) == ("小明", 120)
    assert [visit["name"] for visit in kept] == ["王老师", "小明", "小明", "小明"]
    assert refusal(api, held_id) == "ResourceNotFound.Room"


def test_person_keeps_the_first_name_for_the_whole_class(
    api: Api, control: Control, room_id: int, student: dict[str, Any]
) -> None:
    for name in ("小明", "小红"):
        api.call("ModifyUserProfile", UserId=student["UserId"], Nickname=name)
        control.post(f"/rooms/{room_id}/join", user_id=student["UserId"])

    assert [visit["name"] for visit in control.get("/visits")["visits"]] == ["小明", "小明"]


def current(api: Api, room_id: int, **changes: Any) -> dict[str, Any]:
    return api.call(
        "DescribeCurrentMemberList", **{"RoomId": room_id, "Page": 1, "Limit": 1000, **changes}
    )


def states(answer: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Return role and state of each line, by name."""
    lines = answer["MemberRecords"]
    return {line["UserName"]: (line["Role"], line["CurrentState"]) for line in lines}


@pytest.fixture
def running_id(
    api: Api,
    control: Control,
    room_id: int,
    teacher: dict[str, Any],
    student: dict[str, Any],
    now_s: int,
    move: Callable[..., None],
) -> int:
    """A class with a teacher who was away for a minute and a supervisor; a student has left it."""
    supervisor = api.register("巡课员")
    move(room_id, "join", teacher, now_s)
    control.post(f"/rooms/{room_id}/start")
    move(room_id, "leave", teacher, now_s + 60)
    move(room_id, "join", teacher, now_s + 120)
    move(room_id, "join", student, now_s + 130)
    move(room_id, "leave", student, now_s + 140)
    move(room_id, "join", supervisor, now_s + 150, supervises=True)
    return room_id


def test_current_members_are_those_who_are_there(
    api: Api, running_id: int, teacher: dict[str, Any], now_s: int
) -> None:
    answer = current(api, running_id)

    assert answer["Total"] == 2
    assert states(answer) == {"王老师": (1, 1), "巡课员": (3, 1)}
    line = answer["MemberRecords"][0]
    assert (line["UserId"], line["Device"]) == (teacher["UserId"], 5)
    assert (line["FirstJoinTimestamp"], line["LastQuitTimestamp"]) == (now_s, now_s + 60)
    assert HOUR_S - 60 <= line["PresentTime"] <= HOUR_S + 60
    assert answer["MemberRecords"][1]["LastQuitTimestamp"] == 0


def test_current_members_may_be_listed_with_those_who_are_not_there(
    api: Api, control: Control, running_id: int, student: dict[str, Any], now_s: int
) -> None:
    absent = api.register("赵助教")["UserId"]
    other = api.create_room(
        Assistants=[absent], StartTime=now_s + 2 * HOUR_S, EndTime=now_s + 3 * HOUR_S
    )
    control.post("/attendance", current="all")

    answer = current(api, running_id)
    nobody = current(api, other)

    assert answer["Total"] == 2
    assert states(answer) == {"王老师": (1, 1), "小明": (0, 2), "巡课员": (3, 1)}
    assert answer["MemberRecords"][1]["LastQuitTimestamp"] == now_s + 140
    assert (nobody["Total"], states(nobody)) == (0, {"赵助教": (2, 0)})


@pytest.mark.parametrize(("seconds", "state"), [(59, 5), (61, 2)])
def test_lost_connection_is_brief_for_a_minute(
    api: Api,
    control: Control,
    running_id: int,
    student: dict[str, Any],
    now_s: int,
    move: Callable[..., None],
    seconds: int,
    state: int,
) -> None:
    control.post("/attendance", current="all")
    left_s = now_s + HOUR_S - seconds
    move(running_id, "join", student, left_s - 10)
    move(running_id, "leave", student, left_s, reason=4)

    answer = current(api, running_id)

    assert states(answer)["小明"] == (0, state)
    assert answer["Total"] == (3 if state == 5 else 2)


def test_current_members_come_in_pages_and_garbled(
    api: Api, control: Control, running_id: int
) -> None:
    pages = [states(current(api, running_id, Limit=1, Page=page)) for page in (1, 2, 3)]
    control.post("/attendance", garble="missing", page_size=1)

    garbled = current(api, running_id)

    assert [list(page) for page in pages] == [["王老师"], ["巡课员"], []]
    assert [line.get("UserId") for line in garbled["MemberRecords"]] == [None]


@pytest.mark.parametrize(
    ("verbs", "code"),
    [
        (("start", "end"), "FailedOperation.ClassEnded"),
        (("expire",), "FailedOperation.ClassExpired"),
        (("delete",), "ResourceNotFound.Room"),
    ],
)
def test_current_members_need_a_class_that_is_not_over(
    api: Api, control: Control, room_id: int, verbs: tuple[str, ...], code: str
) -> None:
    before = current(api, room_id)
    for verb in verbs:
        control.post(f"/rooms/{room_id}/{verb}")

    refused = api.refusal("DescribeCurrentMemberList", RoomId=room_id, Page=1, Limit=1)

    assert (before["Total"], before["MemberRecords"]) == (0, [])
    assert refused == code
