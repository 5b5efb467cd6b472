"""A school year that begins, or is undone, while others plan for its class groups or change who belongs to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from edu_platform.lib.versions import NotAsShown
from schedule.class_groups.moving import ClassGroupGone, add_members
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.models import ClassGroup, Lesson, SchoolYear
from schedule.school_year.preview import preview_of
from schedule.school_year.undo import UndoRefused, undo_school_year
from schedule.school_year.writing import begin_school_year
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    CourseFactory,
    LessonFactory,
    MembershipFactory,
    school_time,
)
from tests.support.school_years import begin, proposed_wish, stays_of
from tests.support.threads import done_during

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite lets one transaction write at a time"
    ),
]


@pytest.fixture
def group() -> ClassGroup:
    group: ClassGroup = ClassGroupFactory.create(name="一年级1班")
    MembershipFactory.create(class_group=group)
    return group


def outcome_of(act: Callable[[], object]) -> type[Exception] | None:
    try:
        act()
    except (NotAsShown, ChangedMeanwhile, ClassGroupGone, UndoRefused) as err:
        return type(err)
    return None


def test_second_of_two_who_begin_it_finds_it_begun(group: ClassGroup, by: User, first_day: dt.date):
    wish = proposed_wish(first_day)
    known = preview_of(wish).version

    outcome = done_during(
        lambda: begin_school_year(wish, by=by, known=known),
        lambda: outcome_of(lambda: begin_school_year(wish, by=by, known=known)),
    )

    assert outcome is NotAsShown
    assert SchoolYear.objects.count() == 1


def test_lesson_that_is_planned_meanwhile_finds_its_class_group_archived(
    group: ClassGroup, by: User, first_day: dt.date, teacher: User
):
    course = CourseFactory.create()
    moment = school_time(60, 8)

    def plan() -> object:
        return LessonFactory.create(
            course=course, teacher=teacher, class_groups=[group], starts_at=moment
        )

    outcome = done_during(lambda: begin(first_day, by=by), lambda: outcome_of(plan))

    assert outcome is ChangedMeanwhile
    assert not Lesson.objects.exists()


def test_school_year_waits_for_a_lesson_that_is_planned_and_sees_it(
    group: ClassGroup, by: User, first_day: dt.date, teacher: User
):
    wish = proposed_wish(first_day)
    known = preview_of(wish).version

    outcome = done_during(
        lambda: LessonFactory.create(
            teacher=teacher, class_groups=[group], starts_at=school_time(60, 8)
        ),
        lambda: outcome_of(lambda: begin_school_year(wish, by=by, known=known)),
    )

    assert outcome is NotAsShown
    assert not SchoolYear.objects.exists()


def test_who_joins_meanwhile_is_told_that_the_class_group_is_archived(
    group: ClassGroup, by: User, first_day: dt.date
):
    user = UserFactory.create()

    outcome = done_during(
        lambda: begin(first_day, by=by),
        lambda: outcome_of(lambda: add_members([user], [group], today=timezone.localdate(), by=by)),
    )

    assert outcome is ClassGroupGone
    assert stays_of(user) == []


def test_undo_waits_for_who_joins_and_is_refused(group: ClassGroup, by: User, first_day: dt.date):
    year = begin(first_day, by=by)
    new = ClassGroup.objects.active().get()
    user = UserFactory.create()

    outcome = done_during(
        lambda: add_members([user], [new], today=timezone.localdate(), by=by),
        lambda: outcome_of(lambda: undo_school_year(year, by=by)),
    )

    assert outcome is UndoRefused
    assert ClassGroup.objects.active().get() == new
