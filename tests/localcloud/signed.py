"""Common steps and waits of tests of callbacks."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.localcloud.clients import Api, Control, eventually
from tests.localcloud.receiver import Receiver

KEY = "NjFGoDEy"


def sign(key: str, expire_s: int) -> str:
    return hashlib.md5((key + str(expire_s)).encode()).hexdigest()


def events(receiver: Receiver, count: int) -> list[tuple[str, dict[str, Any]]]:
    """Wait for so many events; return type and data of each."""
    received = eventually(lambda: list(receiver.received), lambda seen: len(seen) >= count)
    return [(each["EventType"], each["EventData"]) for each in received]


def silent_room(api: Api, control: Control, **changes: Any) -> int:
    """Start a class that is not recorded: its one event is RoomStart."""
    room_id = api.create_room(DisableRecord=1, **changes)
    control.post(f"/rooms/{room_id}/start")
    return room_id
