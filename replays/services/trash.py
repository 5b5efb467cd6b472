"""The trash: moving replays there, and restoring them within IN_TRASH_FOR."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from edu_platform.lib.queueing import enqueue_on_commit
from replays.enums import ReplayEventKind
from replays.models import Replay, ReplayEvent, ReplayPurge
from replays.models.replay import locked
from replays.services.history import note_many
from replays.services.state_sync import changed_columns, columns_of, set_facts
from replays.states import DELETABLE

IN_TRASH_FOR = dt.timedelta(days=30)
ROWS_A_STATEMENT = 100
# Moved there or restored by one choice of the administration: in one transaction, whose locks others
# wait for; "select all" may mean a million.
TRASHED_AT_ONCE = 1000


class NothingToDelete(Exception):
    """There is nothing recorded to delete."""

    def __init__(self, replay: Replay) -> None:
        super().__init__(f"nothing is recorded of {replay}")
        self.replay = replay


@transaction.atomic
def trash_replays(replays: Collection[Replay], *, person: User | None, at: dt.datetime) -> int:
    """Move replays to the trash, all or none; return how many are new there. Safe to repeat.

    Without a person: by retention.

    Raises:
        NothingToDelete: of one of them nothing is recorded.
    """
    wanted = list(locked(_of(replays).filter(deleted_at=None)))
    for replay in wanted:
        if replay.state not in DELETABLE:
            raise NothingToDelete(replay)
    changed: set[str] = set()
    for replay in wanted:
        before = columns_of(replay)
        replay.deleted_at, replay.deleted_by = at, person
        set_facts(replay, files=list(replay.files.all()), at=at)
        changed.update(changed_columns(replay, before))
    _save_changes(wanted, changed)
    ReplayPurge.objects.bulk_create(
        [ReplayPurge(replay=replay, due_at=at + IN_TRASH_FOR) for replay in wanted]
    )
    note_many(
        [
            ReplayEvent(replay=each, kind=ReplayEventKind.TRASHED, at=at, person=person)
            for each in wanted
        ]
    )
    return len(wanted)


@dataclass(frozen=True, slots=True)
class Restored:
    """The counts of replays that were restored, and of those that the cloud was already told to delete."""

    count: int
    too_late: int


@transaction.atomic
def restore_replays(replays: Collection[Replay], *, person: User, at: dt.datetime) -> Restored:
    """Restore replays from the trash, and poll the cloud for them. Safe to repeat.

    Those that the cloud was told to delete do not stop the others.
    """
    trashed = list(locked(_of(replays).filter(deleted_at__isnull=False)))
    back = _cancel_purges(trashed)
    wanted = [replay for replay in trashed if replay.pk in back]
    changed: set[str] = set()
    for replay in wanted:
        before = columns_of(replay)
        _bring_back(replay, at)
        changed.update(changed_columns(replay, before))
    _save_changes(wanted, changed)
    note_many(
        [
            ReplayEvent(replay=each, kind=ReplayEventKind.RESTORED, at=at, person=person)
            for each in wanted
        ]
    )
    if any(replay.room_number is not None for replay in wanted):
        enqueue_on_commit("replays.ask_for_missing")
    return Restored(count=len(wanted), too_late=len(trashed) - len(wanted))


def _of(replays: Collection[Replay]) -> QuerySet[Replay]:
    return Replay.objects.filter(pk__in=[replay.pk for replay in replays])


def _cancel_purges(replays: Collection[Replay]) -> set[int]:
    """Have the cloud not told to delete these; return the keys of those for which it is not too late.

    They are locked for it: from the moment on at which a deletion begins, its replay stays deleted.
    """
    waiting = ReplayPurge.objects.filter(replay__in=replays, has_begun=False).order_by("pk")
    pks = set(waiting.select_for_update().values_list("pk", flat=True))
    ReplayPurge.objects.filter(pk__in=pks).delete()
    return pks


def _bring_back(replay: Replay, at: dt.datetime) -> None:
    replay.deleted_at = replay.deleted_by = None
    # If its retention is over, its teacher is warned again.
    replay.expiry_told_at = None
    set_facts(replay, files=list(replay.files.all()), at=at)
    if replay.is_ready and replay.found_at is not None:
        replay.state_since = replay.found_at  # the trash did not change that
    if replay.room_number is not None:
        replay.due_at = at


def _save_changes(replays: Sequence[Replay], columns: Collection[str]) -> None:
    """Save these columns in few statements, to hold the locks briefly."""
    if columns:
        Replay.objects.bulk_update(replays, sorted(columns), batch_size=ROWS_A_STATEMENT)
