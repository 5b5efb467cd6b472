from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from schedule.enums import RecordMode, RoomType, WeeklyLessonSource
from schedule.models import ClassGroup, Course, Lesson, PlanningAction, Term, WeeklyLesson
from schedule.terms.planning.term_plan import PlanOptions, plan_term
from schedule.terms.weekly_lessons.bulk_writing import (
    WeeklyLessonDifference,
    replace_weekly_lessons,
)
from schedule.terms.weekly_lessons.week_ranges import EVEN, ODD, Weeks
from schedule.terms.weekly_lessons.writing import WeeklyLessonPlan
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    CourseFactory,
    TermFactory,
    WeeklyLessonFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def term() -> Term:
    return TermFactory.create(weeks=4)


@pytest.fixture
def plan(teacher: User) -> WeeklyLessonPlan:
    return WeeklyLessonPlan(
        course=CourseFactory.create(),
        teacher=teacher,
        class_groups=(ClassGroupFactory.create(),),
        weekday=1,
        starts=dt.time(8),
        ends=dt.time(8, 45),
    )


def replace_file(term: Term, *wanted: WeeklyLessonPlan) -> WeeklyLessonDifference:
    return replace_weekly_lessons(term, wanted, source=WeeklyLessonSource.FILE)


def counts(added: int = 0, changed: int = 0, unchanged: int = 0, removed: int = 0):
    return {"added": added, "changed": changed, "unchanged": unchanged, "removed": removed}


def test_new_weekly_lessons_are_added_with_what_is_usual(term: Term, plan: WeeklyLessonPlan):
    assistant = UserFactory.create()
    done = replace_file(term, replace(plan, assistants=(assistant,), weeks=Weeks(ODD)))

    assert done.counts() == counts(added=1)
    weekly_lesson = term.weekly_lessons.get()
    assert done.weekly_lesson_of == {0: weekly_lesson}
    assert weekly_lesson.source == WeeklyLessonSource.FILE
    assert (weekly_lesson.weeks, weekly_lesson.title, weekly_lesson.overlap_reason) == (ODD, "", "")
    assert (weekly_lesson.room_type, weekly_lesson.record_mode) == (0, RecordMode.AUTOMATIC)
    assert list(weekly_lesson.class_groups.all()) == list(plan.class_groups)
    assert list(weekly_lesson.assistants.all()) == [assistant]


def test_again_changes_nothing_and_leaves_the_term_alone(term: Term, plan: WeeklyLessonPlan):
    replace_file(term, plan)
    before = Term.objects.get()

    assert replace_file(term, plan).counts() == counts(unchanged=1)

    assert Term.objects.get().changed_at == before.changed_at


def test_change_says_that_the_term_awaits_planning(term: Term, plan: WeeklyLessonPlan):
    Term.objects.update(planned_at=timezone.now())

    replace_file(term, plan)

    assert Term.objects.get().awaits_planning


def test_what_a_plan_does_not_say_stays(term: Term, plan: WeeklyLessonPlan):
    assistant = UserFactory.create()
    replace_file(
        term,
        replace(
            plan,
            assistants=(assistant,),
            title="词",
            room_type=RoomType.LECTURE,
            record_mode=RecordMode.SIGNALLING,
            overlap_reason="走班",
            first_bell=1,
            last_bell=1,
        ),
    )

    unsaid = frozenset({"assistants", "title", "room_type", "overlap_reason"})
    done = replace_file(term, replace(plan, unsaid=unsaid))

    assert done.counts() == counts(unchanged=1)
    weekly_lesson = term.weekly_lessons.get()
    assert (weekly_lesson.title, weekly_lesson.room_type, weekly_lesson.record_mode) == ("词", 1, 3)
    assert (weekly_lesson.overlap_reason, weekly_lesson.first_bell) == ("走班", 1)
    assert list(weekly_lesson.assistants.all()) == [assistant]


def test_hours_of_the_clock_take_the_place_of_periods(term: Term, plan: WeeklyLessonPlan):
    replace_file(term, replace(plan, first_bell=1, last_bell=1))

    replace_file(term, replace(plan, ends=dt.time(9)))

    weekly_lesson = term.weekly_lessons.get()
    assert (weekly_lesson.first_bell, weekly_lesson.last_bell, weekly_lesson.ends) == (
        None,
        None,
        dt.time(9),
    )


def test_lessons_follow_a_weekly_lesson_that_moves_to_another_teacher(
    term: Term, plan: WeeklyLessonPlan
):
    replace_file(term, plan)
    plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))
    codes = set(Lesson.objects.values_list("code", flat=True))
    new = UserFactory.create(roles=[Role.TEACHER])
    moved = replace(plan, weekday=3, teacher=new, assistants=(plan.teacher,))

    assert replace_file(term, moved).counts() == counts(changed=1)
    done = plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))

    assert done.counts() == counts(changed=4)
    assert set(Lesson.objects.values_list("code", flat=True)) == codes
    assert list(term.weekly_lessons.get().assistants.all()) == [plan.teacher]


