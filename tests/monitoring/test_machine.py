from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
import redis

from classroom.client import rate_limits
from classroom.client.rate_limits import Priority, rate_limiter
from edu_platform.monitoring.machine import BUDGETED, machine_figures
from tests.monitoring.figures import documented
from tests.support.peers import refusing_port


def figures() -> dict[str, dict[str, float]]:
    """Values by the figure and its label."""
    return {
        family.name: {"".join(s.labels.values()): s.value for s in family.samples}
        for family in machine_figures()
    }


def test_broker_that_is_away_is_told(settings: Any):
    settings.REDIS_URL = f"redis://127.0.0.1:{refusing_port()}/0"

    found = figures()

    assert found["edu_broker_up"] == {"": 0}
    assert "edu_broker_queue_length" not in found


@pytest.mark.processes
def test_messages_and_calls_that_are_left(valkey: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rate_limits, "_rate_limiter", None)
    with redis.Redis.from_url(valkey) as client:
        client.rpush("events", "one", "two")
    rate_limiter().take(["CreateRoom"], Priority.INTERACTIVE)

    found = figures()

    assert found["edu_broker_up"] == {"": 1}
    assert found["edu_broker_queue_length"] == {"celery": 0, "events": 2}
    assert found["edu_cloud_budget_left"].keys() == set(BUDGETED)
    of_a_second = rate_limits.calls_per_s("CreateRoom")
    assert found["edu_cloud_budget_left"]["CreateRoom"] == of_a_second - 1
    assert found.keys() <= documented()


def test_room_for_uploads(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    settings.REDIS_URL = f"redis://127.0.0.1:{refusing_port()}/0"
    settings.MEDIA_ROOT = str(tmp_path)
    assert figures()["edu_media_free_bytes"][""] > 0

    settings.MEDIA_ROOT = str(tmp_path / "before" / "the-first-upload")
    assert figures()["edu_media_free_bytes"][""] > 0

    disk_that_is_away = Mock(side_effect=OSError(errno.EIO, "Input/output error"))
    monkeypatch.setattr(shutil, "disk_usage", disk_that_is_away)
    assert "edu_media_free_bytes" not in figures()
