"""Clients of Redis for what cannot wait long."""

from __future__ import annotations

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def client_without_retries(redis_url: str, timeout_s: float) -> redis.Redis:
    """A client that fails once `timeout_s` is over: redis-py's own retries would take seconds more.

    It makes its own pool of connections, and closes it when it goes; a pool that it is given, it leaves open.
    """
    return redis.Redis.from_url(
        redis_url,
        socket_connect_timeout=timeout_s,
        socket_timeout=timeout_s,
        retry=Retry(NoBackoff(), 0),
    )
