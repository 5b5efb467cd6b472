"""The names that a day of the school is put in order and filtered by, read in one query."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from django.db.models import BooleanField, CharField, ExpressionWrapper, F, Q, QuerySet, Value

from edu_platform.lib.statements import NO_KEY, Statement
from schedule.class_groups.grades import in_order
from schedule.lessons.may_teach import who_may_teach
from schedule.models import ClassGroup, Course

# The place of a lesson whose class groups nobody knows.
LAST_PLACE = 1 << 30


class NameKind(StrEnum):
    GROUP = "group"
    COURSE = "course"
    TEACHER = "teacher"


class Teacher(NamedTuple):
    username: str
    name: str

    @property
    def label(self) -> str:
        return f"{self.name} ({self.username})"


class GroupName(NamedTuple):
    """A class group among all of the school: its place is that of its name in their order."""

    place: int
    name: str
    grade: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class DayNames:
    """All in the order of their names, as people know it."""

    groups: dict[int, GroupName]
    courses: tuple[str, ...]
    # Those who may teach.
    teachers: dict[int, Teacher]

    @property
    def group_names(self) -> list[str]:
        """Return the names of the active class groups."""
        return [group.name for group in self.groups.values() if group.is_active]

    @property
    def grades(self) -> list[str]:
        """Return the grades of the active class groups, in order."""
        return in_order(group.grade for group in self.groups.values() if group.is_active)

    def of_lesson(self, group_pks: Iterable[int]) -> list[GroupName]:
        """Return the class groups of a lesson in their order."""
        groups = [self.groups[pk] for pk in group_pks if pk in self.groups]
        return groups if len(groups) == 1 else sorted(groups)


def day_names(group_pks: Collection[int]) -> DayNames:
    """Return the names of active class groups and of these, of all courses, and of who may teach; one query."""
    groups: dict[int, GroupName] = {}
    courses, teachers = [], {}
    for kind, pk, name, detail, is_active, *_order in _NAMES.rows(
        group_pks=sorted(group_pks) or [NO_KEY]
    ):
        if kind == NameKind.GROUP:
            groups[pk] = GroupName(len(groups), name, detail, is_active)
        elif kind == NameKind.COURSE:
            courses.append(name)
        else:
            teachers[pk] = Teacher(detail, name)
    return DayNames(groups, tuple(courses), teachers)


def _names(group_pks: list[int]) -> QuerySet[Any, tuple[Any, ...]]:
    groups = ClassGroup.objects.filter(Q(archived_at=None) | Q(pk__in=group_pks))
    is_active = ExpressionWrapper(Q(archived_at=None), output_field=BooleanField())
    rows = groups.annotate(is_active=is_active)
    return (
        _columns(rows, NameKind.GROUP, "name", "grade", "is_active")
        .union(
            _columns(Course.objects.all(), NameKind.COURSE, "name", ""),
            _columns(
                who_may_teach(), NameKind.TEACHER, "display_name", "username", of_one="username"
            ),
            all=True,
        )
        .order_by("name_key", "of_one", "pk")
    )


def _columns(
    rows: QuerySet[Any],
    kind: NameKind,
    name: str,
    detail: str,
    is_active: str = "",
    of_one: str = "",
) -> QuerySet[Any, tuple[Any, ...]]:
    """Return the same columns of each kind, by which the rows can stand in one list.

    Rows of one name stand in the order of their column `of_one`.
    """
    no_text = Value("", output_field=CharField())
    ordered = rows.annotate(of_one=F(of_one) if of_one else no_text)
    columns: QuerySet[Any, tuple[Any, ...]] = ordered.values_list(
        Value(kind.value, output_field=CharField()),
        "pk",
        name,
        detail or no_text,
        is_active or Value(value=True, output_field=BooleanField()),
        "name_key",
        "of_one",
    )
    return columns


_NAMES = Statement(_names, never_empty=["group_pks"])
