"""Settings of the cloud client under which a test does not wait."""

from __future__ import annotations

import pytest

from classroom.client import budgets, transport
from classroom.client.budgets import Priority


def make_quick(monkeypatch: pytest.MonkeyPatch, *, read_timeout_s: float = 1.0) -> None:
    """Let nobody queue for the budget, and give up on a silent cloud soon."""
    monkeypatch.setattr(budgets, "CALLS_PER_S", {})
    monkeypatch.setattr(budgets, "DEFAULT_CALLS_PER_S", 100_000)
    monkeypatch.setattr(transport, "FIRST_WAIT_S", 0.01)
    for priority in Priority:
        monkeypatch.setitem(transport.READ_TIMEOUT_S, priority, read_timeout_s)
