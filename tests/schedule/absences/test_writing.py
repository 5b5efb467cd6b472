from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from accounts.enums import Role
from schedule.absences.writing import NotATeacher, stand_in
from schedule.enums import ChangeKind, LessonState
from schedule.lessons.cancel import LessonOver, cancel_lesson
from schedule.lessons.change import LessonFrozen, change_lesson
from schedule.lessons.delete import delete_lessons
from schedule.lessons.moving import LessonIsCancelled, move, swap
from schedule.lessons.taking import LessonOverlaps
from schedule.models import Lesson, LessonChange, PlannedLesson, PlanningAction, Substitution
from schedule.occupancy.words import overlap_in_words
from schedule.terms.planning.term_plan import PlanOptions, plan_term
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    LessonFactory,
    WeeklyLessonFactory,
    school_time,
)
from tests.support.lessons import begin, changed, later, open_again, page_action, period, taken_in

pytestmark = pytest.mark.django_db


class TestStandingIn:
    def test_gives_the_lesson_to_another_teacher(self, lesson, teacher, other_teacher):
        stand_in([(lesson, other_teacher)], action=page_action())

        lesson.refresh_from_db()
        assert lesson.teacher == other_teacher
        made = Substitution.objects.get()
        assert (made.lesson, made.absent_teacher) == (lesson, teacher)
        people = {each.person for each in lesson.occupations.filter(is_active=True)}
        assert other_teacher in people
        assert teacher not in people

    def test_tells_of_several_lessons_by_one_action(self, lesson, teacher, other_teacher, planner):
        other = LessonFactory.create(teacher=teacher)
        done = page_action(by=planner, reason="病假")

        stand_in([(lesson, other_teacher), (other, other_teacher)], action=done)

        changes = LessonChange.objects.filter(action=done)
        assert [each.kinds for each in changes] == [[ChangeKind.TEACHER]] * 2
        assert Substitution.objects.count() == 2

    def test_is_possible_for_an_assistant_who_no_longer_assists(self, lesson, assistant):
        stand_in([(lesson, assistant)], action=page_action())

        lesson.refresh_from_db()
        assert lesson.teacher == assistant
        assert not lesson.assistants.exists()

    def test_keeps_for_whom_when_another_one_stands_in(self, lesson, teacher, other_teacher):
        stand_in([(lesson, other_teacher)], action=page_action())
        third = UserFactory.create(roles=[Role.TEACHER])

        stand_in([(lesson, third)], action=page_action())

        assert Substitution.objects.get().absent_teacher == teacher

    def test_is_undone_by_giving_the_lesson_back(self, lesson, teacher, other_teacher):
        stand_in([(lesson, other_teacher)], action=page_action())

        stand_in([(lesson, teacher)], action=page_action())

        lesson.refresh_from_db()
        assert lesson.teacher == teacher
        assert lesson.teacher_changed_at is None
        assert not Substitution.objects.exists()

    def test_is_nothing_when_the_person_teaches_it_already(self, lesson, teacher):
        stand_in([(lesson, teacher)], action=page_action())

        assert not Substitution.objects.exists()
        assert not LessonChange.objects.filter(kinds=[ChangeKind.TEACHER]).exists()

    def test_of_no_lessons_is_nothing(self, db):
        stand_in([], action=page_action())

        assert not PlanningAction.objects.exists()

    @pytest.mark.parametrize("fields", [{"roles": []}, {"is_active": False}])
    def test_is_refused_for_who_does_not_teach(self, lesson, teacher, fields):
        user = UserFactory.create(**{"roles": [Role.TEACHER], **fields})

        with pytest.raises(NotATeacher) as refused:
            stand_in([(lesson, user)], action=page_action())

        assert refused.value.user == user
        lesson.refresh_from_db()
        assert lesson.teacher == teacher

    def test_is_refused_for_who_is_in_another_lesson(self, lesson, other_teacher):
        other = LessonFactory.create(
            teacher=other_teacher, is_draft=True, **later(lesson, minutes=20)
        )

        with pytest.raises(LessonOverlaps) as refused:
            stand_in([(lesson, other_teacher)], action=page_action())

        taken = taken_in(refused)
        assert (taken.who, taken.lesson) == (other_teacher.display_name, other)
        assert not Substitution.objects.exists()

    def test_of_two_lessons_at_once_is_refused_to_one_person(self, lesson, other_teacher):
        other = LessonFactory.create(**later(lesson, minutes=20))

        with pytest.raises(LessonOverlaps) as refused:
            stand_in([(lesson, other_teacher), (other, other_teacher)], action=page_action())

        assert other_teacher.display_name in overlap_in_words(refused.value.taken)
        assert not Substitution.objects.exists()
        assert not LessonChange.objects.filter(kinds=[ChangeKind.TEACHER]).exists()

    def test_swaps_two_teachers_of_lessons_at_once(self, lesson, teacher, other_teacher):
        other = LessonFactory.create(teacher=other_teacher, **later(lesson, minutes=0))

        stand_in([(lesson, other_teacher), (other, teacher)], action=page_action())

        assert Lesson.objects.get(pk=lesson.pk).teacher == other_teacher
        assert Lesson.objects.get(pk=other.pk).teacher == teacher

    def test_is_possible_while_nobody_has_begun_the_class(self, lesson_from_now, other_teacher):
        lesson = lesson_from_now(-5, 40)

        stand_in([(lesson, other_teacher)], action=page_action())

        assert Lesson.objects.get().teacher == other_teacher

    def test_is_refused_once_the_class_has_begun(self, lesson, other_teacher):
        begin(lesson)

        with pytest.raises(LessonFrozen):
            stand_in([(lesson, other_teacher)], action=page_action())

        assert not Substitution.objects.exists()

    def test_is_possible_in_a_class_that_is_opened_again(self, lesson, other_teacher):
        open_again(lesson)

        stand_in([(lesson, other_teacher)], action=page_action())

        assert Lesson.objects.get().teacher == other_teacher

    def test_is_refused_when_the_lesson_is_over(self, lesson_from_now, other_teacher):
        lesson = lesson_from_now(-60, -15)

        with pytest.raises(LessonOver):
            stand_in([(lesson, other_teacher)], action=page_action())

    def test_is_refused_when_the_lesson_was_cancelled(self, lesson, other_teacher):
        cancel_lesson(lesson, reason="", at=timezone.now())

        with pytest.raises(LessonIsCancelled):
            stand_in([(lesson, other_teacher)], action=page_action())

    def test_of_a_lesson_deleted_meanwhile_is_refused(self, other_teacher):
        draft = LessonFactory.create(is_draft=True)
        delete_lessons([draft], at=timezone.now())

        with pytest.raises(Lesson.DoesNotExist):
            stand_in([(draft, other_teacher)], action=page_action())

    def test_keeps_what_somebody_changed_since_the_lesson_was_read(self, lesson, other_teacher):
        change_lesson(lesson, changed(lesson, title="复习"))
        assert lesson.title != "复习"

        stand_in([(lesson, other_teacher)], action=page_action())

        assert Lesson.objects.get().title == "复习"

    def test_of_a_draft_tells_nobody(self, other_teacher):
        draft = LessonFactory.create(is_draft=True)

        stand_in([(draft, other_teacher)], action=page_action())

        draft.refresh_from_db()
        assert draft.state == LessonState.DRAFT
        assert draft.teacher_changed_at is None


