"""Callbacks that the web server accepts a second, from eight clients over kept connections.

Each is of another room, rightly signed, and on the disk before it is answered. The floor is an application
under the same server that does nothing but one INSERT over a kept connection. They are measured in
turn, and of each the best round counts.

    make bench    or    .venv/bin/python bench/callbacks.py
"""

from __future__ import annotations

import hashlib
import itertools
import json
import time
from collections.abc import Callable, Iterator

import bare
import clients
import table
from stack import SDK_APP_ID, Stack
from table import Row

CLIENTS = 8
ROUNDS, ROUND_S = 4, 3.0
WARM_UP_S = 1.0
CALLBACKS = "/callbacks/classroom/"
FIRST_ROOM = 700_000_000
VALID_S = 3600

_rooms = itertools.count(FIRST_ROOM)


def signed(key: str, event_type: str, room_id: int) -> bytes:
    """The body of a callback as the cloud sends it."""
    now_s = int(time.time())
    body = {
        "SdkAppId": SDK_APP_ID,
        "Timestamp": now_s,
        "ExpireTime": now_s + VALID_S,
        "Sign": hashlib.md5(f"{key}{now_s + VALID_S}".encode()).hexdigest(),
        "EventType": event_type,
        "EventData": {"RoomId": room_id},
    }
    return json.dumps(body).encode()


def callbacks_of(key: str) -> Callable[[int], Iterator[bytes]]:
    def endless(_number: int) -> Iterator[bytes]:
        while True:
            yield clients.post(CALLBACKS, signed(key, "RoomEnd", next(_rooms)))

    return endless


def take_away(stack: Stack) -> int:
    """Empty the inbox, which nobody works on here and which would be full some time; say what was in it."""
    return int(
        stack.ask_database(
            "WITH gone AS (DELETE FROM classroom_callbackevent RETURNING 1) SELECT count(*) FROM gone"
        )
    )


def rows() -> list[Row]:
    with Stack() as stack:
        stack.ask_database(f"{bare.TABLE}; SELECT 1")
        ports = {"platform": stack.start_web(), "bare": stack.start_web("bare:insert", name="bare")}
        best = dict.fromkeys(ports, 0.0)
        asked = callbacks_of(stack.callback_key)
        for each in ports.values():
            clients.a_second(each, asked, clients=CLIENTS, lasting_s=WARM_UP_S)
        stored = take_away(stack)
        for _round in range(ROUNDS):
            for name, port in ports.items():
                speed = clients.a_second(port, asked, clients=CLIENTS, lasting_s=ROUND_S)
                best[name] = max(best[name], speed)
            stored += take_away(stack)
        if stored < best["platform"] * ROUND_S:
            raise SystemExit(f"only {stored} callbacks were stored")
    what = f"callbacks accepted, {CLIENTS} clients"
    value, floor = best["platform"], best["bare"]
    return [Row(what=what, value=value, unit="/s", floor=floor, at_least=0.35, of_ratio=True)]


if __name__ == "__main__":
    table.end_in(rows)
