"""How often a replay was played and downloaded."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import F

from accounts.models import User
from replays.enums import UseKind
from replays.models import PlaybackUse, Progress, Replay, ReplayFile, Share

# A player asks for a file again and again: so long all of it is one view.
SAME_USE_WITHIN = dt.timedelta(minutes=30)
# After a day, nothing asks for a ready replay any more but that somebody uses it.
OLD_AFTER = dt.timedelta(days=1)
COUNTER = {UseKind.PLAY: "views", UseKind.DOWNLOAD: "downloads"}
# Of one link in that time: whoever has it can be a new visitor as often as they like. Beyond it
# nothing is counted.
USES_OF_A_LINK = 200

# Who watched what, and how far, is nobody's business for longer than that; the counts stay.
KEPT = dt.timedelta(days=180)
FORGOTTEN_AT_ONCE = 5_000
PORTIONS_A_RUN = 200


def _look_again_if_old(replay_id: int, at: dt.datetime) -> None:
    """Have the cloud asked whether it still has a file that it was not asked for lately."""
    settled = Replay.objects.filter(pk=replay_id, due_at=None, asked_at__lt=at - OLD_AFTER)
    settled.update(due_at=at)


def count_use(
    file: ReplayFile,
    kind: UseKind,
    *,
    at: dt.datetime,
    user: User | None = None,
    visitor: str = "",
    share: Share | None = None,
) -> bool:
    """Count that somebody plays or downloads a file; return whether it was not counted already.

    That is a person of the school, or a visitor by a link. Once for each of them, file and half
    hour, also when several requests come at the same moment; and of one link not without an end.
    """
    if (user is None) == (visitor == ""):
        raise ValueError("a use is either a person's or a visitor's")
    use = PlaybackUse(file=file, user=user, visitor=visitor, share=share, kind=kind, at=at)
    # Looked at before anything is locked: a player asks for many parts of a file.
    if _is_counted(use):
        return False
    return _save_use(use)


def _is_counted(use: PlaybackUse) -> bool:
    lately = PlaybackUse.objects.filter(at__gt=use.at - SAME_USE_WITHIN)
    same = lately.filter(file=use.file_id, user=use.user_id, visitor=use.visitor, kind=use.kind)
    return same.exists()


def _is_link_used_up(use: PlaybackUse) -> bool:
    if use.share_id is None:
        return False
    lately = PlaybackUse.objects.filter(share=use.share_id, at__gt=use.at - SAME_USE_WITHIN)
    return lately.count() >= USES_OF_A_LINK


@transaction.atomic
def _save_use(use: PlaybackUse) -> bool:
    replays = Replay.objects.filter(pk=use.file.replay_id)
    # Those who come at once queue here, and the second finds what the first wrote.
    replays.select_for_update().only("pk").get()
    if _is_counted(use) or _is_link_used_up(use):
        return False
    use.save()
    _look_again_if_old(use.file.replay_id, use.at)
    counter = COUNTER[UseKind(use.kind)]
    one_more = {counter: F(counter) + 1}
    replays.update(**one_more)
    if use.share_id is not None:
        Share.objects.filter(pk=use.share_id).update(**one_more, last_used_at=use.at)
    return True


def forget_old_uses(at: dt.datetime) -> int:
    """Delete who used what, and how far they came, when it is long ago; return how many lines went.

    Small portions, each a statement of its own, so that nobody waits for the whole.
    """
    uses = PlaybackUse.objects.filter(at__lt=at - KEPT)
    watched = Progress.objects.filter(updated_at__lt=at - KEPT)
    forgotten = 0
    for _portion in range(PORTIONS_A_RUN):
        gone = 0
        for rows in (uses, watched):
            portion = list(rows.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
            gone += rows.filter(pk__in=portion).delete()[0]
        forgotten += gone
        if not gone:
            break
    return forgotten


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
