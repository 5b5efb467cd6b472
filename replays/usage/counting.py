"""Minutes held, minutes recorded and bytes kept, by month and class group, in a fixed number of queries.

A lesson of several class groups counts wholly for each of them, and once for the school: so the rows of a month add
up to more than its total. It counts in the month in which it was planned to begin, a class without a lesson in that
in which it began.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    Q,
    QuerySet,
    SmallIntegerField,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from replays.models import ReplayFile
from replays.usage.periods import MonthOfPeriod, Period
from replays.usage.tables import MonthlyUsage, Usage, UsageTable
from schedule.enums import CloudStatus
from schedule.models import ClassGroup, Room

Row = TypeVar("Row", Room, ReplayFile)

# By the place of the month in the period, and the class group; None: no class group.
Group = int | None
Counts = dict[tuple[int, Group], Usage]


def usage_of(period: Period) -> MonthlyUsage:
    """Count the usage of the whole school; months without any class are left out. Seven queries."""
    months = period.months
    without_lesson = _count(period, months, _WITHOUT_LESSON)
    groups = _together(_count(period, months, _BY_CLASS_GROUP), without_lesson)
    school = _together(_count(period, months, _OF_LESSONS), without_lesson)
    names = _names({group for _month, group in groups})
    tables = []
    for number, month in enumerate(months):
        rows = {group: usage for (at, group), usage in groups.items() if at == number}
        if rows:
            tables.append((month, UsageTable(_rows(rows, names), school[number, None])))
    whole: dict[Group, Usage] = defaultdict(Usage)
    for (_month, group), usage in groups.items():
        whole[group].add(usage)
    total = Usage()
    for usage in school.values():
        total.add(usage)
    return MonthlyUsage(tables, UsageTable(_rows(whole, names), total))


def _together(*counts: Counts) -> Counts:
    found: Counts = defaultdict(Usage)
    for each in counts:
        for key, usage in each.items():
            found[key].add(usage)
    return found


def _rows(usages: Mapping[Group, Usage], names: Mapping[Group, str]) -> list[tuple[str, Usage]]:
    """In the order of `names`."""
    return [(name, usages[group]) for group, name in names.items() if group in usages]


def _names(groups: Iterable[Group]) -> dict[Group, str]:
    """The names of these, by name, this year's before those that are archived; what has no class group comes last."""
    found: dict[Group, str] = {}
    known = ClassGroup.objects.filter(pk__in=[group for group in groups if group is not None])
    in_order = known.order_by("name_key", F("archived_at").desc(nulls_first=True), "pk")
    for pk, name, archived_at in in_order.values_list("pk", "name", "archived_at"):
        found[pk] = name if archived_at is None else _("%(name)s (archived)") % {"name": name}
    return found | {None: _("No class group")}


# --- Queries --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Way:
    """The way to find rooms and files, with when each began, and the grouping beside the month."""

    rooms: Q
    room_begins: str
    room_group: Any
    files: Q
    file_begins: str
    file_group: Any


_ALL = Q()
_NO_GROUP = Value(None, BigIntegerField())
_OF_LESSONS = _Way(
    *(_ALL, "lesson__starts_at", _NO_GROUP), *(_ALL, "replay__lesson__starts_at", _NO_GROUP)
)
_BY_CLASS_GROUP = _Way(
    *(_ALL, "lesson__starts_at", F("lesson__class_groups")),
    *(_ALL, "replay__lesson__starts_at", F("replay__lesson__class_groups")),
)
_WITHOUT_LESSON = _Way(
    *(Q(lesson=None), "replay__planned_start", _NO_GROUP),
    *(Q(replay__lesson=None), "replay__planned_start", _NO_GROUP),
)

_ENDED = Q(cloud_status=CloudStatus.ENDED)
HAS_LENGTH = Q(real_ended_at__gt=F("real_started_at"))
LENGTH = ExpressionWrapper(F("real_ended_at") - F("real_started_at"), DurationField())
# What is gone was recorded all the same, and takes no place any more.
IS_KEPT = Q(gone_at=None)


def _count(period: Period, months: Sequence[MonthOfPeriod], way: _Way) -> Counts:
    """Count what began in the period; two queries."""
    found: Counts = defaultdict(Usage)
    rooms = _within(Room.objects.filter(way.rooms, HAS_LENGTH | _ENDED), period, way.room_begins)
    for month, group, *counts in _held(rooms, _month(way.room_begins, months), way.room_group):
        usage = found[month, group]
        usage.classes, usage.held_s, usage.classes_of_unknown_length = counts
    # A signalling replay is no file.
    files = _within(ReplayFile.objects.filter(way.files).exclude(url=""), period, way.file_begins)
    for month, group, *counts in _kept(files, _month(way.file_begins, months), way.file_group):
        usage = found[month, group]
        usage.files, usage.recorded_s, usage.files_of_unknown_length = counts[:3]
        usage.kept_bytes, usage.files_of_unknown_size = counts[3:]
    return found


def _within(rows: QuerySet[Row], period: Period, begins: str) -> QuerySet[Row]:
    return rows.filter(
        (f"{begins}__gte", period.starts_at), (f"{begins}__lt", period.ends_at)
    ).order_by()


def _month(begins: str, months: Sequence[MonthOfPeriod]) -> Case:
    """The place of the month: comparing is much cheaper than reckoning with time zones row by row."""
    whens = (
        When(Q((f"{begins}__lt", month.ends_at)), then=Value(number))
        for number, month in enumerate(months)
    )
    return Case(*whens, output_field=SmallIntegerField())


def _held(rooms: QuerySet[Room], month: Case, group: Any) -> Iterator[tuple[Any, ...]]:
    counted = rooms.annotate(month=month, group=group).values("month", "group")
    counted = counted.annotate(
        classes=Count("pk"),
        length=Sum(LENGTH, filter=HAS_LENGTH),
        unknown=Count("pk", filter=~HAS_LENGTH | Q(real_started_at=None) | Q(real_ended_at=None)),
    )
    for place, of_group, classes, length, unknown in counted.values_list(
        "month", "group", "classes", "length", "unknown"
    ):
        yield place, of_group, classes, round(length.total_seconds()) if length else 0, unknown


def _kept(files: QuerySet[ReplayFile], month: Case, group: Any) -> Iterator[tuple[Any, ...]]:
    counted = files.annotate(month=month, group=group).values("month", "group")
    counted = counted.annotate(
        files=Count("pk"),
        recorded_s=Coalesce(Sum("duration_s"), 0),
        unknown_lengths=Count("pk", filter=Q(duration_s=None)),
        kept_bytes=Coalesce(Sum("size_bytes", filter=IS_KEPT), 0),
        unknown_sizes=Count("pk", filter=IS_KEPT & Q(size_bytes=None)),
    )
    columns = ("files", "recorded_s", "unknown_lengths", "kept_bytes", "unknown_sizes")
    yield from counted.values_list("month", "group", *columns)
