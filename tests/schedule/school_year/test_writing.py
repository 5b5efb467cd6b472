"""Beginning a school year: what becomes of class groups, people, plans and robots, and what refuses it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from accounts.enums import AuditKind, Role
from accounts.models import AuditEntry, Notice, User
from edu_platform.lib.versions import NotAsShown
from replays.models import Retention
from schedule.class_groups.writing import create_class_group
from schedule.enums import MembershipKind
from schedule.models import ClassGroup, Lesson, Membership, SchoolYear, Term
from schedule.school_year.preview import preview_of
from schedule.school_year.wish import STAYS, WishedRow, YearAction, YearWish
from schedule.school_year.writing import YearRefused, begin_school_year
from tests.cast import SignedIn
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
from tests.support.school_years import begin, proposed_wish, stays_of

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
LEAVES = WishedRow(YearAction.LEAVE)
ARCHIVED_ONLY = WishedRow(YearAction.ARCHIVE)


def rises_to(name: str) -> WishedRow:
    return WishedRow(YearAction.RISE, name)


def named(name: str) -> ClassGroup:
    return ClassGroup.objects.active().get(name=name)


def member_of(group: ClassGroup, **fields: Any) -> User:
    user: User = MembershipFactory.create(class_group=group, **fields).user
    return user


def faults_of(wish: YearWish) -> list[str]:
    with override("en"):
        preview = preview_of(wish)
    return [*preview.faults, *(fault.words for row in preview.rows for fault in row.faults)]


def test_people_go_on_in_the_next_grade_and_keep_their_old_class_group(
    by: User, first_day: dt.date
):
    old, above = (
        ClassGroupFactory.create(name="一年级1班"),
        ClassGroupFactory.create(name="二年级1班"),
    )
    student, older = member_of(old), member_of(above)

    begin(first_day, by=by)

    last_day = first_day - DAY
    assert stays_of(student) == [("一年级1班", None, last_day), ("二年级1班", first_day, None)]
    assert stays_of(older) == [("二年级1班", None, last_day), ("三年级1班", first_day, None)]
    old.refresh_from_db()
    above.refresh_from_db()
    assert old.archived_at is not None
    assert above.archived_at is not None
    assert named("二年级1班").grade == "二年级"
    # The name is free for those who come.
    create_class_group(name="一年级1班", grade="", by=by)


def test_last_grade_leaves_with_the_old_year(by: User, first_day: dt.date):
    graduate = member_of(ClassGroupFactory.create(name="高三(1)班"))

    begin(first_day, by=by)

    assert stays_of(graduate) == [("高三(1)班", None, first_day - DAY)]
    assert not ClassGroup.objects.active().exists()


def test_students_still_see_the_lessons_of_their_old_class_group(
    by: User, first_day: dt.date, signed_in: SignedIn
):
    old = ClassGroupFactory.create(name="一年级1班")
    student = member_of(old)
    lesson = LessonFactory.create(class_groups=[old], starts_at=school_time(-30, 8))

    begin(first_day, by=by)

    with time_machine.travel(school_time(60, 8)):
        answer = signed_in(student).get(f"/schedule/lessons/{lesson.code}/")
    assert answer.status_code == 200


def test_class_teachers_go_on_and_are_told_once(by: User, first_day: dt.date):
    teacher = UserFactory.create(roles=[Role.TEACHER])
    for name in ("一年级1班", "高一(2)班"):
        group = ClassGroupFactory.create(name=name)
        member_of(group, user=teacher, kind=MembershipKind.CLASS_TEACHER)

    begin(first_day, by=by)

    taught = Membership.objects.of_class_teachers().on(day=first_day).filter(user=teacher)
    names = set(taught.values_list("class_group__name", flat=True))
    assert names == {"二年级1班", "高二(2)班"}
    notice = Notice.objects.get(user=teacher)
    assert set(notice.arguments["class_groups"]) == {
        "一年级1班 → 二年级1班",
        "高一(2)班 → 高二(2)班",
    }


def test_class_groups_without_a_grade_stay_as_they_are(by: User, first_day: dt.date):
    choir = ClassGroupFactory.create(name="合唱团")
    singer = member_of(choir)
    ClassGroupFactory.create(name="一年级1班")

    begin(first_day, by=by)

    assert named("合唱团") == choir
    assert stays_of(singer) == [("合唱团", None, None)]


def test_class_group_that_is_archived_only_keeps_its_people(by: User, first_day: dt.date):
    group = ClassGroupFactory.create(name="一年级1班")
    student = member_of(group)

    begin(first_day, by=by, 一年级1班=ARCHIVED_ONLY)

    group.refresh_from_db()
    assert group.archived_at is not None
    assert stays_of(student) == [("一年级1班", None, None)]


def test_days_that_were_entered_ahead_are_kept(by: User, first_day: dt.date):
    group = ClassGroupFactory.create(name="一年级1班")
    later, over = first_day + 30 * DAY, first_day - 10 * DAY
    guest = member_of(group, to_date=later)
    comer = member_of(group, from_date=later)
    former = member_of(group, to_date=over)

    begin(first_day, by=by)

    assert stays_of(guest) == [
        ("一年级1班", None, first_day - DAY),
        ("二年级1班", first_day, later),
    ]
    assert stays_of(comer) == [("二年级1班", later, None)]
    assert stays_of(former) == [("一年级1班", None, over)]


def test_grade_that_somebody_wrote_rises_too(by: User, first_day: dt.date):
    ClassGroupFactory.create(name="1-3班", grade="一年级")
    ClassGroupFactory.create(name="2024级1班")

    begin(first_day, by=by, **{"1-3班": rises_to("2-3班")})

    assert named("2-3班").grade == "二年级"
    assert named("2024级1班").grade == "2024级"


def test_what_is_planned_for_the_new_year_follows_and_its_term_waits(by: User, first_day: dt.date):
    monday = first_day - first_day.weekday() * DAY
    old, choir = ClassGroupFactory.create(name="一年级1班"), ClassGroupFactory.create(name="合唱团")
    term = TermFactory.create(first_monday=monday)
    over = TermFactory.create(first_monday=monday - 40 * 7 * DAY, weeks=20)
    shared = WeeklyLessonFactory.create(term=term, class_groups=[old, choir])
    of_before = WeeklyLessonFactory.create(term=over, class_groups=[old])
    Term.objects.filter(pk=term.pk).update(planned_at=timezone.now())

    begin(first_day, by=by)

    assert set(shared.class_groups.all()) == {named("二年级1班"), choir}
    assert list(of_before.class_groups.all()) == [old]
    term.refresh_from_db()
    assert term.awaits_planning


def test_robots_and_retention_of_replays_go_along(by: User, first_day: dt.date):
    old = ClassGroupFactory.create(name="高一1班")
    channel = ChannelFactory.create(class_group=old)
    Retention.objects.create(class_group=old, days=400)

    begin(first_day, by=by)

    channel.refresh_from_db()
    new = named("高二1班")
    assert channel.class_group == new
    days = Retention.objects.values_list("class_group", "days").order_by("pk")
    assert list(days) == [(old.pk, 400), (new.pk, 400)]


def test_audit_log_names_the_year_each_class_group_and_each_person(by: User, first_day: dt.date):
    student = member_of(ClassGroupFactory.create(name="一年级1班"))
    graduate = member_of(ClassGroupFactory.create(name="六年级1班"))

    year = begin(first_day, by=by)

    entry = AuditEntry.objects.get(kind=AuditKind.SCHOOL_YEAR_BEGUN)
    assert (entry.actor, entry.object_text) == (by, str(first_day))
    assert year.counts == {"rise": 1, "leave": 1, "stay": 0, "archive": 0, "people": 2}
    ways = {
        entry.person: entry.details["changes"]
        for entry in AuditEntry.objects.filter(kind=AuditKind.MEMBERS_CHANGED)
    }
    assert ways == {
        student: f"一年级1班 → 二年级1班 · {first_day}",
        graduate: f"六年级1班 → – · {first_day}",
    }


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"一年级1班": rises_to("")}, "write what it is called then"),
        ({"一年级1班": rises_to("三年级1班")}, "Two class groups would be called 三年级1班"),
        ({"一年级1班": rises_to("一;1")}, "A name has no ; in it"),
        ({"一年级1班": rises_to("一" * 65)}, "at most 64 characters"),
        ({"二年级1班": STAYS}, "二年级1班 stays as it is, and has this name"),
        ({"一年级1班": STAYS, "二年级1班": STAYS}, "All class groups stay as they are"),
    ],
)
def test_row_that_cannot_be_says_why(
    by: User, first_day: dt.date, changed: dict[str, WishedRow], fault: str
):
    for name in ("一年级1班", "二年级1班"):
        ClassGroupFactory.create(name=name)
    wish = proposed_wish(first_day, **changed)

    assert any(fault in words for words in faults_of(wish))
    with pytest.raises(YearRefused):
        begin_school_year(wish, by=by)
    assert not SchoolYear.objects.exists()
    assert not ClassGroup.objects.filter(archived_at__isnull=False).exists()


@pytest.mark.parametrize("wished", [rises_to("二年级1班"), LEAVES, ARCHIVED_ONLY])
def test_lessons_of_the_new_year_refuse_what_ends_their_class_group(
    first_day: dt.date, wished: WishedRow
):
    group = ClassGroupFactory.create(name="一年级1班")
    LessonFactory.create(class_groups=[group], starts_at=school_time(39, 8))
    wish = proposed_wish(first_day, 一年级1班=wished)
    assert faults_of(wish) == []

    LessonFactory.create(class_groups=[group], starts_at=school_time(40, 0))

    with override("en"):
        (fault,) = preview_of(wish).rows[0].faults
    assert "1 lesson is planned for it on that day or later" in fault.words
    assert f"from={first_day}" in fault.address
    assert preview_of(wish).rows[0].state.lessons_until == 1


@pytest.mark.parametrize("wished", [LEAVES, ARCHIVED_ONLY])
def test_weekly_lessons_of_the_new_year_refuse_a_class_group_that_ends(
    first_day: dt.date, wished: WishedRow
):
    group = ClassGroupFactory.create(name="一年级1班")
    monday = first_day - first_day.weekday() * DAY + 7 * DAY
    term = TermFactory.create(first_monday=monday)
    WeeklyLessonFactory.create(term=term, class_groups=[group])

    assert any(
        "1 weekly lesson of the new school year" in words
        for words in faults_of(proposed_wish(first_day, 一年级1班=wished))
    )
    assert faults_of(proposed_wish(first_day)) == []


def test_term_that_goes_on_refuses(first_day: dt.date):
    group = ClassGroupFactory.create(name="一年级1班")
    monday = first_day - first_day.weekday() * DAY - 7 * DAY
    term = TermFactory.create(name="暑期", first_monday=monday, weeks=4)
    WeeklyLessonFactory.create(term=term, class_groups=[group])

    (fault,) = faults_of(proposed_wish(first_day))

    assert "a term that goes on after that day: 暑期" in fault


def test_people_who_are_to_come_refuse_that_their_class_group_leaves(first_day: dt.date):
    group = ClassGroupFactory.create(name="高三1班")
    member_of(group, from_date=first_day)

    (fault,) = faults_of(proposed_wish(first_day))

    assert "1 person is to come to it on that day or later" in fault


def test_year_begins_once(by: User, first_day: dt.date):
    ClassGroupFactory.create(name="一年级1班")
    begin(first_day, by=by)

    assert any("has begun already" in words for words in faults_of(proposed_wish(first_day)))
    later = proposed_wish(first_day + 365 * DAY)
    assert faults_of(later) == []


def change_member(group: ClassGroup) -> None:
    member_of(group)


def rename(group: ClassGroup) -> None:
    ClassGroup.objects.filter(pk=group.pk).update(name="一年级9班")


def archive(group: ClassGroup) -> None:
    ClassGroup.objects.filter(pk=group.pk).update(archived_at=timezone.now())


def plan(group: ClassGroup) -> None:
    LessonFactory.create(class_groups=[group], starts_at=school_time(5, 8))


def add_another(_group: ClassGroup) -> None:
    ClassGroupFactory.create(name="九年级9班")


@pytest.mark.parametrize("change", [change_member, rename, archive, plan, add_another])
def test_only_what_the_page_showed_is_done(by: User, first_day: dt.date, change: Any):
    group = ClassGroupFactory.create(name="一年级1班")
    member_of(group)
    wish = proposed_wish(first_day)
    known = preview_of(wish).version

    change(group)

    with pytest.raises(NotAsShown):
        begin_school_year(wish, by=by, known=known)
    assert not SchoolYear.objects.exists()


def test_as_many_queries_show_many_class_groups_as_one(first_day: dt.date):
    def queries() -> int:
        wish = proposed_wish(first_day)
        with CaptureQueriesContext(connection) as captured:
            preview_of(wish)
        return len(captured)

    teacher = UserFactory.create(roles=[Role.TEACHER])
    group = ClassGroupFactory.create(name="一年级1班")
    member_of(group, user=teacher, kind=MembershipKind.CLASS_TEACHER)
    LessonFactory.create(class_groups=[group])
    WeeklyLessonFactory.create(class_groups=[group])
    one = queries()

    for number in range(2, 9):
        more = ClassGroupFactory.create(name=f"一年级{number}班")
        member_of(more)
        LessonFactory.create(class_groups=[more])
        WeeklyLessonFactory.create(class_groups=[more])

    assert queries() == one
    assert Lesson.objects.count() == 8
