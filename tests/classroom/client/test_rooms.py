from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.utils import timezone

from classroom.client import rooms, users
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudProtocolError, CloudRejected, CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.rooms import RoomChanges, RoomListing
from classroom.client.users import Participant
from tests.support.cloud import SDK_APP_ID, LocalCloud
from tests.support.peers import Script, answering
from tests.support.roomplans import plan_of

DOOR = Priority.INTERACTIVE
BACKGROUND = Priority.BACKGROUND
HOUR = dt.timedelta(hours=1)
STARTS_S = int(dt.datetime(2026, 9, 1, tzinfo=dt.UTC).timestamp())
DESCRIBED = {
    "SdkAppId": 1,
    "Status": 0,
    "StartTime": STARTS_S,
    "EndTime": STARTS_S + 2700,
    "RoomType": 0,
    "MaxMicNumber": 6,
    "DisableRecord": 0,
    "RequestId": "r",
}


@pytest.fixture
def assistant_id(local_cloud: LocalCloud) -> str:
    return users.register_user(Participant("origin-assistant", "陈助教"), DOOR)


@pytest.fixture
def room_id(teacher_id: str) -> int:
    return rooms.create_room(plan_of(teacher_id), DOOR)


def listed(**window: Any) -> list[RoomListing]:
    now = timezone.now()
    span = {"starts_from": now - HOUR, "starts_until": now + HOUR} | window
    return list(rooms.list_rooms(priority=BACKGROUND, **span))


class TestCreate:
    def test_tells_the_cloud_the_whole_plan(
        self, local_cloud: LocalCloud, teacher_id: str, assistant_id: str
    ):
        plan = plan_of(teacher_id, assistant_id)

        room_id = rooms.create_room(plan, DOOR)

        assert 300_000_000 <= room_id <= 400_000_000
        assert json.loads(local_cloud.calls(action="CreateRoom")[0]["body_text"]) == {
            "SdkAppId": SDK_APP_ID,
            "Name": "语文课",
            "StartTime": int(plan.starts_at.timestamp()),
            "EndTime": int(plan.ends_at.timestamp()),
            "TeacherId": teacher_id,
            "Assistants": [assistant_id],
            "RoomType": 0,
            "MaxMicNumber": 6,
            "Resolution": 1,
            "SubType": "videodoc",
            "DisableRecord": 0,
            "RecordLayout": 0,
            "EndDelayTime": 30,
        }

    def test_cuts_a_name_at_the_cloud_s_limit(self, local_cloud: LocalCloud, teacher_id: str):
        rooms.create_room(plan_of(teacher_id, name="语" * 300), DOOR)

        assert local_cloud.rooms()[0]["Name"] == "语" * 256

    @pytest.mark.parametrize("kind", ["drop_before", "drop_after", "http500", "late", "hang"])
    def test_is_never_repeated(self, local_cloud: LocalCloud, teacher_id: str, kind: str):
        local_cloud.switch("CreateRoom", kind, seconds=2)

        with pytest.raises(CloudUnavailable) as raised:
            rooms.create_room(plan_of(teacher_id), BACKGROUND)

        assert raised.value.outcome_is_known is False
        assert len(local_cloud.calls(action="CreateRoom")) == 1

    def test_of_an_unknown_teacher_means_user_gone(self, local_cloud: LocalCloud):
        with pytest.raises(CloudRejected) as raised:
            rooms.create_room(plan_of("nobody"), DOOR)

        assert is_kind(raised.value, ErrorKind.USER_GONE)

    def test_of_a_refused_name_means_words_refused(self, local_cloud: LocalCloud, teacher_id: str):
        local_cloud.words("语文")

        with pytest.raises(CloudRejected) as raised:
            rooms.create_room(plan_of(teacher_id), DOOR)

        assert is_kind(raised.value, ErrorKind.WORDS_REFUSED)

    def test_in_the_past_means_start_in_past(self, local_cloud: LocalCloud, teacher_id: str):
        plan = plan_of(teacher_id).starting_at(timezone.now() - HOUR)

        with pytest.raises(CloudRejected) as raised:
            rooms.create_room(plan, DOOR)

        assert is_kind(raised.value, ErrorKind.START_IN_PAST)


