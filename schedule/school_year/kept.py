"""Everything that the beginning of a school year has written, as it is kept to be undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from edu_platform.lib.versions import version_of
from schedule.models import ClassGroup, Membership, SchoolYear
from schedule.school_year.moved_rows import Rows


@dataclass(slots=True)
class Written:
    """Keys of rows; all of it is plain JSON."""

    # The keys of those that rose, and of those that they became.
    risen: list[list[int]] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    archived: list[int] = field(default_factory=list)
    # Memberships that end, each with the last day that it had, as text.
    ended: list[list[Any]] = field(default_factory=list)
    # Memberships that were to begin later, with their class group.
    ahead: Rows = field(default_factory=list)
    # Memberships in the new class groups that came.
    begun: list[int] = field(default_factory=list)
    # As `moved_rows` writes them.
    moved: dict[str, Rows] = field(default_factory=dict)
    hanging: dict[str, Rows] = field(default_factory=dict)
    # A row a class group: what it was called afterwards, and who was in it.
    versions: list[list[Any]] = field(default_factory=list)

    @property
    def new_by_old(self) -> dict[int, int]:
        return {old: new for old, new in self.risen}  # noqa: C416 -- pairs are lists in JSON

    @property
    def old_ids(self) -> list[int]:
        return [*self.new_by_old, *self.left, *self.archived]

    def kept(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, year: SchoolYear) -> Written:
        return cls(**year.written)


def versions_of(class_groups: Sequence[ClassGroup]) -> dict[int, str]:
    """Return the version of each class group with its members, by key; one query for any number."""
    days: Mapping[int, list[tuple[Any, ...]]] = {group.pk: [] for group in class_groups}
    rows = Membership.objects.filter(class_group__in=days).order_by("pk")
    columns = ("class_group", "pk", "user", "kind", "from_date", "to_date")
    for group_id, *row in rows.values_list(*columns):
        days[group_id].append(tuple(row))
    return {group.pk: version_of(*_texts_of(group), days[group.pk]) for group in class_groups}


def _texts_of(group: ClassGroup) -> tuple[object, ...]:
    return group.pk, group.name, group.grade, group.age_band, group.archived_at is None
