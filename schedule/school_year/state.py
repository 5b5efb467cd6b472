"""Everything of the school that a new school year concerns: class groups, their people, and what is planned for them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from edu_platform.lib.versions import version_of
from schedule.class_groups.writing import version_of_texts
from schedule.enums import MembershipKind
from schedule.lessons.use import is_coming
from schedule.models import Channel, ClassGroup, Lesson, Membership, Term, WeeklyLesson
from schedule.week_grid import DAYS_A_WEEK, start_of_day


@dataclass(slots=True)
class GroupState:
    """A class group before the new school year."""

    class_group: ClassGroup
    # Memberships that are not over on the first day.
    memberships: list[Membership] = field(default_factory=list)
    # Coming lessons up to the first day, and those from then on.
    lessons_until: int = 0
    lessons_after: int = 0
    first_lesson: dt.datetime | None = None
    # Weekly lessons of terms of the new school year.
    weekly_lessons: int = 0
    # Terms with weekly lessons that began before the first day, and go on.
    running_terms: list[str] = field(default_factory=list)
    robots: int = 0

    @property
    def students(self) -> int:
        rows = self.memberships
        return len({row.user_id for row in rows if row.kind == MembershipKind.STUDENT})

    @property
    def class_teachers(self) -> list[User]:
        kind = MembershipKind.CLASS_TEACHER
        return list(
            {row.user_id: row.user for row in self.memberships if row.kind == kind}.values()
        )

    def coming_later(self, first_day: dt.date) -> int:
        """Return how many people are to come on that day or later."""
        days = (row.from_date for row in self.memberships)
        return sum(day is not None and day >= first_day for day in days)


@dataclass(frozen=True, slots=True)
class SchoolState:
    first_day: dt.date
    groups: Sequence[GroupState]
    # What it looks like: as long as that stays, the same is done.
    version: str


def new_terms(first_day: dt.date) -> QuerySet[Term]:
    """Return the terms of the school year with this first day, which may lie in the first week of one."""
    return Term.objects.filter(first_monday__gt=first_day - dt.timedelta(days=DAYS_A_WEEK))


def read_state(first_day: dt.date) -> SchoolState:
    """Return how things stand before a school year that begins on this day; seven queries for any number."""
    class_groups = list(ClassGroup.objects.active().order_by("name_key", "pk"))
    groups = {group.pk: GroupState(group) for group in class_groups}
    members = Membership.objects.not_over(day=first_day).filter(class_group__archived_at=None)
    for row in members.select_related("user").order_by("user__name_key", "pk"):
        if row.class_group_id in groups:
            groups[row.class_group_id].memberships.append(row)
    _add_lessons(groups, first_day)
    _add_weekly_lessons(groups, first_day)
    robots = Channel.objects.filter(class_group__in=groups).order_by()
    for pk, count in robots.values_list("class_group").annotate(count=Count("pk")):
        groups[pk].robots = count
    return SchoolState(first_day, list(groups.values()), _version(first_day, groups.values()))


def _add_lessons(groups: Mapping[int, GroupState], first_day: dt.date) -> None:
    """Count coming lessons; from the beginning of today on, so that none of them ends while a page is open."""
    begins = start_of_day(first_day)
    today = start_of_day(timezone.localdate())
    after = is_coming(begins)
    until = is_coming(today) & Q(starts_at__lt=begins)
    rows = Lesson.objects.filter(class_groups__in=groups, starts_at__gte=min(today, begins))
    counted = (
        rows.order_by()
        .values_list("class_groups")
        .annotate(
            until=Count("pk", filter=until),
            after=Count("pk", filter=after),
            first=Min("starts_at", filter=after),
        )
    )
    for pk, before, later, first in counted:
        group = groups[pk]
        group.lessons_until, group.lessons_after, group.first_lesson = before, later, first


def _add_weekly_lessons(groups: Mapping[int, GroupState], first_day: dt.date) -> None:
    is_new = set(new_terms(first_day).values_list("pk", flat=True))
    terms = Term.objects.not_over(first_day).in_bulk()
    rows = WeeklyLesson.objects.filter(term__in=terms, class_groups__in=groups).order_by()
    counts = rows.values_list("class_groups", "term").annotate(count=Count("pk"))
    running: dict[int, list[Term]] = defaultdict(list)
    for pk, term_id, count in counts:
        if term_id in is_new:
            groups[pk].weekly_lessons += count
        else:
            running[pk].append(terms[term_id])
    for pk, of_group in running.items():
        of_group.sort(key=lambda term: term.first_monday)
        groups[pk].running_terms = [term.name for term in of_group]


def _version(first_day: dt.date, groups: Collection[GroupState]) -> str:
    return version_of(
        str(first_day),
        [
            (
                version_of_texts(state.class_group),
                [
                    (row.pk, row.user_id, row.kind, row.from_date, row.to_date)
                    for row in sorted(state.memberships, key=lambda row: row.pk)
                ],
                *(state.lessons_until, state.lessons_after, state.weekly_lessons),
                *(state.running_terms, state.robots),
            )
            for state in sorted(groups, key=lambda state: state.class_group.pk)
        ],
    )
