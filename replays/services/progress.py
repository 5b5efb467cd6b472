"""How far people have watched, so that they can go on there."""

from __future__ import annotations

import datetime as dt

from accounts.models import User
from replays.models import Progress, ReplayFile

LONGEST_S = 7 * 24 * 3600  # no class lasts longer; a file whose length nobody knows may


def keep_progress(
    user: User, file: ReplayFile, *, position_s: int, is_seen: bool, at: dt.datetime
) -> None:
    """Remember where a person is in a file. What they have seen to its end begins anew.

    Players count in the file's own seconds, which the length that the cloud told need not be.
    """
    if is_seen:
        position_s = file.duration_s or 0
    row = Progress(
        user=user, file=file, position_s=min(max(position_s, 0), LONGEST_S), updated_at=at
    )
    # One statement, so that two windows of one person do not get in each other's way.
    Progress.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["user", "file"],
        update_fields=["position_s", "updated_at"],
    )
