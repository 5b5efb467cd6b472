"""Replays that one takes for oneself, with what they follow from."""

from __future__ import annotations

from django.db.models import QuerySet

from replays.models import Replay


def lock(wanted: QuerySet[Replay]) -> list[int]:
    """Lock these replays until the end of the transaction, and return their keys.

    In one order, so that two who take the same do not wait for each other for ever.
    """
    mine = wanted.select_for_update(of=("self",)).order_by("pk")
    return list(mine.values_list("pk", flat=True))


def locked(wanted: QuerySet[Replay]) -> QuerySet[Replay]:
    """Lock these replays at once, to be read with lesson, room and files.

    In a statement of its own: of rows that are joined to those that are being locked, PostgreSQL
    would show what they were before the wait.
    """
    rows = Replay.objects.filter(pk__in=lock(wanted)).select_related("lesson", "room")
    return rows.prefetch_related("files").order_by("pk")
