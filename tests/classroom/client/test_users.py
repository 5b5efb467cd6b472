from __future__ import annotations

import json

import pytest

from classroom.client import rooms, users
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudRejected, CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.users import Participant
from tests.support.cloud import SDK_APP_ID, LocalCloud
from tests.support.roomplans import plan_of

DOOR = Priority.INTERACTIVE
BACKGROUND = Priority.BACKGROUND
WANG = Participant("origin-wang", "王小明", "https://school.example/a.jpg")
LI = Participant("origin-li", "李小红")


def sent(cloud: LocalCloud, action: str) -> list[dict[str, object]]:
    return [json.loads(call["body_text"]) for call in cloud.calls(action=action)]


class TestRegister:
    def test_tells_nickname_picture_and_origin_id(self, local_cloud: LocalCloud):
        user_id = users.register_user(WANG, DOOR)

        assert local_cloud.users() == [
            {
                "UserId": user_id,
                "OriginId": "origin-wang",
                "Name": "王小明",
                "Avatar": "https://school.example/a.jpg",
            }
        ]

    def test_leaves_out_a_picture_that_is_not_there(self, local_cloud: LocalCloud):
        users.register_user(LI, DOOR)

        assert sent(local_cloud, "RegisterUser") == [
            {"SdkAppId": SDK_APP_ID, "OriginId": "origin-li", "Name": "李小红"}
        ]

    def test_twice_means_origin_taken(self, local_cloud: LocalCloud):
        users.register_user(WANG, DOOR)

        with pytest.raises(CloudRejected) as raised:
            users.register_user(WANG, DOOR)

        assert is_kind(raised.value, ErrorKind.ORIGIN_TAKEN)

    def test_refused_nickname_means_words_refused(self, local_cloud: LocalCloud):
        local_cloud.words("小明")

        with pytest.raises(CloudRejected) as raised:
            users.register_user(WANG, DOOR)

        assert is_kind(raised.value, ErrorKind.WORDS_REFUSED)
        assert local_cloud.users() == []


class TestRegisterMany:
    def test_returns_user_ids_by_origin_id(self, local_cloud: LocalCloud):
        user_ids = users.register_users([WANG, LI], BACKGROUND)

        known = {user["OriginId"]: user["UserId"] for user in local_cloud.users()}
        assert user_ids == known
        assert set(known) == {"origin-wang", "origin-li"}

    def test_is_repeated_after_a_lost_answer(self, local_cloud: LocalCloud):
        local_cloud.switch("BatchRegister", "drop_after", times=1)

        user_ids = users.register_users([WANG, LI], BACKGROUND)

        assert len(local_cloud.calls()) == 2
        assert user_ids == {user["OriginId"]: user["UserId"] for user in local_cloud.users()}

    def test_overwrites_who_is_registered_already(self, local_cloud: LocalCloud):
        before = users.register_user(WANG, DOOR)

        after = users.register_users([Participant("origin-wang", "王大明")], BACKGROUND)

        assert after == {"origin-wang": before}
        assert [user["Name"] for user in local_cloud.users()] == ["王大明"]

    def test_takes_as_many_as_the_cloud_does(self, local_cloud: LocalCloud):
        people = [Participant(f"origin{n}", f"学生{n}") for n in range(users.REGISTER_AT_MOST)]

        assert len(users.register_users(people, BACKGROUND)) == users.REGISTER_AT_MOST

        with pytest.raises(CloudRejected):
            users.register_users([*people, WANG], BACKGROUND)


class TestFind:
    def test_returns_the_user_id(self, local_cloud: LocalCloud):
        user_id = users.register_user(WANG, DOOR)

        assert users.find_user("origin-wang", DOOR) == user_id

    def test_returns_none_for_a_stranger(self, local_cloud: LocalCloud):
        assert users.find_user("origin-wang", DOOR) is None


