"""Class groups of this year that stand for those of another term, by their names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from schedule.class_groups.grades import grade_in_name
from schedule.models import ClassGroup, Term

# The year in which the people of a class group came, or leave: 2025级1班, 2025届3班.
YEAR = re.compile(r"[0-9]{2,}(?=级|届)")


def class_groups_of(source: Term) -> list[ClassGroup]:
    """The class groups with weekly lessons in the term, by name; one query."""
    return list(
        ClassGroup.objects.filter(weekly_lessons__term=source).distinct().order_by("name_key", "pk")
    )


def proposed(groups: Iterable[ClassGroup], active: Collection[ClassGroup]) -> dict[int, ClassGroup]:
    """Active class groups that stand for each: of the same name, else of the next year or grade."""
    by_name = {group.name: group for group in active}
    groups = list(groups)
    counterparts = {group.pk: by_name[group.name] for group in groups if group.name in by_name}
    taken = {group.pk for group in counterparts.values()}
    for group in groups:
        raised = by_name.get(raised_name(group.name))
        if group.pk not in counterparts and raised is not None and raised.pk not in taken:
            counterparts[group.pk] = raised
            taken.add(raised.pk)
    return counterparts


def raised_name(name: str) -> str:
    """The name with the year or grade in it one higher; empty where it has none."""
    if match := YEAR.search(name):
        return f"{name[: match.start()]}{int(match[0]) + 1}{name[match.end() :]}"
    named = grade_in_name(name)
    if named is None:
        return ""
    following = (grade for grade in named.grade.following() if grade.stage == named.grade.stage)
    return next(map(named.with_grade, following), "")
