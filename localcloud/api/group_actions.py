"""The actions of groups, as far as they concern people: made with members, listed by one, left.

Assumed, because the cloud's pages are silent: all groups are basic ones; who is in a group is refused by DeleteUser,
its teacher is not; taking out somebody who is not in it is ResourceNotFound.GroupPartUsersNotExist.
"""

from __future__ import annotations

from typing import Any

from localcloud.api.parameters import Parameter
from localcloud.cloud import Cloud
from localcloud.errors import CloudError
from localcloud.state import groups, users

_APP = {"SdkAppId": Parameter("int", required=True)}
_MEMBERS = {"MemberIds": Parameter("texts", required=True, low=1, high=200)}
CREATE_GROUP_WITH_MEMBERS = {
    **_APP,
    **_MEMBERS,
    "GroupName": Parameter("text", required=True, low=1, high=256),
    "TeacherId": Parameter("text"),
}
DESCRIBE_GROUP_LIST = {
    **_APP,
    "Page": Parameter("int", low=1),
    "Limit": Parameter("int", low=1, high=1000),
    "TeacherId": Parameter("text"),
    "MemberId": Parameter("text"),
}
DELETE_GROUP_MEMBER = {**_APP, **_MEMBERS, "GroupId": Parameter("text", required=True, low=1)}


def create_group_with_members(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    for user_id in params["MemberIds"]:
        if users.find(cloud, user_id) is None:
            raise CloudError("ResourceNotFound.User", "The user is not registered.")
    group_id = groups.add(
        cloud,
        name=params["GroupName"],
        teacher_id=params.get("TeacherId", ""),
        user_ids=params["MemberIds"],
    )
    return {"GroupId": group_id}


def describe_group_list(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    """List the groups of a teacher, or else of a member."""
    if params.get("TeacherId"):
        rows = groups.of_teacher(cloud, params["TeacherId"])
    elif params.get("MemberId"):
        rows = groups.of_member(cloud, params["MemberId"])
    else:
        raise CloudError("MissingParameter", "TeacherId or MemberId is needed.")
    page, limit = params.get("Page", 1), params.get("Limit", 20)
    shown = rows[(page - 1) * limit : page * limit]
    return {
        "Total": len(rows),
        "GroupInfos": [
            {
                "GroupId": row["group_id"],
                "GroupName": row["name"],
                "TeacherId": row["teacher_id"],
                "GroupType": 0,
            }
            for row in shown
        ],
    }


def delete_group_member(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    if not groups.exists(cloud, params["GroupId"]):
        raise CloudError("ResourceNotFound.GroupNotExist", "The group does not exist.")
    left = [groups.remove_member(cloud, params["GroupId"], user) for user in params["MemberIds"]]
    if not all(left):
        raise CloudError(
            "ResourceNotFound.GroupPartUsersNotExist", "Some of the users are not in the group."
        )
    return {}
