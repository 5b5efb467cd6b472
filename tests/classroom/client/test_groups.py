from __future__ import annotations

import pytest

from classroom.client import groups, users
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudRejected, CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.users import Participant
from tests.support.cloud import LocalCloud

BACKGROUND = Priority.BACKGROUND


@pytest.fixture
def user_id(local_cloud: LocalCloud) -> str:
    return users.register_user(Participant("origin-wang", "王小明"), BACKGROUND)


def test_finds_the_groups_of_a_person_on_all_pages(
    local_cloud: LocalCloud, user_id: str, monkeypatch: pytest.MonkeyPatch
):
    made = [local_cloud.make_group([user_id]) for _number in range(3)]
    monkeypatch.setattr(groups, "PAGE_SIZE", 2)

    assert groups.groups_of(user_id, BACKGROUND) == made
    assert groups.groups_of("nobody", BACKGROUND) == []


def test_deletes_a_person_who_has_left_their_groups_and_no_sooner(
    local_cloud: LocalCloud, user_id: str
):
    group_id = local_cloud.make_group([user_id])

    with pytest.raises(CloudRejected) as refused:
        users.delete_user(user_id, BACKGROUND)
    groups.leave_group(group_id, user_id, BACKGROUND)
    users.delete_user(user_id, BACKGROUND)

    assert is_kind(refused.value, ErrorKind.IN_GROUP)
    assert local_cloud.users() == []


def test_leaving_a_group_once_more_and_one_that_is_gone_is_fine(
    local_cloud: LocalCloud, user_id: str
):
    group_id = local_cloud.make_group([user_id])

    groups.leave_group(group_id, user_id, BACKGROUND)
    groups.leave_group(group_id, user_id, BACKGROUND)
    groups.leave_group("gone", user_id, BACKGROUND)

    assert groups.groups_of(user_id, BACKGROUND) == []


def test_another_refusal_to_leave_is_an_error(local_cloud: LocalCloud, user_id: str):
    group_id = local_cloud.make_group([user_id])
    local_cloud.switch("DeleteGroupMember", "fail", code="UnauthorizedOperation", times=1)

    with pytest.raises(CloudRejected):
        groups.leave_group(group_id, user_id, BACKGROUND)


def test_a_silent_cloud_is_unavailable(local_cloud: LocalCloud, user_id: str):
    local_cloud.switch("DescribeGroupList", "fail")

    with pytest.raises(CloudUnavailable):
        groups.groups_of(user_id, BACKGROUND)
