"""Rows that go with a class group which rises, beside its members: what is planned for the new year, and its robots."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Model, Q

from edu_platform.lib.batches import in_batches
from schedule.lessons.use import relations_to
from schedule.models import (
    BellList,
    BellListClassGroup,
    Channel,
    ClassGroup,
    DeletedLesson,
    Membership,
    Occupation,
    PartDayOff,
    PartDayOffClassGroup,
    Term,
    WeeklyLesson,
    WeeklyLessonClassGroup,
)
from schedule.school_year.state import new_terms

# Rows of a table by the column of the class group: keys, with that of the class group.
Rows = list[list[int]]


@dataclass(frozen=True, slots=True)
class MovedTable:
    model: type[Model]
    column: str
    # The way to its term, where only rows of new terms go along.
    term: str = ""

    @property
    def label(self) -> str:
        return self.model._meta.label_lower  # noqa: SLF001 -- as documented by Django

    def rows(self, group_ids: Collection[int], first_day: dt.date) -> Rows:
        of_terms = Q(**{f"{self.term}__in": new_terms(first_day)}) if self.term else Q()
        rows = self.model._default_manager.filter(  # noqa: SLF001 -- as documented by Django
            of_terms, **{f"{self.column}__in": group_ids}
        )
        return [list(row) for row in rows.order_by("pk").values_list("pk", self.column)]

    def point(self, keys_by_group: Mapping[int, Collection[int]]) -> None:
        """Let the rows of these keys name the class group that they stand under."""
        for group_id, keys in keys_by_group.items():
            for batch in in_batches(keys):
                rows = self.model._default_manager.filter(pk__in=batch)  # noqa: SLF001 -- as above
                rows.update(**{f"{self.column}_id": group_id})


MOVED_TABLES = (
    MovedTable(WeeklyLessonClassGroup, "classgroup", "weekly_lesson__term"),
    MovedTable(BellListClassGroup, "classgroup", "bell_list__term"),
    MovedTable(PartDayOffClassGroup, "classgroup", "day_off__term"),
    MovedTable(Channel, "class_group"),
)
# Rows that follow from lessons, which hang on their class group themselves; of deleted ones nobody plans anything.
OF_LESSONS = (Occupation, DeletedLesson)


def move_rows(targets: Mapping[int, int], first_day: dt.date) -> dict[str, Rows]:
    """Let what is planned follow from the old class groups (keys) to the new ones; return what was moved, as it was."""
    moved: dict[str, Rows] = {}
    for table in MOVED_TABLES:
        rows = table.rows(targets, first_day)
        keys_by_target: dict[int, list[int]] = defaultdict(list)
        for pk, source_id in rows:
            keys_by_target[targets[source_id]].append(pk)
        table.point(keys_by_target)
        moved[table.label] = rows
    return moved


def touch_terms_of(class_group_ids: Iterable[int]) -> None:
    """Note that terms with weekly lessons of these class groups wait to be planned."""
    weekly_lessons = WeeklyLesson.objects.filter(class_groups__in=class_group_ids)
    Term.objects.filter(pk__in=weekly_lessons.values("term")).touch()


def move_back(moved: Mapping[str, Rows]) -> None:
    """Let the rows name the class groups again that they named before."""
    for table in MOVED_TABLES:
        keys_by_source: dict[int, list[int]] = defaultdict(list)
        for pk, source_id in moved.get(table.label, ()):
            keys_by_source[source_id].append(pk)
        table.point(keys_by_source)


def hanging_on(group_ids: Collection[int]) -> dict[str, Rows]:
    """Return what names these class groups, in the tables of all apps, but for their members."""
    hanging: dict[str, Rows] = {}
    for relation in relations_to(ClassGroup):
        model: Any = relation.related_model
        owner = model._meta.auto_created or model  # noqa: SLF001 -- as documented by Django
        if owner in OF_LESSONS or model is Membership:
            continue
        name = relation.field.name
        rows = model._base_manager.filter(**{f"{name}__in": group_ids})  # noqa: SLF001 -- as above
        keys = [list(row) for row in rows.order_by("pk").values_list("pk", name)]
        if keys:
            hanging[model._meta.label_lower] = keys  # noqa: SLF001 -- as above
    return hanging


def group_ids_with_others(
    before: Mapping[str, Rows], now: Mapping[str, Rows]
) -> dict[int, set[str]]:
    """Return the class groups on which other rows hang than before, each with the tables of these."""
    others: dict[int, set[str]] = defaultdict(set)
    for label in {*before, *now}:
        rows, rows_now = (
            {(pk, group_id) for pk, group_id in state.get(label, ())} for state in (before, now)
        )
        for _pk, group_id in rows ^ rows_now:
            others[group_id].add(label)
    return others


def table_in_words(label: str) -> str:
    """Say what hangs on a class group, by the label of its table."""
    model = apps.get_model(label)
    owner = _OWNERS.get(model) or model._meta.auto_created or model  # noqa: SLF001 -- as above
    return str(owner._meta.verbose_name_plural)  # noqa: SLF001 -- as above


# Tables between two others are called by what their rows belong to.
_OWNERS: dict[type[Model], type[Model]] = {
    WeeklyLessonClassGroup: WeeklyLesson,
    BellListClassGroup: BellList,
    PartDayOffClassGroup: PartDayOff,
}
