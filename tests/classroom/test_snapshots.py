"""A snapshot of a room asks the cloud with what it knows of the room."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest

from classroom.client import playbacks, rooms
from classroom.client.rate_limits import Priority
from classroom.enums import Source
from classroom.snapshots import RoomSnapshot

STARTS_AT = dt.datetime(2026, 3, 2, 2, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("details", "planned"),
    [(SimpleNamespace(starts_at=STARTS_AT, ends_at=STARTS_AT + HOUR), HOUR), (None, None)],
)
def test_length_of_a_signalling_replay_is_held_against_the_plan_of_its_room(
    monkeypatch: pytest.MonkeyPatch, details: object, planned: dt.timedelta | None
) -> None:
    plans: list[dt.timedelta | None] = []
    monkeypatch.setattr(rooms, "describe_room", lambda *_room: details)
    monkeypatch.setattr(playbacks, "playback_of", lambda *_room, planned: plans.append(planned))
    snapshot = RoomSnapshot(5, priority=Priority.BACKGROUND, source=Source.POLL)

    assert snapshot.playback is None
    assert plans == [planned]
