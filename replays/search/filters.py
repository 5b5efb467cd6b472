"""Filters and sorting of the list of replays, and the querysets for them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from enum import StrEnum

from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from replays.enums import LISTED, ReplayReason, ReplayState
from replays.models import Replay
from replays.search.search_box import matching
from schedule.models import Lesson
from schedule.week_grid import start_of_day

DAY = dt.timedelta(days=1)
DOWN = "-"
# Not a state of its own: deleted replays that can still be restored.
IN_TRASH = "bin"
CAN_BE_RESTORED = Q(reason=ReplayReason.TRASHED, purge__has_begun=False)


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


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters of the list; empty values filter nothing, no sort is the default order."""

    q: str = ""
    room_type: int | None = None
    teacher: str = ""
    class_group: str = ""
    from_day: dt.date | None = None
    to_day: dt.date | None = None
    state: str = ""
    sort: str = ""

    @property
    def is_empty(self) -> bool:
        return replace(self, sort="") == Filters()

    @property
    def is_state_alone(self) -> bool:
        return replace(self, state="").is_empty

    @property
    def is_backwards(self) -> bool:
        """Whether the last day lies before the first, so that nothing can fit."""
        return self.from_day is not None and self.to_day is not None and self.from_day > self.to_day

    def turned_round(self) -> Filters:
        return replace(self, from_day=self.to_day, to_day=self.from_day)

    def sorted_next(self, key: SortKey) -> Filters:
        """The filters that a click on a column header leads to: one direction, the other, the default order."""
        ways = [key.value, f"{DOWN}{key}"]
        first, second = reversed(ways) if key in DOWN_FIRST else ways
        return replace(self, sort={first: second, second: ""}.get(self.sort, first))

    def as_query(self) -> dict[str, str]:
        """The filters as an address has them."""
        values = {
            "q": self.q,
            "room_type": self.room_type,
            "teacher": self.teacher,
            "class_group": self.class_group,
            "from": self.from_day,
            "to": self.to_day,
            "state": self.state,
            "sort": self.sort,
        }
        return {name: str(value) for name, value in values.items() if value not in ("", None)}


def filtered(replays: QuerySet[Replay], filters: Filters) -> QuerySet[Replay]:
    """The replays of the list that fit, in no order: without a state, what was or should be recorded."""
    return narrowed(in_state(replays, filters.state), filters)


def in_state(replays: QuerySet[Replay], state: str) -> QuerySet[Replay]:
    """The replays in a state as addresses call it: the usual states are one, and so is the trash.

    What is in the trash counts as deleted too.
    """
    if state == IN_TRASH:
        return replays.filter(CAN_BE_RESTORED, state=ReplayState.DELETED)
    return replays.filter(state__in=[state] if state else LISTED)


def narrowed(replays: QuerySet[Replay], filters: Filters) -> QuerySet[Replay]:
    """The replays that fit, whatever their state."""
    if filters.q:
        replays = replays.filter(matching(filters.q))
    if filters.room_type is not None:
        replays = replays.filter(room_type=filters.room_type)
    if filters.teacher:
        # Looked up first: then their replays are read in the list's order, and not sorted.
        teacher = User.objects.filter(username=filters.teacher).values_list("pk", flat=True).first()
        replays = replays.filter(teacher=teacher) if teacher else replays.none()
    if filters.class_group:
        lessons = Lesson.objects.filter(class_groups__name=filters.class_group)
        replays = replays.filter(lesson__in=lessons.values("pk"))
    if filters.from_day is not None:
        replays = replays.filter(listed_at__gte=start_of_day(filters.from_day))
    if filters.to_day is not None:
        replays = replays.filter(listed_at__lt=start_of_day(filters.to_day + DAY))
    return replays


def in_list_order(
    replays: QuerySet[Replay], filters: Filters, *, is_few: bool = False
) -> QuerySet[Replay]:
    """Sorted by the chosen column; else unready ones first, then the newest.

    `is_few` says that these are few among many. PostgreSQL overestimates rare words, and would walk down the
    whole index for them.
    """
    # In one state all have the same rank, and the database has an index that begins with the state.
    rank = [] if filters.state else ["list_rank"]
    order = _sorted_by(filters.sort) if filters.sort else (*rank, "-listed_at", "-pk")
    # The same for all, and in no index: what was found is sorted.
    return replays.order_by(*([F("pk") * 0] if is_few else []), *order)


def _sorted_by(sort: str) -> tuple[OrderBy | str, ...]:
    key, is_down = SortKey(sort.removeprefix(DOWN)), sort.startswith(DOWN)
    nulls_last = True if key in MAY_BE_UNKNOWN else None
    first = OrderBy(F(COLUMN_OF[key]), descending=is_down, nulls_last=nulls_last)
    if key in NEWEST_FIRST:
        return first, "-listed_at", "-pk"
    return first, "-pk" if is_down else "pk"
