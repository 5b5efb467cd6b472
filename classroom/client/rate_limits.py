"""Limits of calls a second of each action, across all processes.

The calls stand in Redis, where one script (`rate_limits.lua`) gives each its place: so that of several
processes no two take the same. Work in the background uses whatever the more urgent do not. Without
Redis each process falls back to a small share of its own, so that people still get into class, only more
slowly when many come at once.

Source: the vendor's limits (documents 1639/80954 and the texts of the actions, read 2026-08):
20 calls a second an action, DescribeRoom 50, BatchRegister 10.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from enum import Enum
from pathlib import Path

import redis
from django.conf import settings
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from classroom.client.errors import CloudBusy
from edu_platform.lib import counters
from edu_platform.lib.redis_scripts import RedisScript

logger = logging.getLogger(__name__)

DEFAULT_CALLS_PER_S = 20
# The cloud is asked less often than it would answer who is in all rooms together, however many people look at them.
LOOKS_A_SECOND = 15
CALLS_PER_S = {
    "DescribeRoom": 50,
    "BatchRegister": 10,
    "DescribeCurrentMemberList": LOOKS_A_SECOND,
}
# A little longer than the second by which the cloud counts: calls are not equally long on their way.
WINDOW_S = 1.05
# Calls a second that are always free for somebody more urgent, beside those that the more urgent have
# made of late. Classes of priority that are less urgent still leave as many more.
SPARE_CALLS_PER_S = 1
# Many classes that begin at once ask for this before anything tells that they will.
SPARE_CALLS_PER_S_OF = {"DescribeRoom": 14}
# What a process takes for itself when the shared count cannot be reached.
LOCAL_SHARE = 0.25
LOCAL_POLL_S = 0.05

LEVELS = 3
US = 1_000_000


class Priority(Enum):
    """The urgency of a call by who waits for it, and how long it may queue for its place.

    Where a process counts alone, also the share of the calls that it and all less urgent calls may
    fill together.
    """

    INTERACTIVE = (0, 6.0, 1.0)
    VISITOR = (1, 3.0, 0.75)  # somebody without an account
    CLASS_ENDED = (1, 20.0, 0.75)
    BACKGROUND = (2, 60.0, 0.5)

    def __init__(self, level: int, patience_s: float, local_share: float) -> None:
        self.level = level
        self.patience_s = patience_s
        self.local_share = local_share


class RateLimiter:
    """Counts calls in Redis while it answers, else in this process."""

    def __init__(self, redis_url: str) -> None:
        self._shared = RedisScript(redis_url, Path(__file__).with_suffix(".lua"), logger)
        self._local = MovingWindowRateLimiter(MemoryStorage())

    def take(
        self, actions: Sequence[str], priority: Priority, *, patience_s: float | None = None
    ) -> str:
        """Wait for a place among the calls of this second; of several actions that would do, say which.

        Raises:
            CloudBusy: none comes free within the patience, which is that of the priority.
        """
        patience_s = priority.patience_s if patience_s is None else patience_s
        began = time.monotonic()
        try:
            action = self._wait_for_place(actions, priority, began + patience_s)
        except CloudBusy:
            counters.CLOUD_BUDGET_REFUSED.labels(priority.name.lower()).inc()
            raise
        counters.CLOUD_BUDGET_WAIT.labels(priority.name.lower()).observe(time.monotonic() - began)
        return action

    def calls_left(self, actions: Sequence[str]) -> dict[str, int] | None:
        """Return how many calls of each action this second has left; None while Redis does not answer."""
        now = time.time()
        pipeline = self._shared.client.pipeline(transaction=False)
        for action in actions:
            pipeline.lrange(f"lcic:{action}:all", 0, -1)
        try:
            made = pipeline.execute()
        except redis.RedisError:
            return None
        return {
            action: max(
                0, calls_per_s(action) - sum(int(at) > (now - WINDOW_S) * US for at in times)
            )
            for action, times in zip(actions, made, strict=True)
        }

    def _wait_for_place(self, actions: Sequence[str], priority: Priority, deadline: float) -> str:
        while True:
            left_s = deadline - time.monotonic()
            action, wait_s = self._ask(actions, priority, left_s)
            if action is None and wait_s > left_s:
                raise CloudBusy(actions[0], "too many calls at once", wait_s=wait_s)
            time.sleep(wait_s)
            if action is not None:
                return action

    def _ask(
        self, actions: Sequence[str], priority: Priority, patience_s: float
    ) -> tuple[str | None, float]:
        """The action that has a place, or none, and how long to wait for it or before asking again."""
        answer = self._shared.run(*_question(actions, priority, patience_s))
        if answer is not None:
            number, wait_us = answer
            return (actions[number - 1] if number else None), wait_us / US
        for action in actions:
            if _hit(self._local, action, priority):
                return action, 0.0
        return None, min(LOCAL_POLL_S, patience_s) if patience_s > 0 else LOCAL_POLL_S


def _question(
    actions: Sequence[str], priority: Priority, patience_s: float
) -> tuple[list[str], list[int]]:
    """Return the script's keys and arguments."""
    keys: list[str] = []
    words = [priority.level, max(0, round(patience_s * US)), round(WINDOW_S * US)]
    for action in actions:
        name = f"lcic:{action}"
        keys += [f"{name}:all", *(f"{name}:{level}" for level in range(LEVELS)), f"{name}:waits"]
        words += [calls_per_s(action), SPARE_CALLS_PER_S_OF.get(action, SPARE_CALLS_PER_S)]
    return keys, words


def calls_per_s(action: str) -> int:
    return CALLS_PER_S.get(action, DEFAULT_CALLS_PER_S)


def _hit(limiter: MovingWindowRateLimiter, action: str, priority: Priority) -> bool:
    """Count one call in its own share and in every larger one.

    However many less urgent calls there are, they leave room for the more urgent ones.
    """
    local_calls = max(2, round(calls_per_s(action) * LOCAL_SHARE))
    shares = sorted({e.local_share for e in Priority if e.local_share >= priority.local_share})
    limits = [RateLimitItemPerSecond(max(1, round(local_calls * share))) for share in shares]
    names = [("lcic", action, f"{share:.2f}") for share in shares]
    # Looked at first: a call that finds no place in one share must not fill the others.
    if not all(limiter.test(limit, *name) for limit, name in zip(limits, names, strict=True)):
        return False
    return all(limiter.hit(limit, *name) for limit, name in zip(limits, names, strict=True))


_rate_limiter: RateLimiter | None = None
_rate_limiter_lock = threading.Lock()


def rate_limiter() -> RateLimiter:
    """The rate limiter of this process, made at the first call."""
    global _rate_limiter  # noqa: PLW0603 -- one per process, and Redis is not touched at import
    with _rate_limiter_lock:
        if _rate_limiter is None:
            _rate_limiter = RateLimiter(settings.REDIS_URL)
        return _rate_limiter
