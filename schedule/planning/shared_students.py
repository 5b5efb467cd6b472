"""Students who belong to two class groups at once, and so cannot attend lessons of both at the same time."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from edu_platform.lib.statements import NO_KEY, Statement
from schedule.enums import MembershipKind
from schedule.models import ClassGroup, Lesson, Membership, Occupation
from schedule.models.class_groups import ClassGroupQuerySet

# --- For any number of lessons --------------------------------------------------------------------


class Days(NamedTuple):
    """From when to when somebody belongs to a class group; both days are included, empty is open."""

    first: dt.date | None
    last: dt.date | None

    def have(self, day: dt.date) -> bool:
        return (self.first or day) <= day <= (self.last or day)


@dataclass(slots=True)
class SharedStudents:
    """Of each class group its students who are in others as well."""

    # By class group and student.
    memberships: dict[int, dict[int, list[Days]]] = field(default_factory=dict)
    # Which class groups have students of this one at all, whether or not on the same days.
    neighbours: dict[int, set[int]] = field(default_factory=dict)

    def in_both(
        self, class_group: int, day: dt.date, other_group: int, other_day: dt.date
    ) -> frozenset[int]:
        """The students who belong to the one on its day and to the other on that one's."""
        here, there = self.memberships[class_group], self.memberships[other_group]
        return frozenset(
            student
            for student in here.keys() & there.keys()
            if any(days.have(day) for days in here[student])
            and any(days.have(other_day) for days in there[student])
        )


def read_shared_students(*, first: dt.date, last: dt.date) -> SharedStudents:
    """The students who are in several class groups between these days; one query."""
    rows = _IN_SEVERAL.rows(first=first, last=last)
    memberships: dict[int, dict[int, list[Days]]] = defaultdict(lambda: defaultdict(list))
    groups_of: dict[int, set[int]] = defaultdict(set)
    for group, student, *days in rows:
        memberships[group][student].append(Days(*days))
        groups_of[student].add(group)
    neighbours: dict[int, set[int]] = defaultdict(set)
    for groups in groups_of.values():
        for group in groups:
            neighbours[group] |= groups
    for group, near in neighbours.items():
        near.discard(group)
    return SharedStudents(dict(memberships), dict(neighbours))


def _in_several_query(first: dt.date, last: dt.date) -> QuerySet[Membership, tuple[Any, ...]]:
    began = Q(from_date=None) | Q(from_date__lte=last)
    rows = Membership.objects.of_students().not_over(day=first).filter(began)
    several = rows.values("user").annotate(groups=Count("class_group", distinct=True))
    rows = rows.filter(user__in=several.filter(groups__gt=1).values("user"), user__is_active=True)
    return rows.values_list("class_group", "user", "from_date", "to_date")


_IN_SEVERAL = Statement(_in_several_query)


# --- For one lesson -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StudentsTaken:
    """Students of a class group who are in a lesson of another one at that time."""

    class_group: str
    other_group: str
    students: tuple[str, ...]
    lesson: Lesson

    @property
    def who(self) -> str:
        return students_in_words(self.students, self.class_group, self.other_group)


def students_taken(
    class_groups: Collection[int],
    *,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    without: Lesson | None,
) -> list[StudentsTaken]:
    """Who of the students is in other lessons then, in order of these; one query when nobody is, else two."""
    if not class_groups:
        return []
    rows = _TAKEN.rows(
        class_groups=list(class_groups),
        day=timezone.localdate(starts_at),
        starts_at=starts_at,
        ends_at=ends_at,
        without=NO_KEY if without is None else without.pk,
    )
    names: dict[tuple[int, str, str], dict[int, str]] = defaultdict(dict)
    for lesson, start, other, own_pk, own_name, name, other_pk, student, first, last in rows:
        # The class group itself stands in the way where both lessons are its own.
        if own_pk != other_pk and Days(first, last).have(timezone.localdate(start)):
            names[lesson, own_name, other][student] = name
    lessons = (
        Lesson.objects.select_related("course", "teacher").in_bulk({key[0] for key in names})
        if names
        else {}
    )
    return [
        StudentsTaken(own_name, other, tuple(students.values()), lessons[lesson])
        for (lesson, own_name, other), students in names.items()
    ]


def _taken_query(
    class_groups: list[int],
    day: dt.date,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    without: int,
) -> QuerySet[Occupation, tuple[Any, ...]]:
    own = Membership.objects.of_students().on(day=day).filter(class_group__pk__in=class_groups)
    member = "class_group__memberships"
    return (
        Occupation.objects.overlapping(starts_at=starts_at, ends_at=ends_at)
        .exclude(lesson_id=without)
        .filter(
            is_exclusive=True,
            class_group__memberships__kind=MembershipKind.STUDENT,
            class_group__memberships__user__is_active=True,
            class_group__memberships__user__memberships__in=own,
        )
        .order_by("starts_at", "lesson", "pk", f"{member}__user__display_name", f"{member}__user")
        .values_list(
            *(
                "lesson",
                "starts_at",
                "class_group__name",
                f"{member}__user__memberships__class_group",
            ),
            *(f"{member}__user__memberships__class_group__name", f"{member}__user__display_name"),
            *("class_group", f"{member}__user", f"{member}__from_date", f"{member}__to_date"),
        )
    )


_TAKEN = Statement(_taken_query)


def groups_sharing_students(class_groups: Collection[int], *, day: dt.date) -> ClassGroupQuerySet:
    """These class groups, and all that share students with one of them on this day or later."""
    memberships = Membership.objects.of_students().not_over(day=day)
    students = memberships.filter(class_group__pk__in=class_groups).values("user")
    near = memberships.filter(user__in=students).values("class_group")
    return ClassGroup.objects.filter(Q(pk__in=class_groups) | Q(pk__in=near))


# --- In words -------------------------------------------------------------------------------------


def students_in_words(names: Collection[str], class_group: str, other_group: str) -> str:
    """A student by name, several by their class groups."""
    if len(names) == 1:
        (name,) = names
        return gettext("%(student)s (%(class_group)s and %(other_group)s)") % {
            "student": name,
            "class_group": class_group,
            "other_group": other_group,
        }
    return ngettext(
        "%(count)s student of %(class_group)s and %(other_group)s",
        "%(count)s students of %(class_group)s and %(other_group)s",
        len(names),
    ) % {"count": len(names), "class_group": class_group, "other_group": other_group}