class TestModify:
    def test_changes_what_is_given_and_nothing_else(
        self, local_cloud: LocalCloud, room_id: int, assistant_id: str
    ):
        before = local_cloud.rooms()[0]

        rooms.modify_room(
            room_id, RoomChanges(name="数学课", assistant_user_ids=(assistant_id,)), DOOR
        )

        assert local_cloud.rooms()[0] == before | {"Name": "数学课", "Assistants": [assistant_id]}

    def test_takes_assistants_away(self, local_cloud: LocalCloud, room_id: int, assistant_id: str):
        rooms.modify_room(room_id, RoomChanges(assistant_user_ids=(assistant_id,)), DOOR)

        rooms.modify_room(room_id, RoomChanges(assistant_user_ids=()), DOOR)

        details = rooms.describe_room(room_id, DOOR)
        assert details is not None
        assert details.assistant_user_ids == ()

    def test_moves_a_room(self, local_cloud: LocalCloud, room_id: int):
        start = timezone.now().replace(microsecond=0) + 2 * HOUR

        rooms.modify_room(room_id, RoomChanges(starts_at=start, ends_at=start + HOUR), DOOR)

        details = rooms.describe_room(room_id, DOOR)
        assert details is not None
        assert (details.starts_at, details.ends_at) == (start, start + HOUR)

    def test_is_repeated_after_a_lost_answer(self, local_cloud: LocalCloud, room_id: int):
        local_cloud.switch("ModifyRoom", "drop_after", times=1)

        rooms.modify_room(room_id, RoomChanges(name="数学课"), DOOR)

        assert len(local_cloud.calls(action="ModifyRoom")) == 2

    def test_of_a_running_class_means_class_started(self, local_cloud: LocalCloud, room_id: int):
        local_cloud.change_room(room_id, "start")

        with pytest.raises(CloudRejected) as raised:
            rooms.modify_room(room_id, RoomChanges(starts_at=timezone.now() + HOUR), DOOR)

        assert is_kind(raised.value, ErrorKind.CLASS_STARTED)

    def test_of_a_deleted_room_means_room_gone(self, local_cloud: LocalCloud, room_id: int):
        local_cloud.change_room(room_id, "delete")

        with pytest.raises(CloudRejected) as raised:
            rooms.modify_room(room_id, RoomChanges(name="数学课"), DOOR)

        assert is_kind(raised.value, ErrorKind.ROOM_GONE)


class TestDescribe:
    def test_tells_what_was_planned(self, local_cloud: LocalCloud, teacher_id: str):
        plan = plan_of(teacher_id)

        details = rooms.describe_room(rooms.create_room(plan, DOOR), DOOR)

        assert details is not None
        assert details.sdk_app_id == SDK_APP_ID
        assert details.name == plan.name
        assert details.status == 0
        assert (details.starts_at, details.ends_at) == (plan.starts_at, plan.ends_at)
        assert details.teacher_user_id == teacher_id
        assert details.assistant_user_ids == ()

    @pytest.mark.parametrize(("change", "status"), [("start", 1), ("end", 2), ("expire", 3)])
    def test_tells_the_status(
        self, local_cloud: LocalCloud, room_id: int, change: str, status: int
    ):
        if change == "end":
            local_cloud.change_room(room_id, "start")
        local_cloud.change_room(room_id, change)

        details = rooms.describe_room(room_id, DOOR)

        assert details is not None
        assert details.status == status

    def test_is_none_for_no_room(self, local_cloud: LocalCloud):
        assert rooms.describe_room(300_000_000, DOOR) is None

    @pytest.mark.parametrize("field", ["SdkAppId", "Status", "StartTime"])
    @pytest.mark.parametrize("value", ["1", None, True, 1.5])
    def test_wrong_types_are_garbled(
        self, local_cloud: LocalCloud, settings: Any, field: str, value: object
    ):
        self.refuse(DESCRIBED | {field: value}, settings)

    @pytest.mark.parametrize("field", ["StartTime", "EndTime"])
    @pytest.mark.parametrize("seconds", [2**62, -(2**62), 0, 253_402_300_799])
    def test_time_at_which_no_class_can_be_is_garbled(
        self, local_cloud: LocalCloud, settings: Any, field: str, seconds: int
    ):
        self.refuse(DESCRIBED | {field: seconds}, settings)

    def test_answer_without_these_faults_is_taken(self, local_cloud: LocalCloud, settings: Any):
        script = Script(body=json.dumps({"Response": DESCRIBED}).encode())
        with answering(script):
            settings.LCIC_ENDPOINT = script.url

            assert rooms.describe_room(300_000_000, DOOR) is not None

    @staticmethod
    def refuse(answer: dict[str, Any], settings: Any) -> None:
        script = Script(body=json.dumps({"Response": answer}).encode())
        with answering(script):
            settings.LCIC_ENDPOINT = script.url

            with pytest.raises(CloudProtocolError):
                rooms.describe_room(300_000_000, DOOR)


