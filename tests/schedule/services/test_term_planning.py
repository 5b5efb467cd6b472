from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import User
from schedule.enums import DayKind
from schedule.models import Lesson, Pattern, PlannedLesson, PlanningAction, Term, TermDay
from schedule.services.lesson_deletion import delete_lessons
from schedule.services.lessons import cancel_lesson, change_lesson, plan_of
from schedule.services.term_planning import PlanConflicts, plan_term
from schedule.terms.difference import TermDifference
from tests.factories.schedule import LessonFactory, PatternFactory, TermFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def term() -> Term:
    return TermFactory.create(weeks=4)


@pytest.fixture
def pattern(term: Term, teacher: User) -> Pattern:
    return PatternFactory.create(term=term, teacher=teacher)


def plan(term: Term, **how: bool) -> TermDifference:
    return plan_term(term, action=PlanningAction(), at=timezone.now(), **how)


def planned(term: Term) -> list[dt.datetime]:
    rows = Lesson.objects.filter(planned__term=term).order_by("starts_at")
    return [timezone.localtime(starts_at) for starts_at in rows.values_list("starts_at", flat=True)]


def days(term: Term, *numbers: int) -> list[dt.date]:
    return [term.first_monday + dt.timedelta(days=number) for number in numbers]


def test_each_week_gets_its_lesson(term: Term, pattern: Pattern):
    assert plan(term).counts() == {"added": 4, "changed": 0, "unchanged": 0, "removed": 0}

    assert [start.date() for start in planned(term)] == days(term, 0, 7, 14, 21)
    assert {start.time() for start in planned(term)} == {dt.time(8)}


def test_again_changes_nothing(term: Term, pattern: Pattern):
    plan(term)
    before = list(Lesson.objects.order_by("pk").values())

    assert plan(term).counts() == {"added": 0, "changed": 0, "unchanged": 4, "removed": 0}

    assert list(Lesson.objects.order_by("pk").values()) == before


def test_day_that_makes_up_has_the_lessons_of_the_holiday(term: Term, pattern: Pattern):
    plan(term)
    codes = set(Lesson.objects.values_list("code", flat=True))
    holiday, saturday = days(term, 7, 5)
    TermDay.objects.create(term=term, date=holiday, kind=DayKind.HOLIDAY)
    TermDay.objects.create(term=term, date=saturday, kind=DayKind.WORKDAY, plan_weekday=1)

    assert plan(term).counts() == {"added": 0, "changed": 1, "unchanged": 3, "removed": 0}

    assert [start.date() for start in planned(term)] == days(term, 0, 5, 14, 21)
    assert set(Lesson.objects.values_list("code", flat=True)) == codes


def test_lessons_follow_their_pattern_to_another_weekday(term: Term, pattern: Pattern):
    plan(term)
    codes = list(Lesson.objects.order_by("starts_at").values_list("code", flat=True))
    Pattern.objects.update(weekday=3)

    assert plan(term).counts() == {"added": 0, "changed": 4, "unchanged": 0, "removed": 0}

    assert [start.date() for start in planned(term)] == days(term, 2, 9, 16, 23)
    assert list(Lesson.objects.order_by("starts_at").values_list("code", flat=True)) == codes


def test_what_somebody_edited_is_left_alone(term: Term, pattern: Pattern):
    plan(term)
    moved, cancelled, deleted, rest = Lesson.objects.order_by("starts_at")
    later = dataclasses.replace(plan_of(moved), ends_at=moved.ends_at + dt.timedelta(minutes=5))
    change_lesson(moved, later)
    cancel_lesson(cancelled, reason="", at=timezone.now())
    delete_lessons([deleted], at=timezone.now())
    Pattern.objects.update(starts=dt.time(9), ends=dt.time(9, 45))

    done = plan(term)

    assert done.counts() == {"added": 0, "changed": 1, "unchanged": 3, "removed": 0}
    rest.refresh_from_db()
    assert timezone.localtime(rest.starts_at).time() == dt.time(9)
    assert Lesson.objects.count() == 3


def test_removed_pattern_takes_its_coming_lessons_with_it(term: Term, pattern: Pattern):
    plan(term)
    pattern.delete()

    assert plan(term).counts() == {"added": 0, "changed": 0, "unchanged": 0, "removed": 4}

    assert not Lesson.objects.exists()
    assert not PlannedLesson.objects.exists()


def test_who_is_taken_stands_against_the_plan(term: Term, pattern: Pattern, teacher: User):
    start = timezone.make_aware(dt.datetime.combine(days(term, 7)[0], dt.time(8, 30)))
    other = LessonFactory.create(teacher=teacher, starts_at=start)

    with pytest.raises(PlanConflicts) as caught:
        plan(term)

    (conflict,) = caught.value.difference.conflicts
    assert (conflict.lesson_id, conflict.holder.pk) == (other.pk, teacher.pk)
    assert plan(term, leaves_out_conflicts=True).counts()["added"] == 3
