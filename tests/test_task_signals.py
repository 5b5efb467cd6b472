"""Celery's signals, and what they have us do."""

from __future__ import annotations

import pytest
from celery import Task
from celery.signals import beat_init

from edu_platform.lib import queueing
from tests.classroom.conftest import wait_for_sender


def test_beat_sends_its_first_heartbeat_when_it_starts(monkeypatch: pytest.MonkeyPatch):
    wait_for_sender()
    monkeypatch.setattr(queueing, "_rest_ends_at", 0.0)
    sent: list[str] = []
    monkeypatch.setattr(Task, "apply_async", lambda task, **_options: sent.append(task.name))

    beat_init.send(sender=None)

    wait_for_sender()
    assert sent == ["edu_platform.record_heartbeat"]
