"""How many calls a second each action may make, across all processes.

The counts stand in Redis. Without Redis each process falls back to a small share of its own, so
that people still get into class, only more slowly when many come at once.

Source: the vendor's limits (documents 1639/80954 and the texts of the actions, read 2026-08):
20 calls a second an action, DescribeRoom 50, BatchRegister 10.
"""

from __future__ import annotations

import logging
import threading
import time
from enum import Enum

import redis
from django.conf import settings
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis.backoff import NoBackoff
from redis.retry import Retry

from classroom.client.errors import CloudUnavailable

logger = logging.getLogger(__name__)

DEFAULT_CALLS_PER_S = 20
CALLS_PER_S = {"DescribeRoom": 50, "BatchRegister": 10}
# What a process takes for itself when the shared count cannot be reached.
LOCAL_SHARE = 0.25
REDIS_TIMEOUT_S = 0.3
# After a failure Redis is left alone this long: not every call should wait for a dead server.
REDIS_REST_S = 5.0
POLL_S = 0.05


class Priority(Enum):
    """Who waits for the call: the share of the calls that it and all less urgent calls may fill
    together, and how long it may queue for its place.
    """

    INTERACTIVE = (1.0, 6.0)
    VISITOR = (0.75, 3.0)  # somebody without an account
    CLASS_ENDED = (0.75, 20.0)
    BACKGROUND = (0.5, 60.0)

    def __init__(self, share: float, patience_s: float) -> None:
        self.share = share
        self.patience_s = patience_s


class RateLimiter:
    """Counts calls in Redis while it answers, else in this process."""

    def __init__(self, redis_url: str) -> None:
        pool = redis.ConnectionPool.from_url(
            redis_url,
            socket_connect_timeout=REDIS_TIMEOUT_S,
            socket_timeout=REDIS_TIMEOUT_S,
            # redis-py's own retries wait for seconds; a person who waits does not.
            retry=Retry(NoBackoff(), 0),
        )
        self._shared = MovingWindowRateLimiter(RedisStorage(redis_url, connection_pool=pool))
        self._local = MovingWindowRateLimiter(MemoryStorage())
        self._redis_rests_until = 0.0

    def take(self, action: str, priority: Priority) -> None:
        """Wait for a place among the calls of this second.

        Raises:
            CloudUnavailable: none came free within the patience of this priority.
        """
        deadline = time.monotonic() + priority.patience_s
        while not self._has_place(action, priority):
            if time.monotonic() > deadline:
                raise CloudUnavailable(
                    action, "too many calls at once", outcome_is_known=True, retry_after_s=5
                )
            time.sleep(POLL_S)

    def _has_place(self, action: str, priority: Priority) -> bool:
        limit = CALLS_PER_S.get(action, DEFAULT_CALLS_PER_S)
        if time.monotonic() >= self._redis_rests_until:
            try:
                return _hit(self._shared, action, priority, limit)
            except redis.RedisError as err:
                self._redis_rests_until = time.monotonic() + REDIS_REST_S
                logger.warning("call budget: Redis does not answer, counting alone: %s", err)
        return _hit(self._local, action, priority, max(2, round(limit * LOCAL_SHARE)))


def _hit(
    limiter: MovingWindowRateLimiter, action: str, priority: Priority, calls_per_s: int
) -> bool:
    """Count one call in its own share and in every larger one.

    However many less urgent calls there are, they leave room for the more urgent ones.
    """
    shares = sorted({each.share for each in Priority if each.share >= priority.share})
    limits = [RateLimitItemPerSecond(max(1, round(calls_per_s * share))) for share in shares]
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
