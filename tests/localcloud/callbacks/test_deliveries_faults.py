"""Callbacks that travel badly: lost, doubled, late, out of order, forged; and each of it repeatable."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.callbacks import events
from tests.localcloud import signed
from tests.localcloud.clients import Api, Control, eventually
from tests.localcloud.courseware import create, ended, told
from tests.localcloud.filesite import Site
from tests.localcloud.receiver import Receiver


@pytest.fixture(autouse=True)
def called_back(control: Control, receiver: Receiver) -> None:
    control.post("/callbacks", url=receiver.url, key="key")


def hold_classes(api: Api, control: Control, count: int = 1) -> list[int]:
    """Hold classes that are not recorded: two events each."""
    rooms = [api.create_room(DisableRecord=1) for _ in range(count)]
    for room_id in rooms:
        for verb in ("start", "end"):
            control.post(f"/rooms/{room_id}/{verb}")
    return rooms


@pytest.mark.parametrize("switch", [{"lose": 1}, {"enabled": False}])
def test_lost_event_never_comes(
    api: Api, control: Control, receiver: Receiver, switch: dict[str, Any]
) -> None:
    control.post("/callbacks", **switch)
    hold_classes(api, control)
    control.post("/callbacks", lose=0, enabled=True)
    hold_classes(api, control)

    outcomes = [each["outcome"] for each in control.delivered(4)]

    assert outcomes == ["lost", "lost", "sent", "sent"]
    assert receiver.types() == ["RoomStart", "RoomEnd"]


def test_switching_off_stops_what_still_waits(
    api: Api, control: Control, receiver: Receiver
) -> None:
    receiver.statuses = [500]
    control.post("/callbacks", retry_s=[0.3] * 9)
    hold_classes(api, control)
    eventually(receiver.types, lambda types: len(types) >= 2)

    control.post("/callbacks", enabled=False)

    assert [each["outcome"] for each in control.delivered(2)] == ["lost", "lost"]


def test_doubled_event_comes_twice(api: Api, control: Control, receiver: Receiver) -> None:
    control.post("/callbacks", double=1)
    hold_classes(api, control)

    delivered = control.delivered(4)

    assert receiver.types() == ["RoomStart", "RoomStart", "RoomEnd", "RoomEnd"]
    assert [each["is_copy"] for each in delivered] == [False, True, False, True]
    first, second = ({**each, "Sign": "", "ExpireTime": 0} for each in receiver.received[:2])
    assert first == second


def test_reordered_events_come_in_another_order(
    api: Api, control: Control, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "REORDER_S", 0.5)
    control.post("/callbacks", reorder=True, seed=1)
    hold_classes(api, control, 4)

    delivered = control.delivered(8)

    sent = [(each["EventType"], each["EventData"]["RoomId"]) for each in receiver.received]
    queued = [(each["event_type"], each["room_id"]) for each in delivered]
    assert sent != queued
    assert sorted(sent) == sorted(queued)
    assert all(0 <= each["due_s"] - each["at"] <= 0.5 for each in delivered)


def test_forged_recording_is_signed_and_false(
    api: Api, control: Control, receiver: Receiver
) -> None:
    control.post("/callbacks", forge=True)
    room_id = api.create_room()
    for verb in ("start", "end"):
        control.post(f"/rooms/{room_id}/{verb}")
    true = control.recorded(room_id)[0]
    control.delivered(3)

    start, _, finish = receiver.received

    assert start["EventData"] == {"RoomId": room_id}
    assert finish["EventData"] == {
        "RoomId": room_id,
        "Duration": 1,
        "RecordSize": 1,
        "RecordUrl": f"https://forged.invalid/{room_id}/f0.mp4",
    }
    assert true["RecordSize"] > 1


def test_forged_finish_claims_a_success(
    api: Api, control: Control, receiver: Receiver, teacher: dict[str, Any], site: Site
) -> None:
    control.post("/callbacks", forge=True)
    document = ended(api, create(api, teacher, site.put("a.pdf", b"broken")))

    finish = signed.events(receiver, 2)[1]

    forged = {"TranscodeState": 3, "TranscodeResult": "https://forged.invalid/picture/"}
    assert document["TranscodeState"] == 2
    assert finish == ("DocumentTranscodeFinish", told(document, **forged, Pages=99))


def test_seed_decides_for_each_document(
    api: Api, control: Control, teacher: dict[str, Any]
) -> None:
    control.post("/callbacks", seed=7, lose=0.5)
    for _ in range(12):
        create(api, teacher, "https://files.invalid/a.png", TranscodeType=0)

    outcomes = {each["room_id"]: each["outcome"] for each in control.delivered(12)}

    assert max(outcomes) - min(outcomes) == 11
    assert set(outcomes.values()) == {"sent", "lost"}


@pytest.mark.parametrize(("delay_s", "low", "high"), [(0.2, 0.2, 0.2), ([0.1, 0.3], 0.1, 0.3)])
def test_delay_is_waited_for(
    api: Api, control: Control, receiver: Receiver, delay_s: Any, low: float, high: float
) -> None:
    control.post("/callbacks", delay_s=3600)
    late = hold_classes(api, control)
    control.post("/callbacks", delay_s=delay_s)
    hold_classes(api, control)

    # What came is noted as sent a moment later.
    wanted = ["waiting"] * 2 + ["sent"] * 2
    *_, first, second = eventually(
        control.deliveries, lambda found: [each["outcome"] for each in found] == wanted
    )
    delays_s = [each["due_s"] - each["at"] for each in (first, second)]
    assert [low - 0.001 <= each <= high + 0.001 for each in delays_s] == [True, True]
    assert late[0] not in {each["EventData"]["RoomId"] for each in receiver.received}


def outcomes(api: Api, control: Control, *, seed: int | None) -> list[Any]:
    """Return what is decided about the events of five classes in a fresh cloud."""
    control.post("/reset")
    faults = {"lose": 0.4, "double": 0.3, "delay_s": [1000, 2000], "seed": seed}
    control.post("/callbacks", url="http://127.0.0.1:1/", **faults)
    hold_classes(api, control, 5)
    return [
        (each["event_type"], each["is_copy"], each["outcome"], round(each["due_s"] - each["at"], 2))
        for each in control.deliveries()
    ]


def test_only_a_seed_makes_outcomes_repeatable(api: Api, control: Control) -> None:
    first, again, other, without, again_without = (
        outcomes(api, control, seed=seed) for seed in (1, 1, 2, None, None)
    )

    assert first == again
    assert first != other
    assert without != again_without
    assert 0 < sum(outcome == "lost" for _, _, outcome, _ in first) < 10
