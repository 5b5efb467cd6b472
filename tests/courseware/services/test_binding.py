"""Courseware of lessons and courses: what should be in a class."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from django.db.models.signals import pre_save
from django.utils import timezone

from accounts.models import User
from courseware.enums import Release
from courseware.models import Binding, CourseBinding, Courseware
from courseware.services.binding import (
    LARGEST_POSITION,
    CoursewareGone,
    LessonGone,
    bind,
    move,
    reorder,
    unbind,
)
from courseware.services.binding_sync import sync_bindings
from courseware.services.course_binding import (
    bind_to_course,
    follow_lessons,
    unbind_from_course,
)
from schedule.absences.writing import stand_in
from schedule.lessons.change import change_lesson
from schedule.lessons.delete import delete_lessons
from schedule.lessons.plan import LessonPlan, plan_of
from schedule.models import Lesson, PlanningAction
from tests.factories.courseware import BindingFactory, CoursewareFactory
from tests.factories.schedule import LessonFactory, school_time
from tests.support.binding import at_lesson, names_of

pytestmark = pytest.mark.django_db


def named(*names: str, **fields: Any) -> list[Courseware]:
    return [CoursewareFactory.create(name=name, **fields) for name in names]


class TestChoosing:
    def test_new_comes_last_and_is_due(self, lesson: Lesson):
        first, second = named("a.pdf", "b.pdf")

        bind(courseware=first, lesson=lesson)
        made = bind(courseware=second, lesson=lesson, is_shown_at_once=True, release=Release.AFTER)

        assert names_of(lesson) == ["a.pdf", "b.pdf"]
        made.refresh_from_db()
        assert (made.is_shown_at_once, made.release) == (True, Release.AFTER)
        assert made.due_at is not None

    def test_chosen_again_keeps_its_place_and_takes_the_other_choices(self, lesson: Lesson):
        first, second = named("a.pdf", "b.pdf")
        bind(courseware=first, lesson=lesson)
        bind(courseware=second, lesson=lesson)

        bind(courseware=first, lesson=lesson, release=Release.BEFORE)

        assert names_of(lesson) == ["a.pdf", "b.pdf"]
        assert at_lesson(lesson, first).release == Release.BEFORE

    def test_taken_out_is_forgotten_when_the_cloud_knows_nothing(self, lesson: Lesson):
        (courseware,) = named("a.pdf")
        binding = bind(courseware=courseware, lesson=lesson)

        unbind(binding, at=timezone.now())

        assert Binding.objects.count() == 0

    def test_taken_out_stays_until_the_cloud_is_told(self, lesson: Lesson):
        binding = BindingFactory.create(lesson=lesson, bound_document_id="told")

        unbind(binding, at=timezone.now())

        binding.refresh_from_db()
        assert binding.removed_at is not None
        assert binding.due_at is not None
        assert names_of(lesson) == []

    def test_chosen_again_while_it_leaves_comes_last(self, lesson: Lesson):
        first, second = named("a.pdf", "b.pdf")
        leaving = bind(courseware=first, lesson=lesson)
        bind(courseware=second, lesson=lesson)
        Binding.objects.filter(pk=leaving.pk).update(bound_document_id="told")
        unbind(leaving, at=timezone.now())

        bind(courseware=first, lesson=lesson)

        assert names_of(lesson) == ["b.pdf", "a.pdf"]

    def test_chosen_again_leaves_the_worker_its_columns(self, lesson: Lesson):
        (courseware,) = named("a.pdf")
        bind(courseware=courseware, lesson=lesson)

        def be_overtaken(**_kwargs: Any) -> None:
            Binding.objects.update(bound_document_id="told", lease_token="theirs")

        pre_save.connect(be_overtaken, sender=Binding)
        try:
            bind(courseware=courseware, lesson=lesson, release=Release.AFTER)
        finally:
            pre_save.disconnect(be_overtaken, sender=Binding)

        binding = at_lesson(lesson, courseware)
        assert (binding.bound_document_id, binding.lease_token) == ("told", "theirs")
        assert binding.release == Release.AFTER

    def test_deleted_courseware_is_not_taken(self, lesson: Lesson):
        (courseware,) = named("a.pdf")
        Courseware.objects.update(deleted_at=timezone.now())

        with pytest.raises(CoursewareGone):
            bind(courseware=courseware, lesson=lesson)
        with pytest.raises(CoursewareGone):
            bind_to_course(courseware=courseware, course=lesson.course, at=timezone.now())

        assert (Binding.objects.count(), CourseBinding.objects.count()) == (0, 0)

    def test_deleted_lesson_takes_none(self, lesson: Lesson):
        (courseware,) = named("a.pdf")
        delete_lessons([lesson], at=timezone.now())

        with pytest.raises(LessonGone):
            bind(courseware=courseware, lesson=lesson)

        assert Binding.objects.count() == 0

    def test_taken_out_stays_when_a_killed_worker_may_have_told_the_cloud(self, lesson: Lesson):
        binding = BindingFactory.create(
            lesson=lesson,
            lease_token="theirs",
            leased_until=timezone.now() - dt.timedelta(minutes=1),
        )

        unbind(binding, at=timezone.now())

        binding.refresh_from_db()
        assert binding.due_at is not None


class TestOrder:
    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [
            ("abc", "abc"),
            ("cab", "cab"),
            ("ba", "bac"),
            ("c", "cab"),
            ("xcba", "cba"),
            ("", "abc"),
        ],
    )
    def test_named_ones_come_first(self, lesson: Lesson, wanted: str, expected: str):
        codes = {}
        for courseware in named("a.pdf", "b.pdf", "c.pdf"):
            codes[courseware.name[0]] = courseware.code
            bind(courseware=courseware, lesson=lesson)

        reorder(lesson, [codes.get(letter, "unknown") for letter in wanted])

        assert names_of(lesson) == [f"{letter}.pdf" for letter in expected]

    def test_what_stands_before_the_first_change_is_left_alone(self, lesson: Lesson):
        made = [bind(courseware=each, lesson=lesson) for each in named("a.pdf", "b.pdf", "c.pdf")]
        Binding.objects.update(due_at=None)

        move(made[2], by=-1)

        due = Binding.objects.exclude(due_at=None).in_order()
        assert [each.courseware.name for each in due] == ["c.pdf", "b.pdf"]

    @pytest.mark.parametrize(("which", "by"), [(0, -1), (2, 1)])
    def test_nothing_moves_beyond_the_ends(self, lesson: Lesson, which: int, by: int):
        made = [bind(courseware=each, lesson=lesson) for each in named("a.pdf", "b.pdf", "c.pdf")]

        move(made[which], by=by)

        assert names_of(lesson) == ["a.pdf", "b.pdf", "c.pdf"]

    def test_positions_begin_again_before_they_run_out(self, lesson: Lesson):
        first, second = named("a.pdf", "b.pdf")
        BindingFactory.create(lesson=lesson, courseware=first, position=32_765)
        last = BindingFactory.create(lesson=lesson, courseware=second, position=32_766)

        move(last, by=-1)

        assert names_of(lesson) == ["b.pdf", "a.pdf"]
        assert set(Binding.objects.values_list("position", flat=True)) == {0, 1}

    def test_new_ones_come_last_when_positions_have_run_out(self, lesson: Lesson):
        first, second, third = named("a.pdf", "b.pdf", "c.pdf")
        BindingFactory.create(lesson=lesson, courseware=first, position=LARGEST_POSITION)

        bind(courseware=second, lesson=lesson)
        bind_to_course(courseware=third, course=lesson.course, at=timezone.now())

        assert names_of(lesson) == ["a.pdf", "b.pdf", "c.pdf"]
        assert set(Binding.objects.values_list("position", flat=True)) == {0, 1, 2}

    def test_positions_of_a_course_begin_again_when_they_have_run_out(self, lesson: Lesson):
        first, second = named("a.pdf", "b.pdf")
        bind_to_course(courseware=first, course=lesson.course, at=timezone.now())
        CourseBinding.objects.update(position=LARGEST_POSITION)

        bind_to_course(courseware=second, course=lesson.course, at=timezone.now())

        rows = CourseBinding.objects.order_by("position").values_list("courseware", "position")
        assert list(rows) == [(first.pk, 0), (second.pk, 1)]

    def test_what_is_gone_does_not_move(self, lesson: Lesson):
        (courseware,) = named("a.pdf")
        binding = bind(courseware=courseware, lesson=lesson)
        unbind(binding, at=timezone.now())

        move(binding, by=1)

        assert names_of(lesson) == []


class TestCourse:
    @pytest.fixture
    def later(self, lesson: Lesson) -> Lesson:
        """Another lesson of the same course, by another teacher."""
        return LessonFactory.create(course=lesson.course, starts_at=school_time(3, 8))

    def test_coming_lessons_and_those_made_later_have_it(self, lesson: Lesson, later: Lesson):
        past = LessonFactory.create(course=lesson.course, starts_at=school_time(-2, 8))
        (courseware,) = named("a.pdf")

        bind_to_course(
            courseware=courseware,
            course=lesson.course,
            release=Release.AFTER,
            at=timezone.now(),
        )
        new = LessonFactory.create(course=lesson.course, starts_at=school_time(4, 8))
        foreign = LessonFactory.create(starts_at=school_time(5, 8))

        assert [names_of(each) for each in (lesson, later, new)] == [["a.pdf"]] * 3
        assert [names_of(each) for each in (past, foreign)] == [[], []]
        assert at_lesson(new, courseware).release == Release.AFTER

    def test_teachers_choose_for_their_own_lessons(
        self, lesson: Lesson, later: Lesson, teacher: User
    ):
        (courseware,) = named("a.pdf")

        bind_to_course(
            courseware=courseware, course=lesson.course, teacher=teacher, at=timezone.now()
        )

        assert (names_of(lesson), names_of(later)) == (["a.pdf"], [])

    def test_order_is_the_course_s_behind_what_was_there(self, lesson: Lesson, later: Lesson):
        for courseware in named("a.pdf", "b.pdf"):
            bind_to_course(courseware=courseware, course=lesson.course, at=timezone.now())

        new = LessonFactory.create(course=lesson.course, starts_at=school_time(4, 8))

        assert names_of(new) == ["a.pdf", "b.pdf"]

    def test_what_was_taken_out_of_one_lesson_does_not_come_back(self, lesson: Lesson):
        (courseware,) = named("a.pdf")
        bind_to_course(courseware=courseware, course=lesson.course, at=timezone.now())

        unbind(at_lesson(lesson, courseware), at=timezone.now())
        plan = plan_of(lesson)
        change_lesson(lesson, _titled(plan, "新题目"))

        assert names_of(lesson) == []
        assert at_lesson(lesson, courseware).due_at is None

    def test_let_go_and_chosen_again_before_the_cloud_heard_of_it(self, lesson: Lesson):
        (courseware,) = named("a.pdf")
        first = bind_to_course(courseware=courseware, course=lesson.course, at=timezone.now())
        Binding.objects.update(bound_document_id="told")

        unbind_from_course([first], at=timezone.now())
        bind_to_course(
            courseware=courseware, course=lesson.course, release=Release.AFTER, at=timezone.now()
        )

        binding = at_lesson(lesson, courseware)
        assert names_of(lesson) == ["a.pdf"]
        assert (binding.release, binding.bound_document_id) == (Release.AFTER, "told")
        assert binding.is_from_course

    def test_own_choice_that_was_taken_out_does_not_come_back_with_the_course(self, lesson: Lesson):
        (courseware,) = named("a.pdf")
        bind_to_course(courseware=courseware, course=lesson.course, at=timezone.now())

        unbind(bind(courseware=courseware, lesson=lesson), at=timezone.now())
        follow_lessons([lesson.pk])

        assert names_of(lesson) == []

    def test_lesson_that_missed_its_course_s_is_found(self, lesson: Lesson, later: Lesson):
        (courseware,) = named("a.pdf")
        bind_to_course(courseware=courseware, course=lesson.course, at=timezone.now())
        unbind(at_lesson(later, courseware), at=timezone.now())
        at_lesson(lesson, courseware).delete()

        sync_bindings(timezone.now())

        assert (names_of(lesson), names_of(later)) == (["a.pdf"], [])

    def test_goes_from_coming_lessons_with_the_course(self, lesson: Lesson, later: Lesson):
        brought, own = named("a.pdf", "b.pdf")
        bind(courseware=own, lesson=lesson)
        course_binding = bind_to_course(courseware=brought, course=lesson.course, at=timezone.now())

        unbind_from_course([course_binding], at=timezone.now())

        assert (names_of(lesson), names_of(later)) == (["b.pdf"], [])
        assert CourseBinding.objects.count() == 0

    def test_what_a_lesson_has_by_itself_stays(self, lesson: Lesson):
        (courseware,) = named("a.pdf")
        course_binding = bind_to_course(
            courseware=courseware, course=lesson.course, at=timezone.now()
        )
        bind(courseware=courseware, lesson=lesson, release=Release.BEFORE)

        unbind_from_course([course_binding], at=timezone.now())

        assert names_of(lesson) == ["a.pdf"]

    def test_lesson_that_changes_its_teacher_changes_what_comes_with_it(
        self, lesson: Lesson, teacher: User, other_teacher: User
    ):
        (courseware,) = named("a.pdf")
        bind_to_course(
            courseware=courseware, course=lesson.course, teacher=teacher, at=timezone.now()
        )

        plan = plan_of(lesson)
        change_lesson(lesson, _taught(plan, other_teacher))

        assert names_of(lesson) == []

    def test_lesson_keeps_what_its_teacher_chose_while_somebody_stands_in(
        self, lesson: Lesson, teacher: User, other_teacher: User
    ):
        first, second, own = named("a.pdf", "b.pdf", "c.pdf")
        course = lesson.course
        bind_to_course(courseware=first, course=course, teacher=teacher, at=timezone.now())

        stand_in([(lesson, other_teacher)], action=PlanningAction())
        bind_to_course(courseware=second, course=course, teacher=teacher, at=timezone.now())
        bind_to_course(courseware=own, course=course, teacher=other_teacher, at=timezone.now())

        assert names_of(lesson) == ["a.pdf", "b.pdf", "c.pdf"]
        stand_in([(lesson, teacher)], action=PlanningAction())
        assert names_of(lesson) == ["a.pdf", "b.pdf"]

    def test_what_its_teacher_chose_is_found_missing_while_somebody_stands_in(
        self, lesson: Lesson, later: Lesson, teacher: User, other_teacher: User
    ):
        (courseware,) = named("a.pdf")
        stand_in([(lesson, other_teacher)], action=PlanningAction())
        for user in (teacher, later.teacher):
            bind_to_course(
                courseware=courseware, course=lesson.course, teacher=user, at=timezone.now()
            )
        Binding.objects.all().delete()

        sync_bindings(timezone.now())

        assert (names_of(lesson), names_of(later)) == (["a.pdf"], ["a.pdf"])

    def test_chosen_again_for_the_course_changes_what_it_brought(self, lesson: Lesson):
        (courseware,) = named("a.pdf")
        for release in (Release.NEVER, Release.BEFORE):
            bind_to_course(
                courseware=courseware, course=lesson.course, release=release, at=timezone.now()
            )

        assert at_lesson(lesson, courseware).release == Release.BEFORE
        assert CourseBinding.objects.count() == 1


def _titled(plan: LessonPlan, title: str) -> LessonPlan:
    return dataclasses.replace(plan, title=title)


def _taught(plan: LessonPlan, teacher: User) -> LessonPlan:
    return dataclasses.replace(plan, teacher=teacher)
