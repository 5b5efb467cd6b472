"""Users, tokens and supervisors."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from tencentcloud.lcic.v20220817 import models

from tests.localcloud.clients import HOUR_S, SDK_APP_ID, Api, ClassPage, Control

WEEK_S = 7 * 24 * HOUR_S


def supervisors(api: Api, **params: Any) -> dict[str, Any]:
    return api.call("DescribeSupervisors", SdkAppId=SDK_APP_ID, **params)


def test_registered_user_is_described_by_either_id(api: Api) -> None:
    user = api.register("王老师", OriginId="t1", Avatar="https://a/b.png")
    expected = {
        "SdkAppId": SDK_APP_ID,
        "UserId": user["UserId"],
        "OriginId": "t1",
        "Name": "王老师",
        "Avatar": "https://a/b.png",
    }

    assert re.fullmatch(r"[0-9A-Za-z]{27}", user["UserId"])
    assert api.call("DescribeUserDetail", UserId=user["UserId"])["Users"] == [expected]
    assert api.call("DescribeUserDetail", OriginId="t1")["Users"] == [expected]
    both = api.call("DescribeUserDetail", UserId=user["UserId"], OriginId="other")
    assert both["Users"] == [expected]


def test_description_needs_an_id_that_is_known(api: Api) -> None:
    assert api.refusal("DescribeUserDetail") == "MissingParameter"
    assert api.refusal("DescribeUserDetail", UserId="u") == "ResourceNotFound.User"
    assert api.refusal("DescribeUserDetail", OriginId="o") == "ResourceNotFound.User"


def test_typed_client_registers(api: Api) -> None:
    request = models.RegisterUserRequest()
    request.SdkAppId = SDK_APP_ID
    request.Name = "小明"

    answer = api.client.RegisterUser(request)

    assert answer.UserId
    assert answer.Token


def test_second_registration_of_an_origin_id_is_refused(api: Api) -> None:
    api.register("甲", OriginId="o")

    refusal = api.refusal("RegisterUser", SdkAppId=SDK_APP_ID, Name="乙", OriginId="o")

    assert refusal == "FailedOperation.OriginIdExists"
    assert api.call("DescribeUserDetail", OriginId="o")["Users"][0]["Name"] == "甲"


@pytest.mark.parametrize("params", [{}, {"OriginId": ""}])
def test_empty_origin_id_equals_the_user_id(api: Api, params: dict[str, str]) -> None:
    first, second = api.register(**params), api.register(**params)

    assert first["UserId"] != second["UserId"]
    user = api.call("DescribeUserDetail", OriginId=first["UserId"])["Users"][0]
    assert user["UserId"] == first["UserId"]


def test_refused_words_in_a_nickname_are_refused(api: Api, teacher: dict[str, Any]) -> None:
    batch = [{"SdkAppId": SDK_APP_ID, "Name": "违禁词"}]
    profile = {"UserId": teacher["UserId"], "Nickname": "违禁词"}

    assert api.refusal("RegisterUser", SdkAppId=SDK_APP_ID, Name="违禁词") == (
        "InvalidParameter.Content"
    )
    assert api.refusal("BatchRegister", Users=batch) == "InvalidParameter.Content"
    assert api.refusal("ModifyUserProfile", **profile) == "InvalidParameter.Content"


def test_batch_registers_and_overwrites_without_token(api: Api, teacher: dict[str, Any]) -> None:
    rows = [
        {"SdkAppId": SDK_APP_ID, "Name": "新名字", "OriginId": "teacher", "Avatar": "a"},
        {"SdkAppId": SDK_APP_ID, "Name": "新人"},
    ]

    known, new = api.call("BatchRegister", Users=rows)["Users"]

    assert known == {
        "SdkAppId": SDK_APP_ID,
        "UserId": teacher["UserId"],
        "OriginId": "teacher",
    }
    assert new == {"SdkAppId": SDK_APP_ID, "UserId": new["UserId"], "OriginId": new["UserId"]}
    assert api.call("DescribeUserDetail", OriginId="teacher")["Users"][0]["Name"] == "新名字"


def test_batch_takes_a_thousand(api: Api, control: Control) -> None:
    rows = [{"SdkAppId": SDK_APP_ID, "OriginId": f"o{i}"} for i in range(1000)]

    api.call("BatchRegister", Users=rows)

    assert len(control.get("/state")["users"]) == 1000


def test_batch_with_one_bad_row_registers_nobody(api: Api, control: Control) -> None:
    rows = [{"SdkAppId": SDK_APP_ID}, {"SdkAppId": SDK_APP_ID, "Name": "违禁词"}]

    api.refusal("BatchRegister", Users=rows)

    assert control.get("/state")["users"] == []


def test_login_gives_another_token_and_the_older_one_lives(
    api: Api, teacher: dict[str, Any], room_id: int, class_page: ClassPage
) -> None:
    by_id = api.call("LoginUser", UserId=teacher["UserId"])
    by_origin = api.call("LoginOriginId", SdkAppId=SDK_APP_ID, OriginId="teacher")

    assert len({teacher["Token"], by_id["Token"], by_origin["Token"]}) == 3
    assert by_id["UserId"] == by_origin["UserId"] == teacher["UserId"]
    for user in (teacher, by_id, by_origin):
        assert class_page.visit(room_id, user).status_code == 200


@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("LoginUser", {"UserId": "u"}),
        ("LoginOriginId", {"SdkAppId": SDK_APP_ID, "OriginId": "o"}),
        ("LoginUserWithRoom", {"UserId": "u", "RoomId": 1}),
        ("LoginOriginIdWithRoom", {"SdkAppId": SDK_APP_ID, "OriginId": "o", "RoomId": 1}),
        ("ModifyUserProfile", {"UserId": "u", "Nickname": "x"}),
        ("DeleteUser", {"UserId": "u"}),
        ("CreateSupervisor", {"SdkAppId": SDK_APP_ID, "Users": ["u"]}),
        ("DeleteSupervisor", {"SdkAppId": SDK_APP_ID, "Users": ["u"]}),
    ],
)
def test_unknown_user_is_refused(api: Api, action: str, params: dict[str, Any]) -> None:
    assert api.refusal(action, **params) == "ResourceNotFound.User"


def test_token_lives_seven_days(
    api: Api, control: Control, class_page: ClassPage, teacher: dict[str, Any]
) -> None:
    start = int(time.time()) + WEEK_S + HOUR_S
    room_id = api.create_room(StartTime=start, EndTime=start + HOUR_S)

    control.shift_clock(WEEK_S - 60)
    before = class_page.visit(room_id, teacher).status_code
    control.shift_clock(WEEK_S + 60)

    assert (before, class_page.visit(room_id, teacher).status_code) == (200, 403)


@pytest.mark.parametrize("by_origin", [False, True])
def test_room_token_opens_only_its_room(
    api: Api, teacher: dict[str, Any], class_page: ClassPage, by_origin: bool
) -> None:
    own, other = api.create_room(), api.create_room()
    if by_origin:
        who = {"SdkAppId": SDK_APP_ID, "OriginId": "teacher"}
        token = api.call("LoginOriginIdWithRoom", RoomId=own, **who)
    else:
        token = api.call("LoginUserWithRoom", RoomId=own, UserId=teacher["UserId"])

    assert class_page.visit(own, token).status_code == 200
    refused = class_page.visit(other, token)
    assert (refused.status_code, 'data-refused="ticket"' in refused.text) == (403, True)


def test_profile_changes_what_it_names(api: Api, teacher: dict[str, Any]) -> None:
    api.call("ModifyUserProfile", UserId=teacher["UserId"], Avatar="https://a/c.png")
    api.call("ModifyUserProfile", UserId=teacher["UserId"], Nickname="李老师")

    user = api.call("DescribeUserDetail", UserId=teacher["UserId"])["Users"][0]
    assert (user["Name"], user["Avatar"]) == ("李老师", "https://a/c.png")


def test_class_in_progress_keeps_the_old_name(
    api: Api, control: Control, room_id: int, class_page: ClassPage, teacher: dict[str, Any]
) -> None:
    class_page.visit(room_id, teacher)
    api.call("ModifyUserProfile", UserId=teacher["UserId"], Nickname="李老师")
    class_page.visit(room_id, teacher)

    assert [each["Name"] for each in control.room(room_id)["Members"]] == ["王老师"]


def test_deleted_user_frees_the_origin_id_and_the_token_die(
    api: Api, control: Control, room_id: int, class_page: ClassPage, teacher: dict[str, Any]
) -> None:
    class_page.visit(room_id, teacher)
    api.call("CreateSupervisor", SdkAppId=SDK_APP_ID, Users=[teacher["UserId"]])

    api.call("DeleteUser", UserId=teacher["UserId"])

    assert class_page.visit(room_id, teacher).status_code == 403
    assert control.members(room_id) == {}
    assert supervisors(api)["UserIds"] == []
    assert api.register("新", OriginId="teacher")["UserId"] != teacher["UserId"]
    assert api.refusal("LoginUser", UserId=teacher["UserId"]) == "ResourceNotFound.User"


def test_supervisors_are_listed_once_in_pages_and_removed(api: Api) -> None:
    ids = [api.register()["UserId"] for _ in range(3)]
    for users in (ids, ids[:1]):
        api.call("CreateSupervisor", SdkAppId=SDK_APP_ID, Users=users)

    second = supervisors(api, Limit=2, Page=2)
    api.call("DeleteSupervisor", SdkAppId=SDK_APP_ID, Users=ids[:1])

    assert (second["Total"], second["Page"], second["Limit"]) == (3, 2, 2)
    assert second["UserIds"] == ids[2:]
    assert supervisors(api)["UserIds"] == ids[1:]


def test_supervisors_with_one_unknown_change_nothing(api: Api, teacher: dict[str, Any]) -> None:
    users = [teacher["UserId"], "u"]

    refusal = api.refusal("CreateSupervisor", SdkAppId=SDK_APP_ID, Users=users)

    assert refusal == "ResourceNotFound.User"
    assert supervisors(api)["Total"] == 0
