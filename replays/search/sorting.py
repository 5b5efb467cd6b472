"""Sorting of the list of replays: its columns, and its own order."""

from __future__ import annotations

from enum import StrEnum

from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy
from django.utils.translation import gettext_lazy as _

from replays.models import Replay

DOWN = "-"


class SortKey(StrEnum):
    """Sortable columns of the list; descending with a leading `-`.

    Not by teacher: names are no column of a replay, so that all of them would have to be sorted for each
    page. One teacher's replays are had by the filter.
    """

    TITLE = "title"
    ROOM_NUMBER = "room_number"
    ROOM_TYPE = "room_type"
    MADE_AT = "made_at"
    SIZE = "size"


HEADS = {
    SortKey.TITLE: _("Lesson title"),
    SortKey.ROOM_NUMBER: _("Room number"),
    SortKey.ROOM_TYPE: _("Room type"),
    SortKey.MADE_AT: _("Made at"),
    SortKey.SIZE: _("File size"),
}
COLUMN_OF = {
    SortKey.TITLE: "title",
    SortKey.ROOM_NUMBER: "room_number",
    SortKey.ROOM_TYPE: "room_type",
    SortKey.MADE_AT: "listed_at",
    SortKey.SIZE: "size_bytes",
}
# Columns with many equal values: the newest first among equals.
NEWEST_FIRST = {SortKey.ROOM_TYPE}
# People sort by these to find the newest or the largest.
DOWN_FIRST = {SortKey.MADE_AT, SortKey.SIZE}
MAY_BE_UNKNOWN = {SortKey.ROOM_NUMBER, SortKey.SIZE}
SORTS = tuple(f"{sign}{key}" for key in SortKey for sign in ("", DOWN))


def next_sort(sort: str, key: SortKey) -> str:
    """Return the order after a click on a column's head: one direction, the other, the list's own."""
    ways = [key.value, f"{DOWN}{key}"]
    first, second = reversed(ways) if key in DOWN_FIRST else ways
    return {first: second, second: ""}.get(sort, first)


def in_list_order(
    replays: QuerySet[Replay], *, sort: str, state: str, is_few: bool = False
) -> QuerySet[Replay]:
    """Sorted by the chosen column; else what is under way first, then the newest.

    `is_few` says that these are few among many. PostgreSQL overestimates rare words, and would walk down the
    whole index for them.
    """
    # In one state all have the same rank, and the database has an index that begins with the state.
    rank = [] if state else ["list_rank"]
    order = _sorted_by(sort) if sort else (*rank, "-listed_at", "-pk")
    # The same for all, and in no index: what was found is sorted.
    return replays.order_by(*([F("pk") * 0] if is_few else []), *order)


def _sorted_by(sort: str) -> tuple[OrderBy | str, ...]:
    key, is_down = SortKey(sort.removeprefix(DOWN)), sort.startswith(DOWN)
    nulls_last = True if key in MAY_BE_UNKNOWN else None
    first = OrderBy(F(COLUMN_OF[key]), descending=is_down, nulls_last=nulls_last)
    if key in NEWEST_FIRST:
        return first, "-listed_at", "-pk"
    return first, "-pk" if is_down else "pk"
