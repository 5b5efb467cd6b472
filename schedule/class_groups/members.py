"""The members of a class group as planners see them: class teachers, students, who will come, and who has left."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from accounts.models import User
from edu_platform.lib.batches import in_batches
from edu_platform.lib.versions import version_of
from schedule.class_group_hooks import student_figures
from schedule.enums import MembershipKind
from schedule.hooks import PageLink
from schedule.models import ClassGroup, Membership

# So many of those who have left are listed, the latest first; more are counted.
LEFT_AT_MOST = 100


@dataclass(frozen=True, slots=True)
class Stay:
    """The days of one membership, both included; None stands for no limit."""

    from_date: dt.date | None
    to_date: dt.date | None

    @property
    def begins(self) -> dt.date:
        return self.from_date or dt.date.min

    @property
    def ends(self) -> dt.date:
        return self.to_date or dt.date.max

    def overlaps(self, other: Stay) -> bool:
        return self.begins <= other.ends and other.begins <= self.ends


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another class group of a student, and whether they are there before, during or after their days in this one."""

    name: str
    stay: Stay
    is_before: bool = False
    is_after: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with the days of one membership, and the names of the other class groups in which they are."""

    user: User
    from_date: dt.date | None
    to_date: dt.date | None
    others: Sequence[str] = ()
    # The days of a student who leaves and comes back, and all their other class groups.
    again: Sequence[Stay] = ()
    elsewhere: Sequence[Elsewhere] = ()
    # Each figure of a student with the head of its column; None: it says nothing of them.
    figures: Sequence[tuple[str, PageLink | None]] = ()


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
    """Return everybody who belongs or belonged to a class group, by name; two queries and those of figures, for any number."""
    rows = list(
        Membership.objects.filter(class_group=class_group)
        .select_related("user")
        .order_by("user__name_key", "user__username", "from_date", "pk")
    )
    members = Members()
    students: dict[User, list[Stay]] = defaultdict(list)
    for row in rows:
        stay = Stay(row.from_date, row.to_date)
        if stay.ends < today:
            members.left.append(Member(row.user, row.from_date, row.to_date))
        elif row.kind == MembershipKind.CLASS_TEACHER:
            members.class_teachers.append(Member(row.user, row.from_date, row.to_date))
        else:
            students[row.user].append(stay)
    _add_students(members, students, class_group, today)
    members.left.sort(key=lambda member: member.to_date or today, reverse=True)
    return members


def _add_students(
    members: Members, students: Mapping[User, list[Stay]], class_group: ClassGroup, today: dt.date
) -> None:
    """Add each student once, with the stay that is first of those not over, and those that follow."""
    keys = (user.pk for user in students)
    others = _stays_of_others(keys, besides=[class_group], day=today)
    figures = student_figures(students)
    for user, stays in students.items():
        first, *again = _joined(stays)
        elsewhere = [_elsewhere(name, stay, [first, *again]) for name, stay in others[user.pk]]
        elsewhere.sort(key=lambda other: (other.is_after, other.stay.begins, other.name))
        member = Member(
            user,
            first.from_date,
            first.to_date,
            again=tuple(again),
            elsewhere=tuple(elsewhere),
            figures=[(figure.words, figure.links.get(user.pk)) for figure in figures],
        )
        (members.students if first.begins <= today else members.to_come).append(member)


def _joined(stays: Iterable[Stay]) -> list[Stay]:
    """Return the stays in their order, those that share a day as one."""
    joined: list[Stay] = []
    for stay in sorted(stays, key=lambda stay: stay.begins):
        if joined and stay.overlaps(joined[-1]):
            last = max(stay, joined[-1], key=lambda each: each.ends)
            joined[-1] = replace(joined[-1], to_date=last.to_date)
        else:
            joined.append(stay)
    return joined


def _elsewhere(name: str, stay: Stay, own: Sequence[Stay]) -> Elsewhere:
    if any(stay.overlaps(each) for each in own):
        return Elsewhere(name, stay)
    is_before = stay.ends < own[0].begins
    return Elsewhere(name, stay, is_before=is_before, is_after=not is_before)


def other_class_groups(
    user_ids: Iterable[int], *, besides: Sequence[ClassGroup], day: dt.date
) -> Mapping[int, list[str]]:
    """Return the names of the class groups in which these people are students on a day or later, by person."""
    stays = _stays_of_others(user_ids, besides=besides, day=day)
    return {pk: list(dict.fromkeys(name for name, _stay in found)) for pk, found in stays.items()}


def _stays_of_others(
    user_ids: Iterable[int], *, besides: Sequence[ClassGroup], day: dt.date
) -> Mapping[int, list[tuple[str, Stay]]]:
    rows = Membership.objects.of_students().not_over(day=day).exclude(class_group__in=besides)
    rows = rows.filter(class_group__archived_at=None).order_by("class_group__name_key", "pk")
    columns = ("user", "class_group__name", "from_date", "to_date")
    stays: dict[int, list[tuple[str, Stay]]] = defaultdict(list)
    for keys in in_batches(user_ids):
        for pk, name, first, last in rows.filter(user__in=keys).values_list(*columns):
            stays[pk].append((name, Stay(first, last)))
    return stays


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
