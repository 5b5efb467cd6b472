"""Callbacks: how they are tried, tried again and given up, and what is kept of it."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests

from localcloud.callbacks import sender
from localcloud.http.server import RunningCloud
from tests.localcloud.clients import Api, Control, eventually
from tests.localcloud.courseware import create
from tests.localcloud.receiver import Receiver
from tests.localcloud.signed import KEY, events, sign, silent_room


@pytest.fixture(autouse=True)
def called_back(control: Control, receiver: Receiver) -> None:
    control.post("/callbacks", url=receiver.url, key=KEY)


def test_refused_event_is_tried_again_unchanged(
    api: Api, control: Control, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    lifetimes_s = itertools.count(300, 10)
    receiver.hold = lambda _: monkeypatch.setattr(sender, "LIFETIME_S", next(lifetimes_s))
    receiver.statuses = [500, 503, 404, 200]
    control.post("/callbacks", retry_s=[0.02] * 3)
    silent_room(api, control)

    delivery = control.delivered(1)[0]

    assert (delivery["outcome"], delivery["codes"], delivery["tries"]) == (
        "sent",
        [500, 503, 404, 200],
        4,
    )
    tries = receiver.received
    assert [each["Sign"] for each in tries] == [sign(KEY, each["ExpireTime"]) for each in tries]
    assert tries[3]["ExpireTime"] > tries[0]["ExpireTime"]
    same = [(each["Timestamp"], each["EventType"], each["EventData"]) for each in tries]
    assert same == [same[0]] * 4


def test_tries_come_after_the_waits(api: Api, control: Control, receiver: Receiver) -> None:
    receiver.statuses = [500]
    control.post("/callbacks", retry_s=[0.1, 0.3])
    silent_room(api, control)
    control.delivered(1)

    first, second, third = receiver.received_at

    assert second - first >= 0.1
    assert third - second >= 0.3


@pytest.mark.parametrize("status", [500, 403, 302, 201])
def test_event_is_given_up_after_the_last_try(
    api: Api, control: Control, receiver: Receiver, status: int
) -> None:
    receiver.statuses = [status]
    control.post("/callbacks", retry_s=[0.02, 0.02])
    silent_room(api, control)

    delivery = control.delivered(1)[0]

    assert (delivery["outcome"], delivery["codes"]) == ("given_up", [status] * 3)
    assert len(receiver.received) == 3


def test_nobody_listening_is_a_failed_try(api: Api, control: Control, receiver: Receiver) -> None:
    control.post("/callbacks", url="http://127.0.0.1:1/", retry_s=[0.02])
    silent_room(api, control)

    delivery = control.delivered(1)[0]

    assert (delivery["outcome"], delivery["codes"]) == ("given_up", [0, 0])


def test_slow_receiver_is_a_failed_try(
    api: Api, control: Control, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "TIMEOUT_S", 0.2)
    over = threading.Event()
    receiver.hold = lambda _: over.wait(10)
    control.post("/callbacks", retry_s=[])
    silent_room(api, control)

    delivery = control.delivered(1)[0]
    over.set()

    assert (delivery["outcome"], delivery["codes"]) == ("given_up", [0])


def test_hanging_event_holds_up_its_own_room_only(
    api: Api, control: Control, receiver: Receiver
) -> None:
    first, second = api.create_room(DisableRecord=1), api.create_room(DisableRecord=1)
    over = threading.Event()
    receiver.hold = lambda body: body["EventData"]["RoomId"] == first and over.wait(10)
    for room_id in (first, second):
        for verb in ("start", "end"):
            control.post(f"/rooms/{room_id}/{verb}")
    meanwhile = events(receiver, 3)
    over.set()

    control.delivered(4)

    assert sorted((data["RoomId"], name) for name, data in meanwhile) == [
        (first, "RoomStart"),
        (second, "RoomEnd"),
        (second, "RoomStart"),
    ]


def test_event_that_waits_does_not_hold_up_later_ones(
    api: Api, control: Control, receiver: Receiver
) -> None:
    receiver.statuses = [500, 200]
    control.post("/callbacks", retry_s=[0.8])
    room_id = silent_room(api, control)
    events(receiver, 1)
    control.post(f"/rooms/{room_id}/end")

    control.delivered(2)

    assert receiver.types() == ["RoomStart", "RoomEnd", "RoomStart"]


def test_outbox_survives_a_restart(
    start_cloud: Callable[..., RunningCloud], receiver: Receiver
) -> None:
    cloud = start_cloud(callback_url=receiver.url, callback_key=KEY)
    receiver.statuses = [500]
    control = Control(cloud.base_url)
    control.post("/callbacks", retry_s=[0.5] * 20)
    room_id = silent_room(Api(cloud.base_url), control)
    events(receiver, 1)
    cloud.stop()
    receiver.statuses = [200]

    again = start_cloud(callback_url=receiver.url, callback_key=KEY)

    delivery = Control(again.base_url).delivered(1)[0]
    assert (delivery["outcome"], delivery["data"]) == ("sent", {"RoomId": room_id})
    assert delivery["codes"][-1] == 200


def test_deliveries_are_listed_from_a_number(
    api: Api, control: Control, receiver: Receiver
) -> None:
    room_id = silent_room(api, control)
    first = control.delivered(1)[0]
    control.post(f"/rooms/{room_id}/end")
    control.delivered(2)

    later = control.get(f"/deliveries?since={first['n']}")["deliveries"]

    assert [(each["event_type"], each["room_id"]) for each in later] == [("RoomEnd", room_id)]
    assert (
        requests.get(f"{control.base_url}/control/deliveries?since=x", timeout=5).status_code == 400
    )


def test_old_deliveries_are_forgotten_but_waiting_ones_kept(
    start_cloud: Callable[..., RunningCloud], receiver: Receiver
) -> None:
    cloud = start_cloud(callback_url=receiver.url, callback_key=KEY)
    api, control = Api(cloud.base_url), Control(cloud.base_url)
    query = (
        "INSERT INTO deliveries (at, event_type, room_id, timestamp_s, data, is_copy, outcome, due_s, codes) "
        "VALUES (0, 'X', 1, 0, '{}', 0, ?, 9e9, '[]')"
    )
    with cloud.cloud.transaction():
        outcomes = [("waiting",), *[("sent",)] * 5098]
        cloud.cloud.db.executemany(query, outcomes)
    silent_room(api, control)

    kept = eventually(control.deliveries, lambda all_: all_[-1]["n"] == 5100)

    assert (len(kept), kept[0]["n"], kept[1]["n"]) == (5001, 1, 101)


def test_events_of_one_document_do_not_wait_for_another(
    api: Api, control: Control, receiver: Receiver, teacher: dict[str, Any]
) -> None:
    receiver.statuses = [500, 200]
    control.post("/callbacks", retry_s=[0.3])

    ids = [create(api, teacher, "https://files.invalid/a.png", TranscodeType=0) for _ in range(2)]
    control.delivered(2)

    tries = sorted(each["tries"] for each in control.deliveries())
    lanes = {each["data"]["DocumentId"]: each["room_id"] for each in control.deliveries()}
    assert tries == [1, 2]
    assert lanes[ids[1]] == lanes[ids[0]] - 1 < -1