class TestMoving:
    def test_keeps_the_length_and_has_a_default_title_follow(self, lesson):
        move(lesson, starts_at=school_time(4, 10), action=page_action())

        assert period(lesson) == (school_time(4, 10), school_time(4, 10, 45))
        assert lesson.title.endswith("-1000")

    def test_is_refused_when_somebody_is_taken(self, lesson, class_group):
        other = LessonFactory.create(class_groups=[class_group], starts_at=school_time(4, 10))

        with pytest.raises(LessonOverlaps) as refused:
            move(lesson, starts_at=school_time(4, 10, 30), action=page_action())

        assert taken_in(refused).lesson == other

    def test_is_refused_once_the_class_has_begun(self, lesson):
        begin(lesson)

        with pytest.raises(LessonFrozen):
            move(lesson, starts_at=school_time(4, 10), action=page_action())

    def test_is_refused_when_the_lesson_was_cancelled(self, lesson):
        cancel_lesson(lesson, reason="", at=timezone.now())

        with pytest.raises(LessonIsCancelled):
            move(lesson, starts_at=school_time(4, 10), action=page_action())


class TestLessonsOfATerm:
    @pytest.fixture
    def planned(self, teacher, class_group):
        """Two lessons of a term, as its plan has made them."""
        weekly_lesson = WeeklyLessonFactory.create(teacher=teacher, class_groups=[class_group])
        self.term = weekly_lesson.term
        self.plan()
        return list(Lesson.objects.order_by("starts_at")[:2])

    def plan(self):
        return plan_term(self.term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))

    def test_are_left_alone_by_the_next_plan_when_somebody_stands_in(
        self, planned, teacher, other_teacher
    ):
        stand_in([(planned[0], other_teacher)], action=page_action())

        found = self.plan().counts()

        assert not found.get("changed")
        assert Lesson.objects.get(pk=planned[0].pk).teacher == other_teacher
        assert PlannedLesson.objects.filter(is_edited=True).count() == 1

    def test_can_be_given_back(self, planned, teacher, other_teacher):
        stand_in([(planned[0], other_teacher)], action=page_action())

        stand_in([(planned[0], teacher)], action=page_action())
        self.plan()

        assert Lesson.objects.get(pk=planned[0].pk).teacher == teacher
        assert not Substitution.objects.exists()

    def test_are_left_alone_by_the_next_plan_after_a_swap(self, planned):
        one, two = planned
        other = LessonFactory.create(**later(one, hours=3))
        swap(one, other, action=page_action())

        self.plan()

        assert period(one)[0] == period(other)[0] + dt.timedelta(hours=3)
        assert two.starts_at == period(two)[0]
        edited = PlannedLesson.objects.filter(is_edited=True)
        assert [each.lesson for each in edited] == [one]
