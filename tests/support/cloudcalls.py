"""Settings of the cloud client under which a test does not wait."""

from __future__ import annotations

import pytest

from classroom.client import rate_limits, transport
from classroom.client.rate_limits import Priority


def make_quick(monkeypatch: pytest.MonkeyPatch, *, read_timeout_s: float = 1.0) -> None:
    """Let nobody queue for the rate limit, and give up on a silent cloud soon."""
    monkeypatch.setattr(rate_limits, "CALLS_PER_S", {})
    monkeypatch.setattr(rate_limits, "DEFAULT_CALLS_PER_S", 100_000)
    monkeypatch.setattr(transport, "FIRST_WAIT_S", 0.01)
    for priority in Priority:
        monkeypatch.setitem(transport.READ_TIMEOUT_S, priority, read_timeout_s)
