"""Row locks on replays and what they derive from."""

from __future__ import annotations

from django.db.models import QuerySet

from replays.models import Replay


def lock(wanted: QuerySet[Replay]) -> list[int]:
    """Lock these replays until the end of the transaction, and return their keys.

    In one order, against deadlocks.
    """
    mine = wanted.select_for_update(of=("self",)).order_by("pk")
    return list(mine.values_list("pk", flat=True))


def locked(wanted: QuerySet[Replay]) -> QuerySet[Replay]:
    """Lock these replays, then read them with lesson, room and files.

    The lock is a statement of its own: PostgreSQL would show joined rows as they were before the wait.
    """
    rows = Replay.objects.filter(pk__in=lock(wanted)).select_related("lesson", "room")
    return rows.prefetch_related("files").order_by("pk")
