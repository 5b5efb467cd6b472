"""The members of a class group as planners see them: class teachers, students, who will come, and who has left."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from accounts.models import User
from edu_platform.lib.batches import in_batches
from edu_platform.lib.versions import version_of
from schedule.enums import MembershipKind
from schedule.models import ClassGroup, Membership

# So many of those who have left are listed, the latest first; more are counted.
LEFT_AT_MOST = 100


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with the days of one membership, and the names of the other class groups in which they are."""

    user: User
    from_date: dt.date | None
    to_date: dt.date | None
    others: Sequence[str] = ()


@dataclass(slots=True)
class Members:
    class_teachers: list[Member] = field(default_factory=list)
    # Today, and those whose membership begins later.
    students: list[Member] = field(default_factory=list)
    to_come: list[Member] = field(default_factory=list)
    left: list[Member] = field(default_factory=list)

    @property
    def movable(self) -> list[Member]:
        """Return the students who are there or will be; each once."""
        return list({member.user.pk: member for member in [*self.to_come, *self.students]}.values())

    @property
    def left_shown(self) -> list[Member]:
        return self.left[:LEFT_AT_MOST]

    @property
    def left_besides(self) -> int:
        return max(0, len(self.left) - LEFT_AT_MOST)


def members_of(class_group: ClassGroup, *, today: dt.date) -> Members:
    """Return everybody who belongs or belonged to a class group, by name; two queries for any number."""
    rows = list(
        Membership.objects.filter(class_group=class_group)
        .select_related("user")
        .order_by("user__name_key", "user__username", "from_date", "pk")
    )
    not_over = [row for row in rows if row.to_date is None or row.to_date >= today]
    others = other_class_groups((row.user_id for row in not_over), besides=[class_group], day=today)
    members = Members()
    for row in rows:
        member = Member(row.user, row.from_date, row.to_date, others.get(row.user_id, ()))
        _place_of(row, members, today).append(member)
    members.left.sort(key=lambda member: member.to_date or today, reverse=True)
    return members


def _place_of(row: Membership, members: Members, today: dt.date) -> list[Member]:
    if row.to_date is not None and row.to_date < today:
        return members.left
    if row.kind == MembershipKind.CLASS_TEACHER:
        return members.class_teachers
    return members.students if row.covers(today) else members.to_come


def other_class_groups(
    user_ids: Iterable[int], *, besides: Sequence[ClassGroup], day: dt.date
) -> Mapping[int, list[str]]:
    """Return the names of the class groups in which these people are students on a day or later, by person."""
    rows = Membership.objects.of_students().not_over(day=day).exclude(class_group__in=besides)
    rows = rows.filter(class_group__archived_at=None).order_by("class_group__name_key", "pk")
    names: dict[int, list[str]] = defaultdict(list)
    for keys in in_batches(user_ids):
        for pk, name in rows.filter(user__in=keys).values_list("user", "class_group__name"):
            if name not in names[pk]:
                names[pk].append(name)
    return names


def version_of_memberships(person: User) -> str:
    """Return the version of what the page of a person shows of their class groups."""
    rows = Membership.objects.filter(user=person).order_by("pk")
    return version_of(list(rows.values_list("class_group", "kind", "from_date", "to_date")))


def version_of_members(class_group: ClassGroup) -> str:
    """Return the version of what the page of a class group shows: its name, and who belongs to it when."""
    rows = Membership.objects.filter(class_group=class_group).order_by("pk")
    days = list(rows.values_list("user", "kind", "from_date", "to_date"))
    return version_of(
        class_group.pk, class_group.name, class_group.grade, class_group.archived_at, days
    )
