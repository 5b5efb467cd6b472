"""Counts of how often a replay was played and downloaded, and the places up to which people have watched."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import F

from accounts.models import User
from accounts.services.people import lock_people
from replays.enums import UseKind
from replays.models import PlaybackUse, Progress, Replay, ReplayFile, Share
from replays.playback.hotlinks import lasting_s
from replays.services.watch_records import plan_question
from replays.services.watched import keep_reported
from replays.watched_parts import Part

# Players request a file repeatedly: within this time it is one view. A request for a later part goes on with a film
# for as long as that may be watched.
SAME_USE_WITHIN = dt.timedelta(minutes=30)
# After a day, only use of a ready replay triggers polling.
OLD_AFTER = dt.timedelta(days=1)
COUNTER = {UseKind.PLAY: "views", UseKind.DOWNLOAD: "downloads"}
# Per link in that time, as anyone with it can pose as a new visitor. Beyond it nothing is counted.
USES_OF_A_LINK = 200

# Privacy: who watched what is deleted after this time, unless the school chooses another (`replays.retention`); the
# counts stay.
KEPT = dt.timedelta(days=180)
FORGOTTEN_AT_ONCE = 5_000
PORTIONS_A_RUN = 200
LONGEST_S = 7 * 24 * 3600  # no class lasts longer; a file whose length nobody knows may


def _refresh_if_old(replay_id: int, at: dt.datetime) -> None:
    """Schedule a check that the cloud still has a file, if it was not asked recently."""
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
    is_later_part: bool = False,
) -> bool:
    """Count a play or download of a file; return False when it was counted already.

    By a person of the school or a visitor by a link: once per person, file and half hour, also for concurrent
    requests; limited per link. A request for a later part of the file counts only when nobody has begun it in the
    time that it may take: where films come through our own address, players ask for the rest of one again and again.
    """
    if (user is None) == (visitor == ""):
        raise ValueError("a use is either a person's or a visitor's")
    use = PlaybackUse(file=file, user=user, visitor=visitor, share=share, kind=kind, at=at)
    same_within = SAME_USE_WITHIN
    if is_later_part:
        same_within = dt.timedelta(seconds=lasting_s(file.duration_s))
    # Checked before locking: a player requests many parts of a file.
    if _is_counted(use, same_within):
        return False
    return _save_use(use, same_within)


def _is_counted(use: PlaybackUse, same_within: dt.timedelta) -> bool:
    lately = PlaybackUse.objects.filter(at__gt=use.at - same_within)
    same = lately.filter(file=use.file_id, user=use.user_id, visitor=use.visitor, kind=use.kind)
    return same.exists()


def _is_link_used_up(use: PlaybackUse) -> bool:
    if use.share_id is None:
        return False
    lately = PlaybackUse.objects.filter(share=use.share_id, at__gt=use.at - SAME_USE_WITHIN)
    return lately.count() >= USES_OF_A_LINK


@transaction.atomic
def _save_use(use: PlaybackUse, same_within: dt.timedelta) -> bool:
    replays = Replay.objects.filter(pk=use.file.replay_id)
    # Concurrent requests queue here; the second finds what the first wrote.
    replays.select_for_update().only("pk").get()
    if _is_counted(use, same_within) or _is_link_used_up(use):
        return False
    use.save()
    _refresh_if_old(use.file.replay_id, use.at)
    if use.user_id is not None and use.file.is_signalling:
        plan_question(use.file, use.at)
    counter = COUNTER[UseKind(use.kind)]
    one_more = {counter: F(counter) + 1}
    replays.update(**one_more)
    if use.share_id is not None:
        Share.objects.filter(pk=use.share_id).update(**one_more, last_used_at=use.at)
    return True


def forget_old_uses(at: dt.datetime, length: dt.timedelta) -> int:
    """Delete old uses and progress; return how many rows.

    In small batches, each a statement of its own, to hold locks briefly.
    """
    uses = PlaybackUse.objects.filter(at__lt=at - length)
    watched = Progress.objects.filter(updated_at__lt=at - length)
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


def keep_progress(
    user: User,
    file: ReplayFile,
    *,
    position_s: int,
    is_seen: bool,
    at: dt.datetime,
    watched: Sequence[Part] = (),
) -> None:
    """Save where a person is in a file, and which parts of it they watched. A file watched to its end starts over.

    Players count the file's own seconds, which may differ from the length the cloud told. What is watched of a
    signalling replay the cloud alone says.
    """
    if is_seen:
        position_s = file.duration_s or 0
    row = Progress(
        user=user, file=file, position_s=min(max(position_s, 0), LONGEST_S), updated_at=at
    )
    if file.is_signalling or not watched:
        _save_position(row)
        return
    with transaction.atomic():
        lock_people([user.pk])
        _save_position(row)
        keep_reported(user.pk, file, watched, at=at)


def _save_position(row: Progress) -> None:
    # One statement, so that two windows of one person do not conflict.
    Progress.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["user", "file"],
        update_fields=["position_s", "updated_at"],
    )
