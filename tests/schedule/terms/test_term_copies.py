"""Last year's plan, with this year's class groups."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from schedule.models import BellTime, ClassGroup, Term, WeeklyLesson
from schedule.terms.term_copies import TermCopy, copy_of, copy_term
from schedule.terms.weekly_lessons.writing import plan_of
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    MembershipFactory,
    TermFactory,
    WeeklyLessonFactory,
)
from tests.support.bell_lists import add_list

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> Term:
    return TermFactory.create(weeks=20)


@pytest.fixture
def target() -> Term:
    return TermFactory.create(weeks=16)


@pytest.fixture
def weekly_lesson(
    source: Term, teacher: User, assistant: User, class_group: ClassGroup
) -> WeeklyLesson:
    """On Mondays from 8:00 to 8:45, in odd weeks."""
    return WeeklyLessonFactory.create(
        source="file",
        term=source,
        teacher=teacher,
        assistants=[assistant],
        class_groups=[class_group],
        weeks="odd",
        title="复习",
        room_type=1,
        record_mode=1,
    )


@pytest.fixture
def counterparts(class_group: ClassGroup, other_class_group: ClassGroup) -> dict[int, ClassGroup]:
    return {class_group.pk: other_class_group}


def give_bells(term: Term, count: int, *, minutes: int = 45) -> None:
    for number in range(1, count + 1):
        start = dt.datetime.combine(term.first_monday, dt.time(7 + number))
        end = start + dt.timedelta(minutes=minutes)
        BellTime.objects.create(term=term, number=number, starts=start.time(), ends=end.time())


def copy(source: Term, target: Term, counterparts: Any, *, bells: bool = False) -> TermCopy:
    return copy_term(source, target, counterparts, copies_bells=bells)


def reasons(found: TermCopy) -> list[str]:
    return [each.reason for each in found.left_out]


def test_all_but_the_class_groups_is_as_it_was(
    source: Term,
    target: Term,
    weekly_lesson: WeeklyLesson,
    counterparts: dict[int, ClassGroup],
    other_class_group: ClassGroup,
):
    copy(source, target, counterparts)

    (made,) = target.weekly_lessons.all()
    before, after = plan_of(weekly_lesson).kept(), plan_of(made).kept()
    assert after == before | {"class_groups": [other_class_group.pk]}
    # A file that is imported takes nothing away of it.
    assert made.source == "page"


def test_again_adds_nothing(
    source: Term, target: Term, weekly_lesson: WeeklyLesson, counterparts: dict[int, ClassGroup]
):
    first = copy(source, target, counterparts)
    target.refresh_from_db()
    changed_at = target.changed_at
    again = copy(source, target, counterparts)

    assert [(len(each.wanted), each.there) for each in (first, again)] == [(1, 0), (0, 1)]
    target.refresh_from_db()
    assert target.changed_at == changed_at
    assert target.weekly_lessons.count() == 1


@pytest.fixture
def in_even_weeks(weekly_lesson: WeeklyLesson) -> WeeklyLesson:
    """The same course of the same class group at the same hour, with another teacher."""
    groups = weekly_lesson.class_groups.all()
    fields = {"term": weekly_lesson.term, "course": weekly_lesson.course, "class_groups": groups}
    return WeeklyLessonFactory.create(weeks="even", **fields)


def weeks_in(term: Term) -> list[str]:
    return sorted(term.weekly_lessons.values_list("weeks", flat=True))


@pytest.mark.usefixtures("in_even_weeks")
def test_lessons_in_turn_at_one_hour_both_come(
    source: Term, target: Term, counterparts: dict[int, ClassGroup]
):
    first = copy(source, target, counterparts)
    again = copy(source, target, counterparts)

    assert [(len(each.wanted), each.there) for each in (first, again)] == [(2, 0), (0, 2)]
    assert weeks_in(target) == ["even", "odd"]


@pytest.mark.usefixtures("in_even_weeks")
@pytest.mark.parametrize("missing", ["even", "odd"])
def test_lesson_of_the_other_weeks_does_not_stand_for_one_that_is_missing(
    source: Term, target: Term, counterparts: dict[int, ClassGroup], missing: str
):
    copy(source, target, counterparts)
    target.weekly_lessons.get(weeks=missing).delete()

    found = copy(source, target, counterparts)

    assert ([plan.weeks.text for plan in found.wanted], found.there) == ([missing], 1)
    assert weeks_in(target) == ["even", "odd"]


@pytest.mark.usefixtures("in_even_weeks")
def test_lesson_that_got_another_teacher_stands_for_none_of_other_weeks(
    source: Term, target: Term, counterparts: dict[int, ClassGroup], other_teacher: User
):
    copy(source, target, counterparts)
    target.weekly_lessons.get(weeks="odd").delete()
    target.weekly_lessons.update(teacher=other_teacher)

    found = copy(source, target, counterparts)

    assert ([plan.weeks.text for plan in found.wanted], found.there) == (["odd"], 1)


@pytest.mark.usefixtures("in_even_weeks")
def test_lesson_that_lost_weeks_stands_for_its_own(
    source: Term, target: Term, counterparts: dict[int, ClassGroup]
):
    copy(source, target, counterparts)
    target.weekly_lessons.get(weeks="odd").delete()
    target.weekly_lessons.update(weeks="2,4,6")

    found = copy(source, target, counterparts)

    assert ([plan.weeks.text for plan in found.wanted], found.there) == (["odd"], 1)


@pytest.mark.usefixtures("in_even_weeks")
def test_lesson_that_took_the_weeks_of_another_stands_for_its_own(
    source: Term, target: Term, weekly_lesson: WeeklyLesson, counterparts: dict[int, ClassGroup]
):
    copy(source, target, counterparts)
    target.weekly_lessons.get(weeks="odd").delete()
    target.weekly_lessons.update(weeks="2-16")

    found = copy(source, target, counterparts)

    assert (found.wanted, found.there) == ([], 1)
    assert [each.weekly_lesson for each in found.left_out] == [weekly_lesson]


@pytest.mark.usefixtures("in_even_weeks")
def test_part_of_a_lesson_given_away_stands_for_none_of_other_weeks(
    source: Term,
    target: Term,
    counterparts: dict[int, ClassGroup],
    other_teacher: User,
):
    copy(source, target, counterparts)
    target.weekly_lessons.get(weeks="even").delete()
    target.weekly_lessons.update(weeks="1,3,5")
    groups = list(counterparts.values())
    rest = {"term": target, "course": target.weekly_lessons.get().course, "class_groups": groups}
    WeeklyLessonFactory.create(weeks="7,9,11", teacher=other_teacher, **rest)

    found = copy(source, target, counterparts)

    assert ([plan.weeks.text for plan in found.wanted], found.there) == (["even"], 1)


def test_lesson_moved_to_other_weeks_of_the_same_teacher_is_there(
    source: Term, target: Term, weekly_lesson: WeeklyLesson, counterparts: dict[int, ClassGroup]
):
    copy(source, target, counterparts)
    target.weekly_lessons.update(weeks="even")

    found = copy(source, target, counterparts)

    assert (found.wanted, found.there, found.left_out) == ([], 1, [])


def test_lesson_that_was_changed_since_is_there(
    source: Term,
    target: Term,
    weekly_lesson: WeeklyLesson,
    counterparts: dict[int, ClassGroup],
    other_teacher: User,
):
    copy(source, target, counterparts)
    target.weekly_lessons.update(teacher=other_teacher, weeks="1-8")

    found = copy(source, target, counterparts)

    assert (found.wanted, found.there, found.left_out) == ([], 1, [])


def test_class_group_without_a_counterpart(source: Term, target: Term, weekly_lesson: WeeklyLesson):
    found = copy(source, target, {})

    assert [each.weekly_lesson for each in found.left_out] == [weekly_lesson]
    assert reasons(found) == ["它的班级都没有对应的班级。"]
    assert not target.weekly_lessons.exists()


def test_joint_lesson_goes_on_without_the_class_group_that_is_left_out(
    source: Term, target: Term, weekly_lesson: WeeklyLesson, counterparts: dict[int, ClassGroup]
):
    weekly_lesson.class_groups.add(ClassGroupFactory.create(name="三年级3班"))

    found = copy(source, target, counterparts)

    assert [each.reason for each in found.in_part] == ["不含没有对应班级的 三年级3班。"]
    assert target.weekly_lessons.count() == 1


def test_who_does_not_teach_any_more(
    source: Term,
    target: Term,
    weekly_lesson: WeeklyLesson,
    assistant: User,
    teacher: User,
    counterparts: dict[int, ClassGroup],
):
    assistant.role_grants.all().delete()
    in_part = copy_of(source, target, counterparts, copies_bells=False)
    User.objects.filter(pk=teacher.pk).update(is_active=False)
    found = copy(source, target, counterparts)

    assert [each.reason for each in in_part.in_part] == ["陈助教 没有老师角色。"]
    assert reasons(found) == ["李老师 没有可用的账号。"]
    assert not target.weekly_lessons.exists()


def test_weeks_end_with_the_term(
    source: Term, target: Term, weekly_lesson: WeeklyLesson, counterparts: dict[int, ClassGroup]
):
    WeeklyLesson.objects.update(weeks="1-3,15-18")
    beyond = WeeklyLessonFactory.create(
        term=source, class_groups=weekly_lesson.class_groups.all(), weekday=2, weeks="17-18"
    )

    found = copy(source, target, counterparts)

    assert [each.weeks for each in target.weekly_lessons.all()] == ["1-3,15-16"]
    assert [each.reason for each in found.in_part] == ["不含学期结束之后的周次。"]
    assert [(each.weekly_lesson, each.reason) for each in found.left_out] == [
        (beyond, "它的周次都在学期结束之后。")
    ]


class TestBells:
    def test_lessons_follow_the_bells_of_their_term(
        self,
        source: Term,
        target: Term,
        weekly_lesson: WeeklyLesson,
        counterparts: dict[int, ClassGroup],
    ):
        WeeklyLesson.objects.update(first_bell=2, last_bell=3)
        give_bells(target, 3, minutes=40)

        copy(source, target, counterparts, bells=True)

        made = target.weekly_lessons.get()
        assert (made.first_bell, made.last_bell) == (2, 3)
        assert (made.starts, made.ends) == (dt.time(9), dt.time(10, 40))

    def test_period_that_the_term_has_not(
        self,
        source: Term,
        target: Term,
        weekly_lesson: WeeklyLesson,
        counterparts: dict[int, ClassGroup],
    ):
        WeeklyLesson.objects.update(first_bell=2, last_bell=3)
        give_bells(target, 2)

        assert reasons(copy(source, target, counterparts)) == ["学期作息表没有第 3 节。"]

    def test_they_come_along_into_a_term_without_any(
        self,
        source: Term,
        target: Term,
        weekly_lesson: WeeklyLesson,
        counterparts: dict[int, ClassGroup],
    ):
        WeeklyLesson.objects.update(first_bell=1, last_bell=1)
        give_bells(source, 2)

        found = copy(source, target, counterparts, bells=True)

        assert len(found.bells) == 2
        assert target.bell_times.count() == 2
        assert target.weekly_lessons.get().first_bell == 1

    def test_without_any_lessons_keep_their_hours(
        self,
        source: Term,
        target: Term,
        weekly_lesson: WeeklyLesson,
        counterparts: dict[int, ClassGroup],
    ):
        WeeklyLesson.objects.update(first_bell=1, last_bell=1)
        give_bells(source, 2)

        copy(source, target, counterparts)

        made = target.weekly_lessons.get()
        assert (made.first_bell, made.starts) == (None, dt.time(8))
        assert not target.bell_times.exists()


def test_students_are_in_no_two(
    source: Term, target: Term, weekly_lesson: WeeklyLesson, counterparts: dict[int, ClassGroup]
):
    there = WeeklyLessonFactory.create(term=target)
    student = UserFactory.create(display_name="王小明")
    for group in (*there.class_groups.all(), *counterparts.values()):
        MembershipFactory.create(user=student, class_group=group)

    found = copy(source, target, counterparts)

    (reason,) = reasons(found)
    assert reason.startswith("王小明")
    assert there.course.name in reason


def test_what_is_there_stands_against_what_comes(
    source: Term,
    target: Term,
    weekly_lesson: WeeklyLesson,
    teacher: User,
    counterparts: dict[int, ClassGroup],
):
    WeeklyLessonFactory.create(
        term=target, teacher=teacher, starts=dt.time(8, 30), ends=dt.time(9), course__name="班会"
    )

    found = copy(source, target, counterparts)

    assert reasons(found) == ["李老师 这个时间在上每周安排的“班会 周一 08:30–09:00”"]
    assert target.weekly_lessons.count() == 1


def test_two_class_groups_that_become_one(
    source: Term, target: Term, weekly_lesson: WeeklyLesson, counterparts: dict[int, ClassGroup]
):
    other = WeeklyLessonFactory.create(term=source)
    (group,) = other.class_groups.all()
    (counterpart,) = counterparts.values()

    found = copy(source, target, {**counterparts, group.pk: counterpart})

    assert [each.weekly_lesson for each in found.left_out] == [other]
    assert len(found.wanted) == 1


def test_preview_writes_nothing(
    source: Term, target: Term, weekly_lesson: WeeklyLesson, counterparts: dict[int, ClassGroup]
):
    found = copy_of(source, target, counterparts, copies_bells=True)

    assert len(found.wanted) == 1
    assert not target.weekly_lessons.exists()


def test_as_many_queries_for_one_as_for_many(
    source: Term, target: Term, weekly_lesson: WeeklyLesson, counterparts: dict[int, ClassGroup]
):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            copy_of(source, target, counterparts, copies_bells=True)
        return len(asked)

    one = queries()
    for weekday in range(2, 7):
        WeeklyLessonFactory.create(
            term=source, weekday=weekday, class_groups=weekly_lesson.class_groups.all()
        )

    assert queries() == one


class TestBellLists:
    def test_come_along_with_the_bell_times(
        self, source: Term, target: Term, class_group: ClassGroup, other_class_group: ClassGroup
    ):
        give_bells(source, 2)
        add_list(source, "08:00-08:30", name="一班", class_groups=[class_group], weekdays=[5])
        add_list(source, "08:00-08:30", name="初中", grades=["七年级"])
        days = {"first_day": source.first_monday, "last_day": source.last_day}
        add_list(source, "08:00-08:30", name="冬", **days)
        gone = ClassGroupFactory.create()
        add_list(source, "08:00-08:30", name="二班", class_groups=[gone])

        done = copy(source, target, {class_group.pk: other_class_group}, bells=True)

        assert [shown["name"] for shown in done.shown()["left_out"]] == ["冬", "二班"]
        first, second = target.bell_lists.all()
        assert (first.name, first.weekdays, first.is_for_class_groups) == ("一班", [5], True)
        assert list(first.class_groups.all()) == [other_class_group]
        assert (second.name, second.grades) == ("初中", ["七年级"])
        assert [time.ends for time in second.times.all()] == [dt.time(8, 30)]

    def test_two_that_meet_in_the_grades_of_this_year_do_not_both_come(
        self, source: Term, target: Term, class_group: ClassGroup
    ):
        give_bells(source, 2)
        add_list(source, "08:00-08:30", name="初中", grades=["七年级"])
        add_list(source, "08:00-08:40", name="毕业班", class_groups=[class_group])
        seventh = ClassGroupFactory.create(grade="七年级")

        done = copy(source, target, {class_group.pk: seventh}, bells=True)

        assert [row.name for row in target.bell_lists.all()] == ["初中"]
        assert [shown["name"] for shown in done.shown()["left_out"]] == ["毕业班"]

    def test_stay_where_they_are_when_the_term_has_bell_times(self, source: Term, target: Term):
        give_bells(source, 2)
        give_bells(target, 2)
        add_list(source, "08:00-08:30", weekdays=[5])

        copy(source, target, {}, bells=True)

        assert not target.bell_lists.exists()
