"""Class groups of this year that stand for those of another term, by their names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from schedule.models import ClassGroup, Term

NUMERALS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
NUMBER = rf"[0-9]+|{'|'.join(reversed(NUMERALS))}"
# The year or grade in the name of a class group: 2025级1班, 三年级1班, 高一(3)班, 七(2)班, Grade 3.
GRADE = re.compile(
    rf"(?<=[高初])({NUMBER})|({NUMBER})(?=年?级|届)|(?<=Grade )({NUMBER})|^({NUMBER})(?=[.(（-])"
)


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
    match = GRADE.search(name)
    if match is None or (higher := _raised(match[0])) is None:
        return ""
    return f"{name[: match.start()]}{higher}{name[match.end() :]}"


def _raised(number: str) -> str | None:
    if number not in NUMERALS:
        return str(int(number) + 1)
    position = NUMERALS.index(number) + 1
    return NUMERALS[position] if position < len(NUMERALS) else None
