"""A demo school of an earlier release, or a term of planners' own: its timetable goes on as it is."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from edu_platform.demo.roster import CLASS_GROUPS, DEMO_TEACHER
from edu_platform.demo.school import fill_school
from schedule.enums import WeeklyLessonSource
from schedule.models import ClassGroup, Course, Lesson, Term
from schedule.terms.bells.bell_times import BellSpan
from schedule.terms.reading import bell_spans
from schedule.terms.weekly_lessons.writing import WeeklyLessonPlan, insert_weekly_lessons
from schedule.terms.writing import set_bell_times
from tests.factories.accounts import UserFactory
from tests.factories.schedule import TermFactory
from tests.support.demo_school import DAY, MONDAY_MORNING, demo_lessons, overlaps_of_people

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("in_china"),
    pytest.mark.only_on_sqlite("as the demo runs"),
]

HOURS = [BellSpan(dt.time(hour), dt.time(hour, 45)) for hour in (8, 9, 10, 14, 15)]


@pytest.fixture
def term() -> Term:
    """A term of before: lessons on the hour, of a course as it was called then, and two people with it."""
    teacher = UserFactory.create(
        username="wangjianguo", display_name="王老师", roles=(Role.TEACHER,)
    )
    term = TermFactory.create(name="2026年春季学期", first_monday=dt.date(2026, 2, 16), weeks=28)
    set_bell_times(term, HOURS)
    plan = WeeklyLessonPlan(
        course=Course.objects.create(name="数学课"),
        teacher=teacher,
        class_groups=(ClassGroup.objects.create(name="一年级1班"),),
        weekday=2,
        starts=dt.time(9),
        ends=dt.time(9, 45),
        first_bell=2,
        last_bell=2,
    )
    insert_weekly_lessons(term, [plan], source=WeeklyLessonSource.PAGE)
    return term


def test_it_keeps_its_timetable_until_its_term_is_over(term: Term, client: Client) -> None:
    for start in range(3):
        fill_school(at=MONDAY_MORNING + start * DAY)

    assert [*Term.objects.all()] == [term]
    assert bell_spans(term) == HOURS
    regular = Lesson.objects.exclude(pk__in=[lesson.pk for lesson in demo_lessons()])
    starts = [timezone.localtime(lesson.starts_at) for lesson in regular.order_by("starts_at")]
    assert [f"{start:%m-%d %H:%M}" for start in starts] == ["03-03 09:00", "03-10 09:00"]
    assert term.planned_lessons.filter(is_edited=False).count() == 2
    its_people_and_class_groups_are_there_once()
    for username in (DEMO_TEACHER, "fenglijuan"):
        client.force_login(User.objects.get(username=username))
        assert client.get("/schedule/").status_code in {200, 302}


def its_people_and_class_groups_are_there_once() -> None:
    assert User.objects.get(username="wangjianguo").display_name == "王老师"
    assert User.objects.count() == 153
    assert {group.name for group in ClassGroup.objects.all()} > set(CLASS_GROUPS)
    assert [course.name for course in Course.objects.filter(name__startswith="数学")] == ["数学课"]


def test_its_next_term_has_the_timetable_of_now(term: Term) -> None:
    autumn = term.last_day + DAY + dt.timedelta(hours=9)
    fill_school(at=timezone.make_aware(dt.datetime.combine(autumn, dt.time(9, 15))))

    holding = Term.objects.holding(autumn).get()
    assert holding != term
    assert Lesson.objects.count() > 500
    assert not Lesson.objects.filter(
        starts_at__lt=timezone.make_aware(dt.datetime.combine(autumn, dt.time.min))
    ).exists()
    assert [course.name for course in Course.objects.filter(name__startswith="数学")] == ["数学课"]
    assert overlaps_of_people() == []
