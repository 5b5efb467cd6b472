"""Figures of what the platform stands on: broker, disk, and the calls that the cloud still allows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import redis
from django.conf import settings
from prometheus_client import Metric
from prometheus_client.metrics_core import GaugeMetricFamily

from classroom.client.rate_limits import CALLS_PER_S, rate_limiter
from edu_platform.env import DISK
from edu_platform.lib.disk_storage import space_at
from edu_platform.lib.redis_clients import client_without_retries

BROKER_TIMEOUT_S = 0.5
QUEUES = ("celery", "events")
# Those that the platform makes most when much happens at once.
BUDGETED = (
    *CALLS_PER_S,
    *("CreateRoom", "GetRooms", "LoginUserWithRoom", "LoginOriginIdWithRoom", "CreateDocument"),
)


def machine_figures() -> Iterator[Metric]:
    waiting = _queue_lengths()
    yield GaugeMetricFamily(
        "edu_broker_up", "Whether Redis answered.", value=float(waiting is not None)
    )
    if waiting is not None:
        lengths = GaugeMetricFamily(
            "edu_broker_queue_length", "Messages that no worker has taken yet.", labels=["queue"]
        )
        for queue, length in waiting.items():
            lengths.add_metric([queue], length)
        yield lengths
        yield from _budget()
    if settings.STORAGES["default"]["BACKEND"] == DISK["BACKEND"]:
        yield from _disk()


def _queue_lengths() -> dict[str, int] | None:
    try:
        with client_without_retries(settings.REDIS_URL, BROKER_TIMEOUT_S) as client:
            return {queue: int(client.llen(queue)) for queue in QUEUES}
    except redis.RedisError:
        return None


def _budget() -> Iterator[Metric]:
    left = rate_limiter().calls_left(BUDGETED)
    if left is None:
        return
    family = GaugeMetricFamily(
        "edu_cloud_budget_left",
        "Calls of an action that the second before this question had left.",
        labels=["action"],
    )
    for action, count in left.items():
        family.add_metric([action], count)
    yield family


def _disk() -> Iterator[Metric]:
    try:
        space = space_at(Path(settings.MEDIA_ROOT))
    except OSError:  # the disk is away, as the doctor says too
        return
    yield GaugeMetricFamily(
        "edu_media_free_bytes",
        "Room that is left where uploads are stored.",
        value=space.free_bytes,
    )