class TestLogIn:
    def test_gives_a_ticket_of_the_user(self, local_cloud: LocalCloud):
        user_id = users.register_user(WANG, DOOR)
        room_id = make_room(user_id)

        ticket = users.log_in_to_room(user_id, room_id, DOOR)

        assert ticket is not None
        assert ticket.user_id == user_id
        assert ticket.token != ""

    def test_ticket_does_not_show_its_token(self, local_cloud: LocalCloud):
        user_id = users.register_user(WANG, DOOR)

        ticket = users.log_in_to_room(user_id, make_room(user_id), DOOR)

        assert ticket is not None
        assert ticket.token not in repr(ticket)

    def test_is_none_for_a_forgotten_user(self, local_cloud: LocalCloud):
        user_id = users.register_user(WANG, DOOR)
        room_id = make_room(user_id)
        local_cloud.delete_user(user_id)

        assert users.log_in_to_room(user_id, room_id, DOOR) is None


class TestChangeProfile:
    def test_sets_nickname_and_picture(self, local_cloud: LocalCloud):
        user_id = users.register_user(LI, DOOR)

        users.change_profile(
            user_id, nickname="李大红", avatar_url="https://school.example/b.jpg", priority=DOOR
        )

        assert local_cloud.users()[0] | {"UserId": ""} == {
            "UserId": "",
            "OriginId": "origin-li",
            "Name": "李大红",
            "Avatar": "https://school.example/b.jpg",
        }

    def test_is_repeated_after_a_lost_answer(self, local_cloud: LocalCloud):
        user_id = users.register_user(LI, DOOR)
        local_cloud.switch("ModifyUserProfile", "drop_after", times=1)

        users.change_profile(user_id, nickname="李大红", avatar_url="", priority=DOOR)

        assert len(local_cloud.calls(action="ModifyUserProfile")) == 2

    def test_of_a_forgotten_user_means_user_gone(self, local_cloud: LocalCloud):
        with pytest.raises(CloudRejected) as raised:
            users.change_profile("nobody", nickname="甲", avatar_url="", priority=DOOR)

        assert is_kind(raised.value, ErrorKind.USER_GONE)


class TestSupervisors:
    def test_are_listed_and_taken_off(self, local_cloud: LocalCloud):
        user_id = users.register_user(LI, DOOR)

        users.add_supervisor(user_id, DOOR)
        users.add_supervisor(user_id, DOOR)
        assert local_cloud.state()["supervisors"] == [user_id]

        users.remove_supervisor(user_id, DOOR)
        users.remove_supervisor(user_id, DOOR)
        assert local_cloud.state()["supervisors"] == []

    def test_adding_a_stranger_means_user_gone(self, local_cloud: LocalCloud):
        with pytest.raises(CloudRejected) as raised:
            users.add_supervisor("nobody", DOOR)

        assert is_kind(raised.value, ErrorKind.USER_GONE)

    def test_removing_a_stranger_is_fine(self, local_cloud: LocalCloud):
        users.remove_supervisor("nobody", DOOR)

        assert len(local_cloud.calls(action="DeleteSupervisor")) == 1

    def test_other_refusals_of_removing_are_told(self, local_cloud: LocalCloud):
        local_cloud.switch("DeleteSupervisor", "fail", code="UnauthorizedOperation")

        with pytest.raises(CloudRejected):
            users.remove_supervisor("nobody", DOOR)

    def test_listing_is_repeated_when_the_cloud_is_away(self, local_cloud: LocalCloud):
        user_id = users.register_user(LI, DOOR)
        local_cloud.switch("CreateSupervisor", "http500")

        with pytest.raises(CloudUnavailable):
            users.add_supervisor(user_id, BACKGROUND)

        assert len(local_cloud.calls(action="CreateSupervisor")) == 3


def make_room(teacher_user_id: str) -> int:
    return rooms.create_room(plan_of(teacher_user_id), DOOR)
