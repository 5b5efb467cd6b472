"""The workers' queues: how many messages wait in each, and since when the oldest does.

Celery does not say in a message when it was sent, so a header of ours does.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from dataclasses import dataclass
from typing import Any

import redis
from celery.signals import before_task_publish

# Celery's own name for the queue of everything that is not routed elsewhere.
CLOCK_QUEUE = "celery"
EVENT_QUEUE = "events"
SENT_AT = "platform_sent_at"  # seconds since 1970


@dataclass(frozen=True, slots=True)
class QueueState:
    """`oldest_sent_at` is None when nothing waits, or when the oldest message does not say."""

    waiting: int
    oldest_sent_at: dt.datetime | None


def note_when_sent(headers: dict[str, Any] | None = None, **_signal: Any) -> None:
    if headers is not None:
        headers[SENT_AT] = time.time()


before_task_publish.connect(note_when_sent, dispatch_uid="edu_platform.queues")


def state_of(server: redis.Redis, queue: str) -> QueueState:
    """Read a queue; nothing is taken from it.

    Raises:
        redis.RedisError: the server does not answer.
    """
    # kombu puts messages in at the left, and takes them out at the right.
    message = server.lindex(queue, -1)
    return QueueState(waiting=int(server.llen(queue)), oldest_sent_at=_sent_at(message))


def _sent_at(message: Any) -> dt.datetime | None:
    if message is None:
        return None
    try:
        sent_s = json.loads(message)["headers"][SENT_AT]
        return dt.datetime.fromtimestamp(sent_s, tz=dt.UTC)
    except (ValueError, KeyError, TypeError):
        return None
