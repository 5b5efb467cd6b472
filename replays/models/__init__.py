"""Recordings of a class: where they are, who may have them, and for how long."""

from __future__ import annotations

from replays.models.history import ReplayEvent
from replays.models.purge import ReplayPurge, ReplayPurgeQuerySet
from replays.models.replay import Replay, ReplayFile, ReplayFileQuerySet, ReplayQuerySet
from replays.models.retention import Retention
from replays.models.shares import Share, ShareQuerySet
from replays.models.watching import PlaybackUse, Progress, WatchQuestion

__all__ = [
    "PlaybackUse",
    "Progress",
    "Replay",
    "ReplayEvent",
    "ReplayFile",
    "ReplayFileQuerySet",
    "ReplayPurge",
    "ReplayPurgeQuerySet",
    "ReplayQuerySet",
    "Retention",
    "Share",
    "ShareQuerySet",
    "WatchQuestion",
]
