"""Groups of users, whom the cloud deletes only when they are in none."""

from __future__ import annotations

from tests.localcloud.clients import SDK_APP_ID, Api


def group_of(api: Api, *user_ids: str, teacher: str = "") -> str:
    answer = api.call(
        "CreateGroupWithMembers",
        SdkAppId=SDK_APP_ID,
        GroupName="高一1班",
        TeacherId=teacher,
        MemberIds=list(user_ids),
    )
    return str(answer["GroupId"])


def listed(api: Api, **params: object) -> list[str]:
    answer = api.call("DescribeGroupList", SdkAppId=SDK_APP_ID, **params)
    return [row["GroupId"] for row in answer["GroupInfos"]]


def leave(api: Api, group_id: str, user_id: str) -> None:
    api.call("DeleteGroupMember", SdkAppId=SDK_APP_ID, GroupId=group_id, MemberIds=[user_id])


def test_groups_are_listed_by_a_member_or_by_their_teacher(api: Api) -> None:
    wang, li = (api.register(name)["UserId"] for name in ("王", "李"))
    first = group_of(api, li, teacher=wang)
    second = group_of(api, li, wang)

    assert listed(api, MemberId=li) == [first, second]
    assert listed(api, MemberId=li, Limit=1, Page=2) == [second]
    assert listed(api, TeacherId=wang) == [first]
    assert listed(api, TeacherId=wang, MemberId=li) == [first]
    assert api.refusal("DescribeGroupList", SdkAppId=SDK_APP_ID) == "MissingParameter"


def test_a_user_is_deleted_only_when_out_of_all_groups(api: Api) -> None:
    user_id = api.register("王")["UserId"]
    group_ids = [group_of(api, user_id), group_of(api, user_id)]

    for group_id in group_ids:
        refusal = api.refusal("DeleteUser", UserId=user_id)
        assert refusal == "FailedOperation.UserIsAlreadyInGroup"
        leave(api, group_id, user_id)
    api.call("DeleteUser", UserId=user_id)

    assert api.refusal("DeleteUser", UserId=user_id) == "ResourceNotFound.User"


def test_leaving_again_and_leaving_no_group_is_refused(api: Api) -> None:
    user_id = api.register("王")["UserId"]
    group_id = group_of(api, user_id)
    leave(api, group_id, user_id)

    again = {"SdkAppId": SDK_APP_ID, "MemberIds": [user_id]}
    assert (
        api.refusal("DeleteGroupMember", GroupId=group_id, **again)
        == "ResourceNotFound.GroupPartUsersNotExist"
    )
    assert (
        api.refusal("DeleteGroupMember", GroupId="none", **again)
        == "ResourceNotFound.GroupNotExist"
    )


def test_a_group_has_registered_users_alone(api: Api) -> None:
    refusal = api.refusal(
        "CreateGroupWithMembers", SdkAppId=SDK_APP_ID, GroupName="班", MemberIds=["nobody"]
    )

    assert refusal == "ResourceNotFound.User"
