"""How often a replay was played and downloaded."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import F

from accounts.models import User
from replays.enums import UseKind
from replays.models import Replay, ReplayFile, Use

# A player asks for a file again and again: so long all of it is one view.
SAME_USE_WITHIN = dt.timedelta(minutes=30)
# After a day, nothing asks for a ready replay any more but that somebody uses it.
OLD_AFTER = dt.timedelta(days=1)
COUNTER = {UseKind.PLAY: "views", UseKind.DOWNLOAD: "downloads"}


def _look_again_if_old(replay_id: int, at: dt.datetime) -> None:
    """Have the cloud asked whether it still has a file that it was not asked for lately."""
    settled = Replay.objects.filter(pk=replay_id, next_ask_at=None, asked_at__lt=at - OLD_AFTER)
    settled.update(next_ask_at=at)


@transaction.atomic
def count_use(user: User, file: ReplayFile, kind: UseKind, *, at: dt.datetime) -> bool:
    """Count that somebody plays or downloads a file; return whether it was not counted already.

    Once a person, file and half hour, also when several requests come at the same moment.
    """
    # Those who come at once queue here, and the second finds what the first wrote.
    Replay.objects.select_for_update().only("pk").get(pk=file.replay_id)
    uses = Use.objects.filter(file=file, user=user, kind=kind)
    if uses.filter(at__gt=at - SAME_USE_WITHIN).exists():
        return False
    Use.objects.create(file=file, user=user, kind=kind, at=at)
    _look_again_if_old(file.replay_id, at)
    counter = COUNTER[kind]
    Replay.objects.filter(pk=file.replay_id).update(**{counter: F(counter) + 1})
    return True
