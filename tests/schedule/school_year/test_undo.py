"""Undoing a school year: all is as it was, within a day and while nothing new hangs on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from accounts.enums import AuditKind, Role
from accounts.models import AuditEntry, Notice, User
from replays.models import Retention
from schedule.class_groups.writing import create_class_group
from schedule.enums import MembershipKind
from schedule.lessons.delete import delete_lessons
from schedule.models import ClassGroup, Membership, PlanningAction, SchoolYear, Term
from schedule.school_year.notices import YEAR_UNDONE_NOTICE
from schedule.school_year.undo import (
    UNDO_WITHIN,
    AlreadyUndone,
    UndoRefused,
    undo_school_year,
    undoing_of,
)
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ChannelFactory,
    ClassGroupFactory,
    LessonFactory,
    MembershipFactory,
    TermFactory,
    WeeklyLessonFactory,
    school_time,
)
from tests.support.erasing import erased
from tests.support.school_years import begin, rows_of_school

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def school(first_day: dt.date) -> ClassGroup:
    """A class group that rises, with a student, a class teacher, a robot and a weekly lesson of the new year; a last one."""
    group: ClassGroup = ClassGroupFactory.create(name="一年级1班")
    MembershipFactory.create(class_group=group)
    MembershipFactory.create(class_group=group, from_date=first_day + DAY)
    teacher = UserFactory.create(roles=[Role.TEACHER])
    kind = MembershipKind.CLASS_TEACHER
    MembershipFactory.create(class_group=group, user=teacher, kind=kind, to_date=first_day + DAY)
    ChannelFactory.create(class_group=group)
    Retention.objects.create(class_group=group, days=30)
    monday = first_day - first_day.weekday() * DAY
    term = TermFactory.create(first_monday=monday)
    WeeklyLessonFactory.create(term=term, class_groups=[group, ClassGroupFactory.create(name="团")])
    MembershipFactory.create(class_group=ClassGroupFactory.create(name="高三1班"))
    return group


@pytest.fixture
def year(school: ClassGroup, by: User, first_day: dt.date) -> SchoolYear:
    return begin(first_day, by=by)


def reasons(year: SchoolYear, *, at: dt.datetime | None = None) -> list[str]:
    with override("en"):
        undoing = undoing_of(year, at=at or timezone.now())
    return [reason.words for reason in undoing.reasons]


@pytest.mark.usefixtures("school")
def test_all_rows_are_as_they_were(by: User, first_day: dt.date):
    before = rows_of_school()
    year = begin(first_day, by=by)
    assert rows_of_school() != before

    undo_school_year(year, by=by)

    assert rows_of_school() == before
    year.refresh_from_db()
    assert (year.undone_by, AuditEntry.objects.latest("pk").kind) == (
        by,
        AuditKind.SCHOOL_YEAR_UNDONE,
    )


def test_audit_log_and_class_teachers_hear_of_it(year: SchoolYear, by: User):
    undo_school_year(year, by=by)

    ways = AuditEntry.objects.filter(kind=AuditKind.MEMBERS_CHANGED).order_by("-pk")[:4]
    assert sorted(entry.details["changes"] for entry in ways) == [
        "– → 高三1班",
        *["二年级1班 → 一年级1班"] * 3,
    ]
    notice = Notice.objects.get(kind=YEAR_UNDONE_NOTICE)
    assert notice.arguments["class_groups"] == ["一年级1班"]


def test_it_is_undone_once(year: SchoolYear, by: User):
    undo_school_year(year, by=by)

    with pytest.raises(AlreadyUndone):
        undo_school_year(year, by=by)


def test_year_can_begin_again_after_it(year: SchoolYear, by: User, first_day: dt.date):
    undo_school_year(year, by=by)

    assert begin(first_day, by=by).counts == year.counts


def test_day_after_it_is_too_late(year: SchoolYear, by: User):
    assert reasons(year, at=year.begun_at + UNDO_WITHIN) == []

    late = year.begun_at + UNDO_WITHIN + dt.timedelta(seconds=1)

    assert reasons(year, at=late) == ["More than a day is over since it began."]


def new_group() -> ClassGroup:
    return ClassGroup.objects.active().get(name="二年级1班")


def somebody_joins(_by: User) -> None:
    MembershipFactory.create(class_group=new_group())


def somebody_leaves(_by: User) -> None:
    membership = new_group().memberships.earliest("pk")
    membership.to_date = dt.date(2090, 1, 1)
    membership.save()


def somebody_is_corrected_before(_by: User) -> None:
    Membership.objects.filter(class_group__name="高三1班").update(from_date=dt.date(2020, 1, 1))


def it_is_renamed(_by: User) -> None:
    ClassGroup.objects.filter(pk=new_group().pk).update(name="二年级9班")


def old_one_comes_back(_by: User) -> None:
    ClassGroup.objects.filter(name="高三1班").update(archived_at=None)


def lesson_is_planned(_by: User) -> None:
    LessonFactory.create(class_groups=[new_group()], starts_at=school_time(60, 8))


def weekly_lesson_is_planned(_by: User) -> None:
    WeeklyLessonFactory.create(term=Term.objects.get(), class_groups=[new_group()], weekday=2)


def weekly_lesson_is_given_away(_by: User) -> None:
    (weekly_lesson,) = new_group().weekly_lessons.all()
    weekly_lesson.class_groups.remove(new_group())


def robot_is_added(_by: User) -> None:
    ChannelFactory.create(class_group=new_group())


def roster_brings_the_name(by: User) -> None:
    create_class_group(name="一年级1班", grade="", by=by)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (somebody_joins, "二年级1班, or who belongs to it, was changed since."),
        (somebody_leaves, "二年级1班, or who belongs to it, was changed since."),
        (somebody_is_corrected_before, "高三1班, or who belongs to it, was changed since."),
        (it_is_renamed, "二年级9班, or who belongs to it, was changed since."),
        (old_one_comes_back, "高三1班, or who belongs to it, was changed since."),
        (lesson_is_planned, "二年级1班: something else hangs on it by now (lessons)."),
        (
            weekly_lesson_is_planned,
            "二年级1班: something else hangs on it by now (weekly lessons).",
        ),
        (
            weekly_lesson_is_given_away,
            "二年级1班: something else hangs on it by now (weekly lessons).",
        ),
        (robot_is_added, "二年级1班: something else hangs on it by now (channels)."),
        (roster_brings_the_name, "一年级1班 is there anew"),
    ],
)
def test_what_hangs_on_it_is_named_and_refuses(
    year: SchoolYear, by: User, change: Callable[[User], None], reason: str
):
    change(by)
    before = rows_of_school()

    (words,) = reasons(year)

    assert words.startswith(reason)
    with pytest.raises(UndoRefused):
        undo_school_year(year, by=by)
    assert rows_of_school() == before


def test_class_group_that_was_deleted_refuses(year: SchoolYear):
    new_group().weekly_lessons.all().delete()
    Membership.objects.filter(class_group=new_group()).delete()
    ClassGroup.objects.filter(pk=new_group().pk).delete()

    assert "Some of its class groups were deleted since." in reasons(year)


def test_lesson_that_was_deleted_again_hangs_on_nothing(year: SchoolYear, by: User):
    lesson = LessonFactory.create(class_groups=[new_group()])
    delete_lessons([lesson], action=PlanningAction(by=by), at=timezone.now())

    assert reasons(year) == []
    undo_school_year(year, by=by)


def test_as_many_queries_say_what_stands_against_many_as_one(by: User, first_day: dt.date):
    def queries(year: SchoolYear) -> int:
        with CaptureQueriesContext(connection) as captured:
            undoing_of(year, at=timezone.now())
        return len(captured)

    ClassGroupFactory.create(name="一年级1班")
    year = begin(first_day, by=by)
    one = queries(year)
    undo_school_year(year, by=by)
    for number in range(2, 9):
        MembershipFactory.create(class_group=ClassGroupFactory.create(name=f"一年级{number}班"))

    assert queries(begin(first_day, by=by)) == one


def test_whoever_is_erased_since_belongs_to_no_class_group_again(by: User):
    membership = MembershipFactory.create(class_group=ClassGroupFactory.create(name="高三1班"))
    year = begin(timezone.localdate(), by=by)
    erased(membership.user)

    undo_school_year(year, by=by)

    assert not Membership.objects.not_over(day=timezone.localdate()).exists()


def test_erasing_somebody_of_a_class_group_that_rose_is_a_change_that_refuses_to_undo_it(by: User):
    group = ClassGroupFactory.create(name="一年级1班")
    goes, stays = (MembershipFactory.create(class_group=group).user for _number in range(2))
    year = begin(timezone.localdate(), by=by)
    erased(goes)

    with pytest.raises(UndoRefused):
        undo_school_year(year, by=by)

    assert "who belongs to it, was changed since" in " ".join(reasons(year))
    members = Membership.objects.not_over(day=timezone.localdate() + DAY)
    assert [(row.user, row.class_group.name) for row in members] == [(stays, "二年级1班")]
