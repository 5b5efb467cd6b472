"""Students who belong to two class groups at once, and so cannot attend lessons of both at the same time."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet

from edu_platform.lib.statements import Statement
from schedule.models import ClassGroup, Membership, MembershipQuerySet
from schedule.models.class_groups import ClassGroupQuerySet

# For more class groups than these, everybody's memberships are read.
ASKED_BY_NAME = 256
NOBODY: frozenset[int] = frozenset()


class Days(NamedTuple):
    """The days on which somebody belongs to a class group; first and last are included, empty is open."""

    first: dt.date | None
    last: dt.date | None

    def have(self, day: dt.date) -> bool:
        return (self.first or day) <= day <= (self.last or day)


@dataclass(slots=True)
class SharedStudents:
    """Students of each class group who are in others as well."""

    # By class group and student.
    memberships: dict[int, dict[int, list[Days]]] = field(default_factory=dict)
    # Which class groups have students of this one at all, whether or not on the same days.
    neighbours: dict[int, set[int]] = field(default_factory=dict)
    # By class group and day, who belongs to it then: schools ask of a day as often as they have lessons at once.
    _members: dict[tuple[int, dt.date], frozenset[int]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def in_both(
        self, class_group: int, day: dt.date, other_group: int, other_day: dt.date
    ) -> frozenset[int]:
        """Return the students who belong to the one on its day and to the other on that one's."""
        return self._members_of(class_group, day) & self._members_of(other_group, other_day)

    def near(self, class_groups: Iterable[int]) -> set[int]:
        """Return these class groups, and those that share students with one of them."""
        groups = set(class_groups)
        return groups.union(*(self.neighbours.get(group, ()) for group in groups))

    def _members_of(self, class_group: int, day: dt.date) -> frozenset[int]:
        members = self._members.get((class_group, day))
        if members is None:
            memberships = self.memberships[class_group].items()
            members = frozenset(
                student for student, spans in memberships if any(days.have(day) for days in spans)
            )
            self._members[class_group, day] = members
        return members


def read_shared_students(
    *, first: dt.date, last: dt.date, of: Collection[int] | None = None
) -> SharedStudents:
    """Read the students who are in several class groups between these days; one query, or none.

    `of`: only students of one of these class groups.
    """
    memberships: dict[int, dict[int, list[Days]]] = defaultdict(lambda: defaultdict(list))
    groups_of: dict[int, set[int]] = defaultdict(set)
    for group, student, *days in _rows(first, last, of):
        memberships[group][student].append(Days(*days))
        groups_of[student].add(group)
    neighbours: dict[int, set[int]] = defaultdict(set)
    for groups in groups_of.values():
        for group in groups:
            neighbours[group] |= groups
    for group, near in neighbours.items():
        near.discard(group)
    return SharedStudents(dict(memberships), dict(neighbours))


def _rows(first: dt.date, last: dt.date, of: Collection[int] | None) -> list[tuple[Any, ...]]:
    if of is None or len(of) > ASKED_BY_NAME:
        return _IN_SEVERAL.rows(first=first, last=last)
    return _IN_SEVERAL_WITH.rows(first=first, last=last, class_groups=sorted(of))


def _between(first: dt.date, last: dt.date) -> MembershipQuerySet:
    began = Q(from_date=None) | Q(from_date__lte=last)
    return Membership.objects.of_students().not_over(day=first).filter(began)


def _in_several(
    rows: MembershipQuerySet, whose: MembershipQuerySet
) -> QuerySet[Membership, tuple[Any, ...]]:
    """Return the rows of active students who are in several class groups; `whose` are some of them of each."""
    several = whose.values("user").annotate(groups=Count("class_group", distinct=True))
    rows = rows.filter(user__in=several.filter(groups__gt=1).values("user"), user__is_active=True)
    return rows.values_list("class_group", "user", "from_date", "to_date")


def _of_students_in(
    first: dt.date, last: dt.date, class_groups: list[int]
) -> QuerySet[Membership, tuple[Any, ...]]:
    rows = _between(first, last)
    own = rows.filter(class_group__pk__in=class_groups).values("user")
    return _in_several(rows, rows.filter(user__in=own))


_IN_SEVERAL = Statement(
    lambda first, last: _in_several(_between(first, last), _between(first, last))
)
_IN_SEVERAL_WITH = Statement(_of_students_in)


def groups_sharing_students(class_groups: Collection[int], *, day: dt.date) -> ClassGroupQuerySet:
    """Return these class groups, and all that share students with one of them on this day or later."""
    memberships = Membership.objects.of_students().not_over(day=day)
    students = memberships.filter(class_group__pk__in=class_groups).values("user")
    near = memberships.filter(user__in=students).values("class_group")
    return ClassGroup.objects.filter(Q(pk__in=class_groups) | Q(pk__in=near))
