"""The end of a replay's time: what it did to the replay, and who was warned of it."""

from __future__ import annotations

from accounts.models import Notice
from replays.models import Replay


def told() -> list[str]:
    return sorted(Notice.objects.values_list("user__username", flat=True))


def is_trashed(replay: Replay) -> bool:
    replay.refresh_from_db()
    return replay.deleted_at is not None
