from __future__ import annotations

from typing import Any

import pytest

from edu_platform.lib import queueing


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any) -> Any:
    """The names of the tasks that are sent when the test's transaction would commit."""
    names: list[str] = []
    monkeypatch.setattr(
        queueing, "enqueue_on_commit", lambda name, **_arguments: names.append(name)
    )
    for module in (
        "schedule.rooms.retries",
        "accounts.services.profile_sync",
        "accounts.services.notices",
        "classroom.services.inbox",
    ):
        monkeypatch.setattr(f"{module}.enqueue_on_commit", queueing.enqueue_on_commit)
    return names
