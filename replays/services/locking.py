"""Replays that one takes for oneself, with what they follow from."""

from __future__ import annotations

from django.db.models import QuerySet

from replays.models import Replay


def locked(wanted: QuerySet[Replay]) -> QuerySet[Replay]:
    """Lock these replays until the end of the transaction, and return them with lesson, room and files.

    In one order, so that two who take the same do not wait for each other for ever. And in two
    statements: of rows that are joined, PostgreSQL would show what they were before the wait.
    """
    mine = wanted.select_for_update(of=("self",)).order_by("pk")
    ids = list(mine.values_list("pk", flat=True))
    rows = Replay.objects.filter(pk__in=ids).select_related("lesson", "room")
    return rows.prefetch_related("files").order_by("pk")
