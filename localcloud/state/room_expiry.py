"""Expiry of rooms that nobody started, and the end of running classes."""

from __future__ import annotations


def expires_s(planned_end_s: int, end_delay_min: int) -> int:
    """Assumed: after the overtime (the cloud's pages name no moment)."""
    return planned_end_s + max(end_delay_min, 0) * 60


def ends_s(planned_end_s: int, end_delay_min: int) -> int | None:
    """After the overtime; None: never, which is what an overtime of 0 asks for."""
    return planned_end_s + max(end_delay_min, 0) * 60 if end_delay_min != 0 else None