def test_of_several_those_that_stay_are_not_shifted(term: Term, plan: WeeklyLessonPlan):
    monday, wednesday, friday = (replace(plan, weekday=day) for day in (1, 3, 5))
    replace_file(term, monday, wednesday, friday)
    keys = dict(term.weekly_lessons.values_list("weekday", "pk"))

    done = replace_file(term, replace(wednesday, weekday=2), friday, replace(plan, weekday=4))

    assert done.counts() == counts(changed=2, unchanged=1)
    assert dict(term.weekly_lessons.values_list("weekday", "pk")) == {
        2: keys[1],
        4: keys[3],
        5: keys[5],
    }


def test_other_weeks_at_the_same_time_are_the_same_weekly_lesson(
    term: Term, plan: WeeklyLessonPlan
):
    odd, even = (replace(plan, weeks=Weeks(weeks)) for weeks in (ODD, EVEN))
    later = replace(plan, weekday=5)
    replace_file(term, odd, even, later)
    key_of_odd = term.weekly_lessons.get(weeks=ODD).pk

    done = replace_file(term, replace(odd, weeks=Weeks("1-3")), even, later)

    assert done.counts() == counts(changed=1, unchanged=2)
    assert term.weekly_lessons.get(weeks="1-3").pk == key_of_odd


def test_only_those_of_the_source_are_removed(term: Term, plan: WeeklyLessonPlan):
    by_page = WeeklyLessonFactory.create(term=term)
    by_fet = WeeklyLessonFactory.create(term=term, source=WeeklyLessonSource.FET)
    replace_file(term, plan)

    assert replace_file(term).counts() == counts(removed=1)

    assert set(term.weekly_lessons.all()) == {by_page, by_fet}


def test_same_weekly_lesson_of_a_page_is_taken_over(term: Term, plan: WeeklyLessonPlan):
    by_page = WeeklyLessonFactory.create(
        term=term,
        course=plan.course,
        class_groups=plan.class_groups,
        teacher=plan.teacher,
    )

    done = replace_file(term, plan)

    assert done.counts() == counts(changed=1)
    assert done.changed[0].source_before == WeeklyLessonSource.PAGE
    assert done.changed[0].before == done.changed[0].after
    assert list(term.weekly_lessons.values_list("pk", "source")) == [(by_page.pk, "file")]


def test_another_weekly_lesson_of_a_page_is_not(term: Term, plan: WeeklyLessonPlan):
    WeeklyLessonFactory.create(
        term=term, course=plan.course, class_groups=plan.class_groups, weekday=2
    )

    assert replace_file(term, plan).counts() == counts(added=1)


def test_same_weekly_lesson_of_a_page_stays_where_nothing_is_taken_over(
    term: Term, plan: WeeklyLessonPlan
):
    by_page = WeeklyLessonFactory.create(
        term=term, course=plan.course, class_groups=plan.class_groups
    )
    other = replace(plan, weekday=2)

    done = replace_weekly_lessons(
        term, [plan, other], source=WeeklyLessonSource.FET, takes_over=False
    )

    assert (done.counts(), done.left_out) == (counts(added=1), [0])
    assert done.weekly_lesson_of == {1: term.weekly_lessons.get(weekday=2)}
    by_page.refresh_from_db()
    assert by_page.source == WeeklyLessonSource.PAGE


def test_other_terms_stay_as_they_are(term: Term, plan: WeeklyLessonPlan):
    other = WeeklyLessonFactory.create(source=WeeklyLessonSource.FILE)

    replace_file(term, plan)

    assert WeeklyLesson.objects.filter(pk=other.pk).exists()


@pytest.mark.parametrize("rows", [1, 40])
def test_few_statements(term: Term, plan: WeeklyLessonPlan, rows: int):
    groups = [(ClassGroupFactory.create(),) for _number in range(3 * rows)]
    first = [replace(plan, class_groups=each, starts=dt.time(7)) for each in groups[: 2 * rows]]
    kept = [replace(each, assistants=(UserFactory.create(),)) for each in first[:rows]]
    new = [replace(plan, class_groups=each) for each in groups[2 * rows :]]
    replace_file(term, *first)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        done = replace_file(term, *kept, *new)

    assert done.counts() == counts(added=rows, changed=rows, removed=rows)
    assert len(queries) <= 30


def test_groups_and_courses_are_compared_by_what_they_are(term: Term, plan: WeeklyLessonPlan):
    one, other = ClassGroupFactory.create(), ClassGroupFactory.create()
    replace_file(term, replace(plan, class_groups=(one, other)))

    again = replace(
        plan,
        class_groups=(ClassGroup.objects.get(pk=other.pk), one),
        course=Course.objects.get(pk=plan.course.pk),
    )

    assert replace_file(term, again).counts() == counts(unchanged=1)
