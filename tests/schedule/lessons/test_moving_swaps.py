from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import User
from schedule.enums import ChangeKind
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.change import LessonFrozen
from schedule.lessons.moving import NothingToSwap, swap
from schedule.lessons.taking import LessonOverlaps
from schedule.models import ClassGroup, Lesson, LessonChange
from schedule.occupancy.words import overlap_in_words
from tests.factories.schedule import (
    ClassGroupFactory,
    LessonFactory,
    MembershipFactory,
    school_time,
)
from tests.support.lessons import begin, later, page_action, period, taken_in

pytestmark = pytest.mark.django_db


def taken_by(lesson: Lesson) -> set[tuple[User | ClassGroup | None, dt.datetime, dt.datetime]]:
    rows = lesson.occupations.filter(is_active=True).select_related("person", "class_group")
    return {(each.person or each.class_group, each.starts_at, each.ends_at) for each in rows}


class TestSwapping:
    def test_exchanges_the_times_of_two_lessons(self, lesson, class_group):
        other = LessonFactory.create(
            class_groups=[class_group], **later(lesson, days=2, minutes=30)
        )
        was, other_was = period(lesson), period(other)
        teachers = lesson.teacher, other.teacher

        swap(lesson, other, action=page_action())

        assert period(lesson) == other_was
        assert period(other) == was
        assert (lesson.teacher, other.teacher) == teachers

    def test_is_one_action(self, lesson, planner):
        other = LessonFactory.create()
        done = page_action(by=planner, reason="调课")

        swap(lesson, other, action=done)

        changes = LessonChange.objects.filter(action=done)
        assert {each.lesson for each in changes} == {lesson, other}
        assert [each.kinds for each in changes] == [[ChangeKind.MOVED]] * 2

    def test_has_default_titles_follow_and_others_stay(self, lesson):
        other = LessonFactory.create(title="复习")

        swap(lesson, other, action=page_action())

        lesson.refresh_from_db()
        other.refresh_from_db()
        local = timezone.localtime(lesson.starts_at)
        assert lesson.title == f"语文课 {local:%m%d-%H%M}"
        assert other.title == "复习"

    def test_gives_each_the_length_of_the_other(self, lesson):
        other = LessonFactory.create(starts_at=school_time(3, 8), ends_at=school_time(3, 9, 30))

        swap(lesson, other, action=page_action())

        assert period(lesson) == (school_time(3, 8), school_time(3, 9, 30))
        assert period(other) == (school_time(1, 8), school_time(1, 8, 45))

    def test_of_one_teacher_and_class_group_back_to_back(self, lesson, teacher, class_group):
        other = LessonFactory.create(
            teacher=teacher, class_groups=[class_group], **later(lesson, minutes=45)
        )
        was, other_was = period(lesson), period(other)

        swap(lesson, other, action=page_action())

        assert (period(lesson), period(other)) == (other_was, was)

    def test_of_merged_classes_moves_all_their_class_groups(self, lesson, class_group):
        second = ClassGroupFactory.create()
        merged = LessonFactory.create(class_groups=[class_group, second], **later(lesson, days=1))

        swap(lesson, merged, action=page_action())

        starts, ends = period(merged)
        assert (second, starts, ends) in taken_by(merged)
        assert (class_group, starts, ends) in taken_by(merged)
        assert starts == school_time(1, 8)

    def test_of_merged_classes_is_refused_when_one_of_them_is_taken(self, lesson, class_group):
        second = ClassGroupFactory.create()
        merged = LessonFactory.create(class_groups=[class_group, second], **later(lesson, days=1))
        third = LessonFactory.create(class_groups=[second], **later(lesson, minutes=10))

        with pytest.raises(LessonOverlaps) as refused:
            swap(lesson, merged, action=page_action())

        assert (taken_in(refused).who, taken_in(refused).lesson) == (
            second.name,
            third,
        )
        assert period(lesson)[0] == school_time(1, 8)
        assert period(merged)[0] == school_time(2, 8)

    def test_is_refused_when_a_person_of_either_is_taken(self, lesson, teacher):
        other = LessonFactory.create(**later(lesson, days=1))
        third = LessonFactory.create(teacher=teacher, **later(lesson, days=1))

        for pair in ((lesson, other), (other, lesson)):
            with pytest.raises(LessonOverlaps) as refused:
                swap(*pair, action=page_action())
            assert (taken_in(refused).who, taken_in(refused).lesson) == (
                teacher.display_name,
                third,
            )

    def test_is_refused_when_students_are_in_another_lesson(self, lesson, student):
        club = ClassGroupFactory.create(name="合唱团")
        MembershipFactory.create(user=student, class_group=club)
        other = LessonFactory.create(**later(lesson, days=1))
        third = LessonFactory.create(class_groups=[club], **later(lesson, days=1))

        with pytest.raises(LessonOverlaps) as refused:
            swap(lesson, other, action=page_action())

        assert taken_in(refused).lesson == third
        assert student.display_name in overlap_in_words(refused.value.taken)

    def test_lets_class_groups_overlap_for_a_reason(self, lesson, class_group):
        split = LessonFactory.create(
            class_groups=[class_group], overlap_reason="分组", **later(lesson, days=1)
        )
        LessonFactory.create(class_groups=[class_group], **later(split, days=1))
        other = LessonFactory.create(**later(split, days=1))

        swap(split, other, action=page_action())

        assert period(split)[0] == school_time(3, 8)

    def test_with_itself_is_nothing(self, lesson):
        with pytest.raises(NothingToSwap):
            swap(lesson, lesson, action=page_action())

    def test_at_the_same_time_is_nothing(self, lesson):
        other = LessonFactory.create(**later(lesson, days=0))

        with pytest.raises(NothingToSwap):
            swap(lesson, other, action=page_action())

    def test_with_a_cancelled_lesson_is_nothing(self, lesson):
        other = LessonFactory.create()
        cancel_lesson(other, reason="", at=timezone.now())

        for pair in ((lesson, other), (other, lesson)):
            with pytest.raises(NothingToSwap):
                swap(*pair, action=page_action())

    @pytest.mark.parametrize("minutes", [-5, -60])
    def test_with_what_has_begun_or_is_over_is_refused(self, lesson, minutes):
        start = timezone.now() + dt.timedelta(minutes=minutes)
        other = LessonFactory.create(starts_at=start)

        for pair in ((lesson, other), (other, lesson)):
            with pytest.raises(LessonFrozen):
                swap(*pair, action=page_action())

    def test_with_a_class_begun_early_is_refused(self, lesson):
        other = LessonFactory.create()
        begin(other)

        with pytest.raises(LessonFrozen):
            swap(lesson, other, action=page_action())

    def test_is_undone_by_swapping_again(self, lesson):
        other = LessonFactory.create()
        was = period(lesson), period(other)
        swap(lesson, other, action=page_action())

        swap(lesson, other, action=page_action())

        assert (period(lesson), period(other)) == was
        assert lesson.moved_at is None
