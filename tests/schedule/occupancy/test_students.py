"""A student who is in two class groups is in no two lessons at once, on every way into the timetable."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from schedule.enums import MembershipKind
from schedule.lessons.cancel import cancel_lesson, restore_lesson
from schedule.lessons.change import change_lesson, change_lessons, schedule_lesson, schedule_lessons
from schedule.lessons.plan import LessonPlan, plan_of
from schedule.lessons.taking import LessonOverlaps
from schedule.models import ClassGroup, Lesson, PlanningAction
from schedule.occupancy.words import StudentsTaken
from schedule.terms.planning.term_plan import PlanConflicts, PlanOptions, plan_term
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    CourseFactory,
    LessonFactory,
    MembershipFactory,
    TermFactory,
    WeeklyLessonFactory,
    school_time,
)
from tests.support.threads import all_at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def class_group() -> ClassGroup:
    return ClassGroupFactory.create(name="一班")


@pytest.fixture
def english() -> ClassGroup:
    return ClassGroupFactory.create(name="英语A班")


@pytest.fixture
def student(class_group: ClassGroup, english: ClassGroup) -> User:
    user = UserFactory.create(display_name="王小明")
    for group in (class_group, english):
        MembershipFactory.create(user=user, class_group=group)
    return user


@pytest.fixture
def there(student: User, class_group: ClassGroup) -> Lesson:
    return LessonFactory.create(class_groups=[class_group], starts_at=school_time(1, 8))


def plan(*class_groups: ClassGroup, **fields) -> LessonPlan:
    values = {
        "course": CourseFactory.create(),
        "teacher": UserFactory.create(roles=[Role.TEACHER]),
        "class_groups": class_groups,
        "starts_at": school_time(1, 8, 30),
        "ends_at": school_time(1, 9, 15),
    }
    return LessonPlan(**{**values, **fields})


def join(user: User, *groups: ClassGroup, **days: dt.date) -> None:
    for group in groups:
        MembershipFactory.create(user=user, class_group=group, **days)


class TestOneLesson:
    @pytest.mark.both_databases("each finds overlaps in its own way")
    def test_student_is_named_with_the_other_lesson(self, there, english):
        with pytest.raises(LessonOverlaps) as caught:
            schedule_lesson(plan(english))

        taken = caught.value.taken
        assert isinstance(taken, StudentsTaken)
        assert (taken.students, taken.class_group, taken.other_group, taken.lesson) == (
            ("王小明",),
            "英语A班",
            "一班",
            there,
        )
        assert Lesson.objects.get() == there

    def test_after_it_they_are_free(self, there, english):
        assert schedule_lesson(plan(english, starts_at=there.ends_at)).pk

    def test_membership_of_other_days_counts_nothing(self, class_group, english):
        today = timezone.localdate()
        for days in (
            {"to_date": today - dt.timedelta(days=1)},
            {"from_date": today + dt.timedelta(days=2)},
        ):
            user = UserFactory.create()
            join(user, english)
            join(user, class_group, **days)
        LessonFactory.create(class_groups=[class_group], starts_at=school_time(1, 8))

        assert schedule_lesson(plan(english)).pk

    def test_both_days_of_a_membership_count(self, class_group, english):
        user = UserFactory.create()
        day = timezone.localdate() + dt.timedelta(days=1)
        join(user, english, from_date=day, to_date=day)
        join(user, class_group, from_date=day, to_date=day)
        LessonFactory.create(class_groups=[class_group], starts_at=school_time(1, 8))

        with pytest.raises(LessonOverlaps):
            schedule_lesson(plan(english))

    def test_only_students_who_are_active_count(self, class_group, english):
        former = UserFactory.create(is_active=False)
        join(former, class_group, english)
        class_teacher = UserFactory.create(roles=[Role.TEACHER])
        for group in (class_group, english):
            MembershipFactory.create(
                user=class_teacher, class_group=group, kind=MembershipKind.CLASS_TEACHER
            )
        LessonFactory.create(class_groups=[class_group], starts_at=school_time(1, 8))

        assert schedule_lesson(plan(english)).pk

    def test_merged_class_has_its_students_once(self, student, class_group, english):
        assert schedule_lesson(plan(class_group, english)).pk

    def test_reason_on_either_side_lets_them_overlap(self, there, class_group, english):
        split = schedule_lesson(plan(english, overlap_reason="走班"))
        change_lesson(there, replace(plan_of(there), overlap_reason="走班"))
        change_lesson(split, replace(plan_of(split), overlap_reason=""))

        with pytest.raises(LessonOverlaps):
            change_lesson(there, replace(plan_of(there), overlap_reason=""))

    def test_moved_onto_each_other_or_given_the_other_class_group(self, there, english):
        later = LessonFactory.create(class_groups=[english], starts_at=school_time(1, 10))
        with pytest.raises(LessonOverlaps):
            change_lesson(
                later,
                replace(plan_of(later), starts_at=school_time(1, 8, 30), ends_at=school_time(1, 9)),
            )

        other = LessonFactory.create(starts_at=school_time(1, 8))
        with pytest.raises(LessonOverlaps):
            change_lesson(other, replace(plan_of(other), class_groups=(english,)))

    def test_restored(self, there, english):
        cancel_lesson(there, reason="", at=timezone.now())
        schedule_lesson(plan(english))

        with pytest.raises(LessonOverlaps):
            restore_lesson(there)

    def test_who_joined_afterwards_refuses_no_other_change(self, class_group, english):
        one = LessonFactory.create(class_groups=[class_group], starts_at=school_time(1, 8))
        LessonFactory.create(class_groups=[english], starts_at=school_time(1, 8))
        join(UserFactory.create(), class_group, english)

        assert change_lesson(one, replace(plan_of(one), title="新题"))
        substitute = UserFactory.create(roles=[Role.TEACHER])
        assert change_lesson(one, replace(plan_of(one), teacher=substitute))
        one.refresh_from_db()
        with pytest.raises(LessonOverlaps):
            change_lesson(one, replace(plan_of(one), ends_at=school_time(1, 9)))

    def test_another_wording_of_the_reason_is_not_refused_and_moves_nobody(
        self, class_group, english
    ):
        LessonFactory.create(class_groups=[class_group], starts_at=school_time(1, 8))
        split = schedule_lesson(plan(english, overlap_reason="走班"))
        join(UserFactory.create(), class_group, english)
        before = set(split.occupations.values_list("pk", flat=True))

        assert change_lesson(split, replace(plan_of(split), overlap_reason="分层走班"))
        assert set(split.occupations.values_list("pk", flat=True)) == before

    def test_it_costs_one_query(self, there, english):
        def asked(wanted: LessonPlan) -> int:
            with CaptureQueriesContext(connection) as queries:
                schedule_lesson(wanted)
            return len(queries)

        later = {"starts_at": school_time(2, 8), "ends_at": school_time(2, 9)}
        allowed = asked(plan(english, overlap_reason="走班", **later))
        later = {"starts_at": school_time(3, 8), "ends_at": school_time(3, 9)}

        assert asked(plan(english, **later)) == allowed + 1


class TestManyLessons:
    @pytest.mark.both_databases("each finds overlaps in its own way")
    def test_none_is_planned_beside_the_timetable(self, there, english):
        with pytest.raises(LessonOverlaps):
            schedule_lessons([plan(), plan(english)])

        assert Lesson.objects.get() == there

    def test_none_is_planned_beside_another_of_them(self, student, class_group, english):
        with pytest.raises(LessonOverlaps):
            schedule_lessons([plan(class_group), plan(english)])

    def test_reason_lets_them_overlap(self, student, class_group, english):
        assert schedule_lessons([plan(class_group), plan(english, overlap_reason="走班")])

    def test_changed_onto_each_other(self, there, english):
        other = LessonFactory.create(class_groups=[english], starts_at=school_time(1, 10))
        wanted = replace(plan_of(other), starts_at=there.starts_at, ends_at=there.ends_at)

        with pytest.raises(LessonOverlaps):
            change_lessons([(other, wanted)])

    def test_places_are_swapped(self, there, english):
        other = LessonFactory.create(class_groups=[english], starts_at=school_time(1, 10))
        at_its_time = replace(plan_of(other), starts_at=there.starts_at, ends_at=there.ends_at)
        at_the_other = replace(plan_of(there), starts_at=other.starts_at, ends_at=other.ends_at)

        assert change_lessons([(other, at_its_time), (there, at_the_other)]) == 2

    def test_who_joined_afterwards_refuses_no_other_change(self, class_group, english):
        both = [
            LessonFactory.create(class_groups=[group], starts_at=school_time(1, 8))
            for group in (class_group, english)
        ]
        join(UserFactory.create(), class_group, english)

        one, other = both
        swapped = [
            (one, replace(plan_of(one), teacher=other.teacher)),
            (other, replace(plan_of(other), teacher=one.teacher)),
        ]
        assert change_lessons(swapped) == 2


class TestTerm:
    @pytest.mark.both_databases("each finds overlaps in its own way")
    def test_weekly_lesson_is_against_the_timetable(self, student, class_group, english):
        term = TermFactory.create(weeks=2)
        WeeklyLessonFactory.create(term=term, class_groups=[class_group])
        plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))
        WeeklyLessonFactory.create(term=term, class_groups=[english])

        with pytest.raises(PlanConflicts) as caught:
            plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))

        first, _second = caught.value.difference.conflicts
        assert first.who is not None
        assert (first.who.holder.pk, first.who.other.pk) == (english.pk, class_group.pk)
        assert first.who.students == {student.pk}
        assert first.lesson_id in set(Lesson.objects.values_list("pk", flat=True))

    def test_weekly_lessons_are_against_each_other(self, student, class_group, english):
        term = TermFactory.create(weeks=2)
        for group in (class_group, english):
            WeeklyLessonFactory.create(term=term, class_groups=[group])

        found = plan_term(
            term,
            action=PlanningAction(),
            options=PlanOptions(at=timezone.now(), leaves_out_conflicts=True),
        )

        assert (len(found.added), len(found.conflicts)) == (2, 2)

    def test_who_joined_afterwards_refuses_no_other_change(self, class_group, english):
        term = TermFactory.create(weeks=2)
        for group in (class_group, english):
            WeeklyLessonFactory.create(term=term, class_groups=[group])
        plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))
        join(UserFactory.create(), class_group, english)
        term.weekly_lessons.update(title="新题")

        done = plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))

        assert (done.counts()["changed"], done.conflicts) == (4, [])


@pytest.mark.both_databases("PostgreSQL locks class groups, on SQLite writers queue")
@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_of_two_planners_with_one_student_one_wins(self, student, class_group, english):
        third = ClassGroupFactory.create()
        join(student, third)
        plans = [plan(group) for group in (class_group, english, third)]

        def attempt(wanted: LessonPlan) -> int | None:
            try:
                return schedule_lesson(wanted).pk
            except LessonOverlaps:
                return None

        made = all_at_once(attempt, plans)

        assert len([pk for pk in made if pk is not None]) == 1

    def test_of_two_files_with_one_student_one_wins(self, student, class_group, english):
        def attempt(wanted: list[LessonPlan]) -> int:
            try:
                return len(schedule_lessons(wanted))
            except LessonOverlaps:
                return 0

        groups = [class_group, english, class_group, english]
        made = all_at_once(attempt, [[plan(group)] for group in groups])

        assert sum(made) == 1
