"""Reconciling replays with what the cloud has now, whatever callbacks were missed.

Nothing is deleted here: files the cloud does not list are marked missing, and gone only when missing again
later. No function here may run inside a transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from classroom.client import rooms as cloud_rooms
from classroom.client.rate_limits import Priority
from classroom.enums import Source
from replays.models import Replay
from replays.services.refresh import ask
from schedule.enums import CloudStatus
from schedule.models import Room


@dataclass(frozen=True, slots=True)
class Standing:
    """State of a replay (empty: there is none), its files, and how many the cloud does not list."""

    state: str = ""
    files: int = 0
    missing: int = 0

    def __str__(self) -> str:
        missing = f", {self.missing} not listed" if self.missing else ""
        return f"{self.state or 'unknown'} ({self.files}{missing})"


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The result of reconciling one room: its replay before and after."""

    room_id: int
    title: str
    before: Standing
    after: Standing

    @property
    def has_changed(self) -> bool:
        return self.before != self.after

    def __str__(self) -> str:
        return f"{self.room_id} {self.title}: {self.before} -> {self.after}"


def rooms_since(moment: dt.datetime, *, at: dt.datetime) -> Iterator[int]:
    """The rooms whose class was planned to begin since then: the cloud's ended ones, and ours.

    Raises:
        CloudUnavailable, CloudRejected, CloudProtocolError: the cloud did not list them.
    """
    listed = {
        line.room_id
        for line in cloud_rooms.list_rooms(
            starts_from=moment,
            starts_until=at,
            priority=Priority.BACKGROUND,
            statuses=(CloudStatus.ENDED,),
        )
    }
    ours = Replay.objects.filter(
        planned_start__gte=moment, planned_start__lte=at, room_number__isnull=False
    ).values_list("room_number", flat=True)
    yield from sorted(listed | {number for number in ours if number is not None})


def reconcile_room(room_id: int, *, is_dry_run: bool) -> Reconciled:
    """Ask the cloud about a room and save the answer; with `is_dry_run` only tell what would change.

    Raises:
        NotOurs: no room of our application, and none that is known here.
        CloudUnavailable, CloudRejected, CloudProtocolError: the cloud did not tell; nothing is saved.
    """
    before = _standing(room_id)
    refresh = ask(room_id, priority=Priority.BACKGROUND, source=Source.COMMAND)
    with transaction.atomic():
        refresh.apply()
        after = _standing(room_id)
        title = _title(room_id)
        if is_dry_run:
            transaction.set_rollback(True)
    return Reconciled(room_id=room_id, title=title, before=before, after=after)


def _standing(room_id: int) -> Standing:
    replay = Replay.objects.filter(room__room_id=room_id).first()
    if replay is None:
        return Standing()
    present = replay.files.filter(gone_at=None)
    missing = present.exclude(missing_since=None)
    return Standing(replay.state, present.count(), missing.count())


def _title(room_id: int) -> str:
    replay = Replay.objects.filter(room__room_id=room_id).first()
    if replay is not None:
        return replay.title
    room = Room.objects.filter(room_id=room_id).first()
    return room.sent_name if room is not None else ""
