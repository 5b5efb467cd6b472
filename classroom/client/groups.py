"""Groups of the cloud that somebody is in: found, and left.

This platform makes none: the school may have, in the cloud's console or by another program. Every function raises the
errors of `classroom.client.errors`.

Source: LCIC API 3.0, group actions (models of the vendor's Python SDK 3.1.134).
"""

from __future__ import annotations

from tencentcloud.lcic.v20220817 import models

from classroom.client.answer_values import number, optional_number, words
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudRejected
from classroom.client.rate_limits import Priority
from classroom.client.transport import call, read, repeat_safely, sdk_app_id

PAGE_SIZE = 1000
MOST_PAGES = 20
# A joint group has other groups in place of members: who leaves those has left it.
JOINT = 1
NOT_A_MEMBER = (ErrorKind.USER_GONE, ErrorKind.GROUP_GONE, ErrorKind.NOT_IN_GROUP)


def groups_of(user_id: str, priority: Priority) -> list[str]:
    """Return the ids of the groups that have this person as a member; none where the cloud does not know them."""
    group_ids: list[str] = []
    for page in range(1, MOST_PAGES + 1):
        try:
            answer = _page(user_id, page, priority)
        except CloudRejected as err:
            if is_kind(err, ErrorKind.USER_GONE):
                return group_ids
            raise
        groups = answer.GroupInfos or []
        group_ids += [
            words("DescribeGroupList", row.GroupId) for row in groups if _has_members(row)
        ]
        if page * PAGE_SIZE >= (optional_number("DescribeGroupList", answer.Total) or 0):
            break
    return group_ids


def _page(user_id: str, page: int, priority: Priority) -> models.DescribeGroupListResponse:
    request = models.DescribeGroupListRequest()
    request.SdkAppId = sdk_app_id()
    request.MemberId = user_id
    request.Page = page
    request.Limit = PAGE_SIZE
    return read("DescribeGroupList", request, models.DescribeGroupListResponse, priority)


def _has_members(group: models.GroupInfo) -> bool:
    return group.GroupType is None or number("DescribeGroupList", group.GroupType) != JOINT


def leave_group(group_id: str, user_id: str, priority: Priority) -> None:
    """Take a person out of a group; one who is not in it any more is fine."""
    request = models.DeleteGroupMemberRequest()
    request.GroupId = group_id
    request.SdkAppId = sdk_app_id()
    request.MemberIds = [user_id]
    try:
        repeat_safely(
            lambda: call("DeleteGroupMember", request, models.DeleteGroupMemberResponse, priority),
            priority,
        )
    except CloudRejected as err:
        if not any(is_kind(err, kind) for kind in NOT_A_MEMBER):
            raise
