"""Signalling replays through the vendor's client, against the real local cloud."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import fields, replace
from typing import Any

import pytest
import requests

from classroom.client import playbacks, rooms, users
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudProtocolError, CloudRejected, CloudUnavailable
from classroom.client.playbacks import Playback, WatchRecord
from classroom.client.rate_limits import Priority
from classroom.client.users import Participant
from classroom.links import playback_link
from tests.support.cloud import SDK_APP_ID, LocalCloud
from tests.support.peers import Script, answering
from tests.support.roomplans import plan_of

DOOR = Priority.INTERACTIVE
SIGNALLING = 3
SINCE = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
BEGIN_S = int(SINCE.timestamp())


@pytest.fixture
def room_id(local_cloud: LocalCloud) -> int:
    """A room that is kept as signals and whose class has not begun."""
    teacher_id = users.register_user(Participant("origin-teacher", "李老师"), DOOR)
    plan = replace(plan_of(teacher_id), disable_record=SIGNALLING)
    return rooms.create_room(plan, DOOR)


@pytest.fixture
def held_id(local_cloud: LocalCloud, room_id: int) -> int:
    for change in ("start", "end"):
        local_cloud.change_room(room_id, change)
    local_cloud.playbacks(room_id)
    return room_id


def sent(cloud: LocalCloud, action: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(cloud.calls(action=action)[-1]["body_text"])
    return body


class TestLook:
    def test_says_what_the_cloud_knows(self, local_cloud: LocalCloud, held_id: int):
        kept = local_cloud.playbacks(held_id)[0]

        found = playbacks.playback_of(held_id, DOOR)

        assert found is not None
        assert replace(found, size_bytes=None) == Playback(
            room_id=held_id,
            duration_s=kept["Duration"],
            started_at=dt.datetime.fromtimestamp(kept["StartTime"], tz=dt.UTC),
        )
        assert abs((found.size_bytes or 0) - kept["RecordSize"]) <= 0.005 * 1024 * 1024
        assert sent(local_cloud, "DescribePlaybackList")["RoomId"] == held_id

    def test_keeps_no_address(self):
        assert [each.name for each in fields(Playback)] == [
            "room_id",
            "duration_s",
            "started_at",
            "size_bytes",
        ]

    def test_is_none_before_there_is_one_and_without_a_room(
        self, local_cloud: LocalCloud, room_id: int
    ):
        assert playbacks.playback_of(room_id, DOOR) is None
        assert playbacks.playback_of(1, DOOR) is None

    def test_is_none_after_it_vanished(self, local_cloud: LocalCloud, held_id: int):
        local_cloud.delete_playback(held_id)

        assert playbacks.playback_of(held_id, DOOR) is None

    def test_silence_is_told(self, local_cloud: LocalCloud):
        local_cloud.switch("DescribePlaybackList", "http500")

        with pytest.raises(CloudUnavailable):
            playbacks.playback_of(1, DOOR)


Answering = Callable[[dict[str, Any]], None]


@pytest.fixture
def cloud_answers(local_cloud: LocalCloud, settings: Any) -> Iterator[Answering]:
    """A cloud that always answers the given fields."""
    with ExitStack() as servers:

        def answer(response: dict[str, Any]) -> None:
            body = json.dumps({"Response": {**response, "RequestId": "r"}}).encode()
            settings.LCIC_ENDPOINT = servers.enter_context(answering(Script(body=body))).url

        yield answer


class TestOddAnswers:
    @pytest.mark.parametrize(
        ("item", "expected"),
        [
            ({}, Playback(5)),
            ({"Duration": 0, "CreateTime": 0, "FileSize": 0}, Playback(5)),
            ({"Duration": -3, "FileSize": -1.5}, Playback(5)),
            ({"FileSize": 2}, Playback(5, size_bytes=2 * 1024 * 1024)),
            ({"FileSize": 0.5}, Playback(5, size_bytes=512 * 1024)),
            ({"FileSize": 1e300}, Playback(5)),
        ],
    )
    def test_what_is_left_out_is_none(
        self, cloud_answers: Answering, item: dict[str, Any], expected: Playback
    ):
        cloud_answers({"Total": 1, "Items": [{"RoomId": 5, **item}]})

        assert playbacks.playback_of(5, DOOR) == expected

    @pytest.mark.parametrize(
        ("duration", "planned_min", "expected_s"),
        [
            (20 * 45 * 60, 45, 20 * 45 * 60),
            (20 * 45 * 60 + 1, 45, 54),
            (40 * 60 * 1000, 45, 40 * 60),
            # A class of ten hours in milliseconds is more than a year in seconds.
            (36_000_000, 600, 36_000),
            # A room of the last minute, whose class ran over by two hours.
            (7260, 1, 7260),
            (7 * 86_400, None, 7 * 86_400),
            (7 * 86_400 + 1, None, 604),
            (45 * 60, None, 45 * 60),
            (45 * 60, 0, 45 * 60),
        ],
    )
    def test_length_that_no_class_has_is_taken_as_milliseconds(
        self,
        cloud_answers: Answering,
        duration: int,
        planned_min: int | None,
        expected_s: int,
    ):
        cloud_answers({"Total": 1, "Items": [{"RoomId": 5, "Duration": duration}]})
        planned = None if planned_min is None else dt.timedelta(minutes=planned_min)

        assert playbacks.playback_of(5, DOOR, planned=planned) == Playback(5, duration_s=expected_s)

    def test_other_rooms_are_left_out(self, cloud_answers: Answering):
        cloud_answers({"Total": 2, "Items": [{"RoomId": 4}, {"RoomId": 5, "Duration": 9}]})

        assert playbacks.playback_of(5, DOOR) == Playback(5, duration_s=9)
        assert playbacks.playback_of(6, DOOR) is None

    @pytest.mark.parametrize("answer", [{"Total": 0, "Items": None}, {"Items": []}, {}])
    def test_nothing_listed_is_none(self, cloud_answers: Answering, answer: dict[str, Any]):
        cloud_answers(answer)

        assert playbacks.playback_of(5, DOOR) is None

    @pytest.mark.parametrize(
        "answer",
        [
            {"Total": 101, "Items": [{"RoomId": 4}]},
            {"Total": "x", "Items": []},
            {"Total": 1, "Items": [{"RoomId": 5, "FileSize": "2 MB"}]},
            {"Total": 1, "Items": [{"RoomId": 5, "FileSize": True}]},
            {"Total": 1, "Items": [{"RoomId": 5, "Duration": "9"}]},
            {"Total": 1, "Items": [{"RoomId": 5, "CreateTime": "9"}]},
        ],
    )
    def test_what_is_not_of_the_protocol_is_garbled(
        self, cloud_answers: Answering, answer: dict[str, Any]
    ):
        cloud_answers(answer)

        with pytest.raises(CloudProtocolError):
            playbacks.playback_of(5, DOOR)

    @pytest.mark.parametrize("token", [None, "", 5])
    def test_ticket_has_to_be_there(self, cloud_answers: Answering, token: object):
        cloud_answers({"Token": token})

        with pytest.raises(CloudProtocolError):
            playbacks.playback_token(5, user_id="", expires_s=60, priority=DOOR)


def a_record(**changes: Any) -> dict[str, Any]:
    """As the cloud lists somebody who played for 65 seconds."""
    return {
        "RoomId": 5,
        "UserId": "u1",
        "SessionId": "5-1788220800000-1",
        "PlayBeginTime": BEGIN_S,
        "PlayEndTime": BEGIN_S + 100,
        "Duration": 65_900,
        **changes,
    }


def records_of(room_id: int) -> list[WatchRecord]:
    return playbacks.watch_records(room_id, SINCE, SINCE + dt.timedelta(hours=1), DOOR)


class TestWatchRecords:
    def test_are_those_of_the_visits_that_had_one_kept(self, local_cloud: LocalCloud, held_id: int):
        token = playbacks.playback_token(held_id, user_id="u1", expires_s=60, priority=DOOR)
        local_cloud.watch(playback_link(held_id, token, title="", keeps_record=True), played_s=40)
        at = dt.datetime.now(dt.UTC)

        found = playbacks.watch_records(
            held_id, at - dt.timedelta(hours=1), at + dt.timedelta(hours=1), DOOR
        )

        assert [(each.user_id, each.played_s) for each in found] == [("u1", 40)]
        assert abs(found[0].began_at - at + dt.timedelta(seconds=40)) < dt.timedelta(seconds=20)
        assert sent(local_cloud, "DescribePlayRecords")["PageSize"] == 200

    def test_all_pages_are_read(self, local_cloud: LocalCloud, held_id: int, monkeypatch: Any):
        monkeypatch.setattr(playbacks, "WATCH_PAGE_SIZE", 2)
        at = dt.datetime.now(dt.UTC)
        for number in range(5):
            user_id = f"u{number}"
            token = playbacks.playback_token(held_id, user_id=user_id, expires_s=60, priority=DOOR)
            local_cloud.watch(
                playback_link(held_id, token, title="", keeps_record=True), played_s=1
            )

        def users_found() -> set[str]:
            hour = dt.timedelta(hours=1)
            found = playbacks.watch_records(held_id, at - hour, at + hour, DOOR)
            return {each.user_id for each in found}

        assert users_found() == {"u0", "u1", "u2", "u3", "u4"}
        assert len(local_cloud.calls(action="DescribePlayRecords")) == 3

        monkeypatch.setattr(playbacks, "MOST_WATCH_PAGES", 2)
        assert len(users_found()) == 4

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({}, ("u1", 65)),
            # Milliseconds, and no more than from begin to end.
            ({"Duration": 100_000}, ("u1", 100)),
            ({"Duration": 200_000}, ("u1", 100)),
            ({"Duration": 900}, ("u1", 0)),
            ({"Duration": -1}, ("u1", 0)),
            ({"Duration": None}, ("u1", 0)),
            # It still plays, or the cloud does not know until when.
            ({"PlayEndTime": 0}, ("u1", 65)),
            ({"PlayEndTime": BEGIN_S - 1}, ("u1", 0)),
            ({"UserId": None}, ("", 65)),
        ],
    )
    def test_of_one_is_read(
        self, cloud_answers: Answering, changes: dict[str, Any], expected: tuple[str, int]
    ):
        cloud_answers({"Total": 1, "Records": [a_record(**changes)]})

        assert [(each.user_id, each.played_s) for each in records_of(5)] == [expected]

    @pytest.mark.parametrize(
        "answer",
        [
            {"Total": 0, "Records": None},
            {},
            {"Total": 1, "Records": [a_record(RoomId=6)]},
            # More are promised than come: no page is asked for without end.
            {"Total": 1_000_000, "Records": []},
        ],
    )
    def test_of_nobody_are_none(self, cloud_answers: Answering, answer: dict[str, Any]):
        cloud_answers(answer)

        assert records_of(5) == []

    @pytest.mark.parametrize(
        "answer",
        [
            {"Total": "1", "Records": []},
            *(
                {"Total": 1, "Records": [a_record(**{name: value})]}
                for name, value in (
                    ("PlayBeginTime", None),
                    ("PlayBeginTime", str(BEGIN_S)),
                    # Milliseconds where the cloud says that it tells seconds.
                    ("PlayBeginTime", BEGIN_S * 1000),
                    ("PlayEndTime", "x"),
                    ("Duration", 65.9),
                    ("Duration", "65900"),
                )
            ),
        ],
    )
    def test_what_is_not_of_the_protocol_is_garbled(
        self, cloud_answers: Answering, answer: dict[str, Any]
    ):
        cloud_answers(answer)

        with pytest.raises(CloudProtocolError):
            records_of(5)


class TestTicket:
    def test_opens_the_player_until_it_expires(self, local_cloud: LocalCloud, held_id: int):
        token = playbacks.playback_token(held_id, user_id="u1", expires_s=60, priority=DOOR)
        address = {"classid": str(held_id), "token": token}

        before = requests.get(local_cloud.playback_url, params=address, timeout=10)
        local_cloud.clock(61)
        after = requests.get(local_cloud.playback_url, params=address, timeout=10)

        assert (before.status_code, after.status_code) == (200, 403)
        assert sent(local_cloud, "GetPlaybackToken") == {
            "SdkAppId": SDK_APP_ID,
            "RoomId": held_id,
            "UserId": "u1",
            "ExpireSeconds": 60,
        }

    def test_of_somebody_without_an_account_names_nobody(
        self, local_cloud: LocalCloud, held_id: int
    ):
        playbacks.playback_token(held_id, user_id="", expires_s=60, priority=DOOR)

        assert "UserId" not in sent(local_cloud, "GetPlaybackToken")

    @pytest.mark.parametrize("expires_s", [0, -1])
    def test_has_to_expire(self, local_cloud: LocalCloud, expires_s: int):
        with pytest.raises(ValueError, match="has to expire"):
            playbacks.playback_token(5, user_id="u1", expires_s=expires_s, priority=DOOR)

        assert local_cloud.calls() == []

    def test_of_an_unknown_room_is_refused(self, local_cloud: LocalCloud):
        with pytest.raises(CloudRejected) as refused:
            playbacks.playback_token(1, user_id="u1", expires_s=60, priority=DOOR)

        assert is_kind(refused.value, ErrorKind.ROOM_GONE)


class TestDelete:
    def test_deletes_the_replay(self, local_cloud: LocalCloud, held_id: int):
        playbacks.delete_playback(held_id, DOOR)

        assert local_cloud.playbacks(held_id, 0) == []
        assert sent(local_cloud, "DeletePlaybackItem") == {
            "SdkAppId": SDK_APP_ID,
            "RoomId": held_id,
        }

    def test_what_is_gone_already_is_fine(self, local_cloud: LocalCloud, held_id: int):
        for room_id in (held_id, held_id, 1):
            playbacks.delete_playback(room_id, DOOR)

        codes = [call["code"] for call in local_cloud.calls(action="DeletePlaybackItem")]
        assert codes == ["", "", "ResourceNotFound.Room"]

    def test_of_a_running_class_is_refused(self, local_cloud: LocalCloud, room_id: int):
        local_cloud.change_room(room_id, "start")

        with pytest.raises(CloudRejected) as refused:
            playbacks.delete_playback(room_id, DOOR)

        assert is_kind(refused.value, ErrorKind.CLASS_STARTED)
