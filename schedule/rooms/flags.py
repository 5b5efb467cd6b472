"""Flags of rooms whose lessons have changed: workers bring to the cloud what they say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from edu_platform.lib.batches import in_batches
from edu_platform.lib.queueing import enqueue_on_commit
from schedule.models import Room


def request_room_sync(lesson_ids: Iterable[int]) -> None:
    """Have workers tell the cloud what became of the rooms of these lessons, and make those that are missing."""
    _flag(lesson_ids, must_change_in_cloud=True, due_at=timezone.now(), attempts=0)
    enqueue_on_commit("schedule.sync_rooms")
    enqueue_on_commit("schedule.make_rooms_ahead")


def request_room_removal(lesson_ids: Iterable[int]) -> None:
    """Have workers take the rooms of these lessons out of the cloud."""
    at = timezone.now()
    _flag(lesson_ids, must_leave_cloud=True, must_change_in_cloud=False, due_at=at)
    enqueue_on_commit("schedule.sync_rooms")


def _flag(lesson_ids: Iterable[int], **values: Any) -> None:
    room_pks: list[int] = []
    for batch in in_batches(lesson_ids):
        room_pks += Room.objects.current().filter(lesson__in=batch).values_list("pk", flat=True)
    for batch in in_batches(sorted(room_pks)):
        Room.objects.current().filter(pk__in=batch).update_in_order(**values)
