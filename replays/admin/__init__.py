"""Replays in the administration: state and reason, files, history, share links and retention."""

from __future__ import annotations

from replays.admin.replays import ReplayAdmin
from replays.admin.retention import RetentionAdmin
from replays.admin.shares import ShareAdmin

__all__ = ["ReplayAdmin", "RetentionAdmin", "ShareAdmin"]
