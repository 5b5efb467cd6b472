"""Replays for those who look after the platform: where each is, and why, its links, and for how long it is kept."""

from __future__ import annotations

from replays.admin.replays import ReplayAdmin
from replays.admin.retention import RetentionAdmin
from replays.admin.shares import ShareAdmin

__all__ = ["ReplayAdmin", "RetentionAdmin", "ShareAdmin"]
