from __future__ import annotations

import json

import pytest
import requests

from classroom.client import rate_limits, rooms, transport, users
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudRejected, CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.users import Participant
from tests.support.cloud import SDK_APP_ID, LocalCloud
from tests.support.roomplans import plan_of
from tests.support.threads import all_at_once

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


def go_only(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the other action never have room."""

    class OneWay:
        def take(self, actions: list[str], *_args: object, **_options: object) -> str:
            return way if way in actions else actions[0]

    monkeypatch.setattr(transport, "rate_limiter", OneWay)


class TestLogIn:
    def test_gives_a_ticket_of_the_user(self, local_cloud: LocalCloud):
        user_id = users.register_user(WANG, DOOR)
        room_id = make_room(user_id)

        ticket = users.log_in_to_room(user_id, "origin-wang", room_id, DOOR)

        assert ticket is not None
        assert ticket.user_id == user_id
        assert ticket.token != ""

    def test_ticket_does_not_show_its_token(self, local_cloud: LocalCloud):
        user_id = users.register_user(WANG, DOOR)

        ticket = users.log_in_to_room(user_id, "origin-wang", make_room(user_id), DOOR)

        assert ticket is not None
        assert ticket.token not in repr(ticket)

    def test_is_none_for_a_forgotten_user(self, local_cloud: LocalCloud):
        user_id = users.register_user(WANG, DOOR)
        room_id = make_room(user_id)
        local_cloud.delete_user(user_id)

        assert users.log_in_to_room(user_id, "origin-wang", room_id, DOOR) is None

    @pytest.mark.parametrize("way", users.TICKET_ACTIONS)
    def test_both_ways_give_the_same(
        self, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch, way: str
    ):
        go_only(way, monkeypatch)
        user_id = users.register_user(WANG, DOOR)
        room_id = make_room(user_id)

        ticket = users.log_in_to_room(user_id, "origin-wang", room_id, DOOR)

        assert ticket is not None
        page = requests.get(
            local_cloud.class_url,
            params={
                "schoolid": str(transport.sdk_app_id()),
                "classid": str(room_id),
                "userid": user_id,
                "token": ticket.token,
            },
            timeout=10,
        )
        assert 'data-role="teacher"' in page.text
        assert [call["action"] for call in local_cloud.calls()][-1] == way

    @pytest.mark.parametrize("way", users.TICKET_ACTIONS)
    def test_forgotten_user_is_one_by_either_way(
        self, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch, way: str
    ):
        go_only(way, monkeypatch)
        user_id = users.register_user(WANG, DOOR)
        room_id = make_room(user_id)
        local_cloud.delete_user(user_id)

        assert users.log_in_to_room(user_id, "origin-wang", room_id, DOOR) is None

    @pytest.mark.parametrize("way", users.TICKET_ACTIONS)
    def test_user_whom_the_cloud_knows_by_another_id_is_a_forgotten_one(
        self, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch, way: str
    ):
        go_only(way, monkeypatch)
        old_id = users.register_user(WANG, DOOR)
        room_id = make_room(old_id)
        local_cloud.delete_user(old_id)
        users.register_user(WANG, DOOR)

        assert users.log_in_to_room(old_id, "origin-wang", room_id, DOOR) is None

    def test_other_way_is_taken_when_somebody_else_uses_up_the_first(self, local_cloud: LocalCloud):
        user_id = users.register_user(WANG, DOOR)
        room_id = make_room(user_id)
        local_cloud.switch("LoginUserWithRoom", "rate_limit", times=1)

        assert users.log_in_to_room(user_id, "origin-wang", room_id, DOOR) is not None

        tried = [call["action"] for call in local_cloud.calls()][-2:]
        assert tried == list(users.TICKET_ACTIONS)


@pytest.mark.processes
def test_sixty_tickets_are_given_at_once_within_the_limits_of_both_ways(
    local_cloud: LocalCloud, valkey: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(rate_limits, "DEFAULT_CALLS_PER_S", 20)
    user_id = users.register_user(WANG, DOOR)
    room_id = make_room(user_id)
    local_cloud.enforce_limits(enforce=True)

    def log_in(_number: int) -> object:
        return users.log_in_to_room(user_id, "origin-wang", room_id, DOOR)

    tickets = all_at_once(log_in, range(60))

    assert None not in tickets
    calls = [call for call in local_cloud.calls() if call["action"] in users.TICKET_ACTIONS]
    assert {call["action"] for call in calls} == set(users.TICKET_ACTIONS)


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