class TestList:
    def test_goes_through_all_pages(
        self, local_cloud: LocalCloud, teacher_id: str, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(rooms, "ROOMS_PAGE_SIZE", 2)
        made = {rooms.create_room(plan_of(teacher_id), DOOR) for _ in range(5)}

        assert {room.room_id for room in listed()} == made
        assert len(local_cloud.calls(action="GetRooms")) == 3

    def test_stops_after_a_page_that_is_just_full(
        self, local_cloud: LocalCloud, teacher_id: str, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(rooms, "ROOMS_PAGE_SIZE", 2)
        made = {rooms.create_room(plan_of(teacher_id), DOOR) for _ in range(2)}

        assert {room.room_id for room in listed()} == made

    def test_sends_the_window(self, local_cloud: LocalCloud, room_id: int):
        start = timezone.now() + 5 * HOUR

        assert listed(starts_from=start, starts_until=start + HOUR) == []

        body = json.loads(local_cloud.calls(action="GetRooms")[0]["body_text"])
        assert body["StartTime"] == int(start.timestamp())
        # A second more: whether the cloud counts the end in is not said.
        assert body["EndTime"] == int((start + HOUR).timestamp()) + 1

    def test_may_ask_for_some_states(self, local_cloud: LocalCloud, teacher_id: str, room_id: int):
        running = rooms.create_room(plan_of(teacher_id), DOOR)
        local_cloud.change_room(running, "start")

        assert [room.room_id for room in listed(statuses=[1])] == [running]

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            *[(field, value) for field in ("StartTime", "EndTime") for value in (2**62, 0, "x")],
            ("EndTime", 253_402_300_799),
            ("RealStartTime", "x"),
            ("Status", None),
        ],
    )
    def test_line_that_makes_no_sense_holds_up_no_other(
        self,
        local_cloud: LocalCloud,
        settings: Any,
        caplog: pytest.LogCaptureFixture,
        field: str,
        value: object,
    ):
        times: dict[str, object] = {"StartTime": STARTS_S, "EndTime": STARTS_S + 2700}
        lines = [{"RoomId": 1, "Status": 2} | times | {field: value}]
        lines.append({"RoomId": 2, "Status": 2} | times)
        answer = {"Response": {"Total": 2, "Rooms": lines, "RequestId": "r"}}
        script = Script(body=json.dumps(answer).encode())
        with answering(script):
            settings.LCIC_ENDPOINT = script.url

            assert [room.room_id for room in listed()] == [2]
        assert "line of room 1" in caplog.text

    def test_repeats_a_page_that_was_lost(self, local_cloud: LocalCloud, room_id: int):
        local_cloud.switch("GetRooms", "drop_before", times=1)

        assert [room.room_id for room in listed()] == [room_id]


class TestEnd:
    def test_ends_a_running_class(self, local_cloud: LocalCloud, room_id: int):
        local_cloud.change_room(room_id, "start")

        rooms.end_room(room_id, BACKGROUND)

        assert local_cloud.rooms()[0]["Status"] == 2

    @pytest.mark.parametrize("change", ["end", "expire", "delete"])
    def test_of_what_is_over_already_is_fine(
        self, local_cloud: LocalCloud, room_id: int, change: str
    ):
        if change == "end":
            local_cloud.change_room(room_id, "start")
        local_cloud.change_room(room_id, change)

        rooms.end_room(room_id, BACKGROUND)

        assert len(local_cloud.calls(action="EndRoom")) == 1


class TestDelete:
    def test_deletes(self, local_cloud: LocalCloud, room_id: int):
        rooms.delete_room(room_id, BACKGROUND)

        assert local_cloud.rooms() == []

    def test_again_is_fine(self, local_cloud: LocalCloud, room_id: int):
        local_cloud.switch("DeleteRoom", "drop_after", times=1)

        rooms.delete_room(room_id, BACKGROUND)

        assert len(local_cloud.calls(action="DeleteRoom")) == 2
        assert local_cloud.rooms() == []

    def test_of_a_running_class_means_class_started(self, local_cloud: LocalCloud, room_id: int):
        local_cloud.change_room(room_id, "start")

        with pytest.raises(CloudRejected) as raised:
            rooms.delete_room(room_id, BACKGROUND)

        assert is_kind(raised.value, ErrorKind.CLASS_STARTED)
        assert len(local_cloud.rooms()) == 1
