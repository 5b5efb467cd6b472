"""Counts of what there is of a school at its beginning, read once for all steps."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from accounts.enums import Role
from accounts.models import RoleGrant, SchoolSettings, User
from edu_platform.start.cloud_checks import last_checks
from schedule.enums import DayKind, DaySource, LessonState
from schedule.models import ClassGroup, LastEntry, Lesson, Membership, Term, WeeklyLesson
from schedule.people.filters import Filters, State
from schedule.people.reading import people_of
from schedule.terms.days.national_calendar import is_followed, unpublished_years


@dataclass(frozen=True, slots=True)
class People:
    teachers: int
    students: int
    class_groups: int
    # Students whom no class group has: no lesson is theirs.
    without_class_group: int
    # People of any role with neither a password nor another way to sign in.
    without_sign_in: int

    @property
    def are_enough(self) -> bool:
        return bool(self.teachers and self.students and self.class_groups)


@dataclass(frozen=True, slots=True)
class TermFacts:
    term: Term
    bells: int
    holidays: int
    # Days that the national calendar does not know yet, and nobody has entered.
    unpublished_years: tuple[int, ...]
    weekly_lessons: int
    # Class groups that no weekly lesson has.
    groups_without: int


@dataclass(frozen=True, slots=True)
class Facts:
    school: SchoolSettings
    people: People
    # The one that runs or comes next, else the last.
    term: TermFacts | None
    published: int
    drafts: int
    # Who entered a class last.
    entry: LastEntry | None
    follows_national_calendar: bool
    # Somebody has had the connection to the cloud checked.
    were_checked: bool


def read_facts(school: SchoolSettings, at: dt.datetime) -> Facts:
    """Count what there is; some ten queries, while the first hour lasts."""
    today = timezone.localdate(at)
    lessons = Lesson.objects.aggregate(
        published=Count("pk", filter=Q(state=LessonState.PUBLISHED)),
        drafts=Count("pk", filter=Q(state=LessonState.DRAFT)),
    )
    return Facts(
        school,
        _people(today),
        _term(today),
        **lessons,
        entry=LastEntry.objects.select_related("user", "lesson__course")
        .order_by("-entered_at")
        .first(),
        follows_national_calendar=is_followed(),
        were_checked=school.cloud_in_order_at is not None or last_checks() is not None,
    )


def _people(today: dt.date) -> People:
    active = RoleGrant.objects.filter(user__is_active=True)
    counts = active.aggregate(
        teachers=Count("pk", filter=Q(role=Role.TEACHER)),
        students=Count("pk", filter=Q(role=Role.STUDENT)),
    )
    # Also those who come to theirs later.
    member = Membership.objects.of_students().not_over(day=today).filter(user=OuterRef("pk"))
    alone = User.objects.active().with_role(Role.STUDENT).filter(~Exists(member))
    return People(
        counts["teachers"],
        counts["students"],
        ClassGroup.objects.active().count(),
        without_class_group=alone.count(),
        without_sign_in=people_of(Filters(state=State.NO_PASSWORD)).count(),
    )


def _term(today: dt.date) -> TermFacts | None:
    coming = Term.objects.not_over(today).order_by("first_monday").first()
    term = coming or Term.objects.order_by("-first_monday").first()
    if term is None:
        return None
    with_lesson = WeeklyLesson.class_groups.through.objects.filter(
        weekly_lesson__term=term, classgroup=OuterRef("pk")
    )
    return TermFacts(
        term,
        bells=term.bell_times.count(),
        holidays=term.days.filter(kind=DayKind.HOLIDAY).count(),
        unpublished_years=_unpublished_years(term),
        weekly_lessons=term.weekly_lessons.count(),
        groups_without=ClassGroup.objects.active().filter(~Exists(with_lesson)).count(),
    )


def _unpublished_years(term: Term) -> tuple[int, ...]:
    """As Today tells of them: what was entered by hand is known."""
    years = unpublished_years(term.first_monday, term.last_day)
    if not years:
        return ()
    dates = term.days.filter(source=DaySource.HAND).values_list("date", flat=True)
    entered = {date.year for date in dates}
    return tuple(year for year in years if year not in entered)
