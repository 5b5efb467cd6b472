"""The queue at the door, when more people come than the cloud gives tickets to.

First come, first served. Waiting at the door takes a thread, so it lasts a few seconds at most. Those who
would have to wait longer do so outside: on a page that comes back when it is their turn, and says when
they arrived. They hold up nobody while too few wait here to use up all tickets: so people who do not come
back cost nothing.

The queue is kept in Redis. Without Redis there is no order, and people go in as tickets come free.
"""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core import signing

from classroom.client.rate_limits import calls_per_s
from classroom.client.users import TICKET_ACTIONS
from edu_platform.lib.database import release_database
from edu_platform.lib.redis_scripts import RedisScript

logger = logging.getLogger(__name__)

# The longest wait at the door, during which a thread is taken.
STANDS_AT_MOST_S = 4.0
# Those who wait here look at least this often whether it is their turn; otherwise they count as gone.
LOOKS_EVERY_S = 1.0
GONE_AFTER_S = 3.0
# A page outside comes back this much before its turn, so that there is always somebody here.
BACK_BEFORE_S = 1.0
# A page that is later than this is no longer counted among those ahead.
GRACE_S = 15.0
WAITS_AT_LEAST_S = 2
# Where nobody knows how many there are.
WAITS_UNCOUNTED_S = 5
# How long the signed time of arrival on a page is accepted.
ARRIVAL_HOLDS_S = 900
ARRIVAL_SALT = "schedule.door_queue"
KEYS = ("door:here", "door:here-until", "door:outside", "door:back-by")
US = 1_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the queue: when the person arrived, in microseconds, and how many are ahead."""

    arrived_us: int
    ahead_here: int
    ahead_outside: int

    @property
    def ahead(self) -> int:
        return self.ahead_here + self.ahead_outside


class DoorBusy(Exception):
    """It is not this person's turn yet: they may come back in `wait_s`. `place` is unknown without Redis, and
    for those who go past the queue.
    """

    def __init__(self, wait_s: int, place: Place | None) -> None:
        super().__init__(f"{place.ahead if place else 'unknown'} ahead, {wait_s} s")
        self.wait_s = wait_s
        self.place = place


def tickets_per_s() -> int:
    return sum(calls_per_s(action) for action in TICKET_ACTIONS)


@contextmanager
def turn(who: str, arrived_us: int) -> Iterator[int]:
    """Wait in the queue until it is this person's turn, and leave it after the block.

    As many have their turn at once as get a ticket within a second. The block is told when the person
    arrived: one who takes long counts as gone, and keeps their place by that.

    Raises:
        DoorBusy: it would take too long.
    """
    arrived_us = _await_turn(who, arrived_us)
    try:
        yield arrived_us
    finally:
        _ask("leave", who, 0)


def _await_turn(who: str, arrived_us: int) -> int:
    deadline = time.monotonic() + STANDS_AT_MOST_S
    while True:
        place = _ask("stand", who, arrived_us, holds_s=GONE_AFTER_S)
        if place is None:
            return arrived_us
        arrived_us = place.arrived_us
        if place.ahead_here < tickets_per_s():
            return arrived_us
        if time.monotonic() + place.ahead / tickets_per_s() - 1 > deadline:
            raise send_outside(who, arrived_us)
        wait_s = (place.ahead_here + 1) / tickets_per_s() - 1
        release_database()
        time.sleep(min(max(wait_s, 1 / tickets_per_s()), LOOKS_EVERY_S))


def send_outside(who: str, arrived_us: int, *, at_least_s: float = 0.0) -> DoorBusy:
    """Send a person outside to wait: return what to raise."""
    place = _ask("wait", who, arrived_us, holds_s=at_least_s + GRACE_S)
    if place is None:
        spread = random.uniform(1.0, 1.5)  # noqa: S311 -- spreads, guards nothing
        return DoorBusy(round(max(WAITS_UNCOUNTED_S, at_least_s) * spread), None)
    wait_s = max(place.ahead / tickets_per_s() - BACK_BEFORE_S, at_least_s, WAITS_AT_LEAST_S)
    return DoorBusy(round(wait_s), place)


def come_back_soon(at_least_s: float = 0.0) -> DoorBusy:
    """Ask somebody who has no place in the queue to come back: return what to raise."""
    return DoorBusy(math.ceil(max(WAITS_AT_LEAST_S, at_least_s)), None)


def _ask(act: str, who: str, arrived_us: int, *, holds_s: float = 0.0) -> Place | None:
    words: list[str | int] = [act, who, arrived_us, round(holds_s * 1000), US // tickets_per_s()]
    answer = _script(settings.REDIS_URL).run(KEYS, words)
    return None if answer is None else Place(*map(int, answer))


@cache
def _script(redis_url: str) -> RedisScript:
    return RedisScript(redis_url, Path(__file__).with_suffix(".lua"), logger)


def sign_arrival(who: str, place: Place) -> str:
    """The time of arrival for the page outside, which sends it back so that the person keeps their place."""
    return signing.dumps([who, place.arrived_us], salt=ARRIVAL_SALT)


def read_arrival(who: str, signed_arrival: str) -> int:
    """Return when the person arrived, in microseconds; 0 where the page is not theirs, or too old."""
    try:
        whose, arrived_us = signing.loads(
            signed_arrival, salt=ARRIVAL_SALT, max_age=ARRIVAL_HOLDS_S
        )
    except signing.BadSignature:
        return 0
    return int(arrived_us) if whose == who else 0
