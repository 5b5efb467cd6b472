"""Trying refused rooms again: after a pause, or when people say so; the asking is left to workers."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from edu_platform.lib.queueing import enqueue_on_commit
from schedule.enums import CloudStatus
from schedule.models import FAILS_IN_CLOUD, WITHOUT_SIGNALLING, Room, RoomPolling
from schedule.rooms.requests import ask_for_refused_recordings

# How long after the cloud has refused to make a room it is asked again.
RETRY_REFUSED_AFTER = dt.timedelta(minutes=10)


def make_and_change_again(at: dt.datetime) -> int:
    """Ask workers to make or change at once the rooms that the cloud did not make or change; return how many."""
    with transaction.atomic():
        failing = Room.objects.of_lessons_to_come(at=at).filter(FAILS_IN_CLOUD)
        pks = list(failing.values_list("pk", flat=True))
        count = Room.objects.filter(pk__in=pks).unleased(at=at).update_in_order(due_at=at)
        enqueue_on_commit("schedule.make_rooms_ahead")
        enqueue_on_commit("schedule.sync_rooms")
    return count


def ask_for_recordings_again() -> None:
    """Ask workers to request again all recordings that the cloud refused."""
    with transaction.atomic():
        ask_for_refused_recordings()
        enqueue_on_commit("schedule.sync_rooms")


def ask_for_signalling_again() -> None:
    """Flag the rooms without signalling recording, so that workers ask the cloud for it again."""
    with transaction.atomic():
        refused = Room.objects.current().open().filter(cloud_status=CloudStatus.NOT_STARTED)
        refused.filter(WITHOUT_SIGNALLING).flag_changed(signalling_refused=False)
        enqueue_on_commit("schedule.sync_rooms")


def ask_for_states_again(at: dt.datetime) -> int:
    """Ask workers to ask at once about the rooms of which the cloud does not tell; return how many."""
    with transaction.atomic():
        silent = RoomPolling.objects.filter(unreachable_since__isnull=False).unleased(at=at)
        count = silent.update_in_order(due_at=at)
        enqueue_on_commit("schedule.poll_rooms")
    return count
