from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from schedule.enums import ActionOrigin, ChangeKind, CloudStatus, LessonState
from schedule.models import (
    ClassGroup,
    Lesson,
    LessonChange,
    Occupation,
    PlannedLesson,
    PlanningAction,
    Room,
    Substitution,
)
from schedule.planning.rules import overlap_in_words
from schedule.planning.shared_students import StudentsTaken
from schedule.services import lessons
from schedule.services.absences import (
    LessonIsCancelled,
    NotATeacher,
    NothingToSwap,
    move,
    stand_in,
    swap,
)
from schedule.services.lessons import LessonFrozen, LessonOver, LessonOverlaps
from schedule.services.term_planning import plan_term
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    LessonFactory,
    MembershipFactory,
    PatternFactory,
    school_time,
)
from tests.support.lessons import changed

pytestmark = pytest.mark.django_db


def action(**fields):
    return PlanningAction(origin=ActionOrigin.PAGE, **fields)


def later(lesson: Lesson, **delta: int) -> dict[str, dt.datetime]:
    wait = dt.timedelta(**delta)
    return {"starts_at": lesson.starts_at + wait, "ends_at": lesson.ends_at + wait}


def begin(lesson: Lesson, status: CloudStatus = CloudStatus.RUNNING) -> None:
    Room.objects.create(lesson=lesson, room_id=400, sdk_app_id=1, cloud_status=status)


def period(lesson: Lesson) -> tuple[dt.datetime, dt.datetime]:
    lesson.refresh_from_db()
    return lesson.starts_at, lesson.ends_at


def taken_in(refused: pytest.ExceptionInfo[LessonOverlaps]) -> Occupation | StudentsTaken:
    taken = refused.value.taken
    assert taken is not None
    return taken


def taken_by(lesson: Lesson) -> set[tuple[User | ClassGroup | None, dt.datetime, dt.datetime]]:
    rows = lesson.occupations.filter(is_active=True).select_related("person", "class_group")
    return {(each.person or each.class_group, each.starts_at, each.ends_at) for each in rows}


class TestStandingIn:
    def test_gives_the_lesson_to_another_teacher(self, lesson, teacher, other_teacher):
        stand_in([(lesson, other_teacher)], action=action())

        lesson.refresh_from_db()
        assert lesson.teacher == other_teacher
        made = Substitution.objects.get()
        assert (made.lesson, made.absent_teacher) == (lesson, teacher)
        people = {who for who, _starts, _ends in taken_by(lesson)}
        assert other_teacher in people
        assert teacher not in people

    def test_tells_of_several_lessons_by_one_action(self, lesson, teacher, other_teacher, planner):
        other = LessonFactory.create(teacher=teacher)
        done = action(by=planner, reason="病假")

        stand_in([(lesson, other_teacher), (other, other_teacher)], action=done)

        changes = LessonChange.objects.filter(action=done)
        assert [each.kinds for each in changes] == [[ChangeKind.TEACHER]] * 2
        assert Substitution.objects.count() == 2

    def test_is_possible_for_an_assistant_who_no_longer_assists(self, lesson, assistant):
        stand_in([(lesson, assistant)], action=action())

        lesson.refresh_from_db()
        assert lesson.teacher == assistant
        assert not lesson.assistants.exists()

    def test_keeps_for_whom_when_another_one_stands_in(self, lesson, teacher, other_teacher):
        stand_in([(lesson, other_teacher)], action=action())
        third = UserFactory.create(roles=[Role.TEACHER])

        stand_in([(lesson, third)], action=action())

        assert Substitution.objects.get().absent_teacher == teacher

    def test_is_undone_by_giving_the_lesson_back(self, lesson, teacher, other_teacher):
        stand_in([(lesson, other_teacher)], action=action())

        stand_in([(lesson, teacher)], action=action())

        lesson.refresh_from_db()
        assert lesson.teacher == teacher
        assert lesson.teacher_changed_at is None
        assert not Substitution.objects.exists()

    def test_is_nothing_when_the_person_teaches_it_already(self, lesson, teacher):
        stand_in([(lesson, teacher)], action=action())

        assert not Substitution.objects.exists()
        assert not LessonChange.objects.filter(kinds=[ChangeKind.TEACHER]).exists()

    def test_of_no_lessons_is_nothing(self, db):
        stand_in([], action=action())

        assert not PlanningAction.objects.exists()

    @pytest.mark.parametrize("fields", [{"roles": []}, {"is_active": False}])
    def test_is_refused_for_who_does_not_teach(self, lesson, teacher, fields):
        user = UserFactory.create(**{"roles": [Role.TEACHER], **fields})

        with pytest.raises(NotATeacher) as refused:
            stand_in([(lesson, user)], action=action())

        assert refused.value.user == user
        lesson.refresh_from_db()
        assert lesson.teacher == teacher

    def test_is_refused_for_who_is_in_another_lesson(self, lesson, other_teacher):
        other = LessonFactory.create(
            teacher=other_teacher, is_draft=True, **later(lesson, minutes=20)
        )

        with pytest.raises(LessonOverlaps) as refused:
            stand_in([(lesson, other_teacher)], action=action())

        taken = taken_in(refused)
        assert (taken.who, taken.lesson) == (other_teacher.display_name, other)
        assert not Substitution.objects.exists()

    def test_of_two_lessons_at_once_is_refused_to_one_person(self, lesson, other_teacher):
        other = LessonFactory.create(**later(lesson, minutes=20))

        with pytest.raises(LessonOverlaps) as refused:
            stand_in([(lesson, other_teacher), (other, other_teacher)], action=action())

        assert other_teacher.display_name in overlap_in_words(refused.value)
        assert not Substitution.objects.exists()
        assert not LessonChange.objects.filter(kinds=[ChangeKind.TEACHER]).exists()

    def test_swaps_two_teachers_of_lessons_at_once(self, lesson, teacher, other_teacher):
        other = LessonFactory.create(teacher=other_teacher, **later(lesson, minutes=0))

        stand_in([(lesson, other_teacher), (other, teacher)], action=action())

        assert Lesson.objects.get(pk=lesson.pk).teacher == other_teacher
        assert Lesson.objects.get(pk=other.pk).teacher == teacher

    def test_is_possible_while_nobody_has_begun_the_class(self, lesson_from_now, other_teacher):
        lesson = lesson_from_now(-5, 40)

        stand_in([(lesson, other_teacher)], action=action())

        assert Lesson.objects.get().teacher == other_teacher

    def test_is_refused_once_the_class_has_begun(self, lesson, other_teacher):
        begin(lesson)

        with pytest.raises(LessonFrozen):
            stand_in([(lesson, other_teacher)], action=action())

        assert not Substitution.objects.exists()

    def test_is_refused_when_the_lesson_is_over(self, lesson_from_now, other_teacher):
        lesson = lesson_from_now(-60, -15)

        with pytest.raises(LessonOver):
            stand_in([(lesson, other_teacher)], action=action())

    def test_is_refused_when_the_lesson_was_cancelled(self, lesson, other_teacher):
        lessons.cancel_lesson(lesson, reason="", at=timezone.now())

        with pytest.raises(LessonIsCancelled):
            stand_in([(lesson, other_teacher)], action=action())

    def test_of_a_lesson_deleted_meanwhile_is_refused(self, other_teacher):
        draft = LessonFactory.create(is_draft=True)
        lessons.delete_draft(draft)

        with pytest.raises(Lesson.DoesNotExist):
            stand_in([(draft, other_teacher)], action=action())

    def test_keeps_what_somebody_changed_since_the_lesson_was_read(self, lesson, other_teacher):
        lessons.change_lesson(lesson, changed(lesson, title="复习"))
        assert lesson.title != "复习"

        stand_in([(lesson, other_teacher)], action=action())

        assert Lesson.objects.get().title == "复习"

    def test_of_a_draft_tells_nobody(self, other_teacher):
        draft = LessonFactory.create(is_draft=True)

        stand_in([(draft, other_teacher)], action=action())

        draft.refresh_from_db()
        assert draft.state == LessonState.DRAFT
        assert draft.teacher_changed_at is None


class TestSwapping:
    def test_exchanges_the_times_of_two_lessons(self, lesson, class_group):
        other = LessonFactory.create(
            class_groups=[class_group], **later(lesson, days=2, minutes=30)
        )
        was, other_was = period(lesson), period(other)
        teachers = lesson.teacher, other.teacher

        swap(lesson, other, action=action())

        assert period(lesson) == other_was
        assert period(other) == was
        assert (lesson.teacher, other.teacher) == teachers

    def test_is_one_action(self, lesson, planner):
        other = LessonFactory.create()
        done = action(by=planner, reason="调课")

        swap(lesson, other, action=done)

        changes = LessonChange.objects.filter(action=done)
        assert {each.lesson for each in changes} == {lesson, other}
        assert [each.kinds for each in changes] == [[ChangeKind.MOVED]] * 2

    def test_has_default_titles_follow_and_others_stay(self, lesson):
        other = LessonFactory.create(title="复习")

        swap(lesson, other, action=action())

        lesson.refresh_from_db()
        other.refresh_from_db()
        local = timezone.localtime(lesson.starts_at)
        assert lesson.title == f"语文课 {local:%m%d-%H%M}"
        assert other.title == "复习"

    def test_gives_each_the_length_of_the_other(self, lesson):
        other = LessonFactory.create(starts_at=school_time(3, 8), ends_at=school_time(3, 9, 30))

        swap(lesson, other, action=action())

        assert period(lesson) == (school_time(3, 8), school_time(3, 9, 30))
        assert period(other) == (school_time(1, 8), school_time(1, 8, 45))

    def test_of_one_teacher_and_class_group_back_to_back(self, lesson, teacher, class_group):
        other = LessonFactory.create(
            teacher=teacher, class_groups=[class_group], **later(lesson, minutes=45)
        )
        was, other_was = period(lesson), period(other)

        swap(lesson, other, action=action())

        assert (period(lesson), period(other)) == (other_was, was)

    def test_of_merged_classes_moves_all_their_class_groups(self, lesson, class_group):
        second = ClassGroupFactory.create()
        merged = LessonFactory.create(class_groups=[class_group, second], **later(lesson, days=1))

        swap(lesson, merged, action=action())

        starts, ends = period(merged)
        assert (second, starts, ends) in taken_by(merged)
        assert (class_group, starts, ends) in taken_by(merged)
        assert starts == school_time(1, 8)

    def test_of_merged_classes_is_refused_when_one_of_them_is_taken(self, lesson, class_group):
        second = ClassGroupFactory.create()
        merged = LessonFactory.create(class_groups=[class_group, second], **later(lesson, days=1))
        third = LessonFactory.create(class_groups=[second], **later(lesson, minutes=10))

        with pytest.raises(LessonOverlaps) as refused:
            swap(lesson, merged, action=action())

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
                swap(*pair, action=action())
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
            swap(lesson, other, action=action())

        assert taken_in(refused).lesson == third
        assert student.display_name in overlap_in_words(refused.value)

    def test_lets_class_groups_overlap_for_a_reason(self, lesson, class_group):
        split = LessonFactory.create(
            class_groups=[class_group], overlap_reason="分组", **later(lesson, days=1)
        )
        LessonFactory.create(class_groups=[class_group], **later(split, days=1))
        other = LessonFactory.create(**later(split, days=1))

        swap(split, other, action=action())

        assert period(split)[0] == school_time(3, 8)

    def test_with_itself_is_nothing(self, lesson):
        with pytest.raises(NothingToSwap):
            swap(lesson, lesson, action=action())

    def test_at_the_same_time_is_nothing(self, lesson):
        other = LessonFactory.create(**later(lesson, days=0))

        with pytest.raises(NothingToSwap):
            swap(lesson, other, action=action())

    def test_with_a_cancelled_lesson_is_nothing(self, lesson):
        other = LessonFactory.create()
        lessons.cancel_lesson(other, reason="", at=timezone.now())

        for pair in ((lesson, other), (other, lesson)):
            with pytest.raises(NothingToSwap):
                swap(*pair, action=action())

    @pytest.mark.parametrize("minutes", [-5, -60])
    def test_with_what_has_begun_or_is_over_is_refused(self, lesson, minutes):
        start = timezone.now() + dt.timedelta(minutes=minutes)
        other = LessonFactory.create(starts_at=start)

        for pair in ((lesson, other), (other, lesson)):
            with pytest.raises(LessonFrozen):
                swap(*pair, action=action())

    def test_with_a_class_begun_early_is_refused(self, lesson):
        other = LessonFactory.create()
        begin(other)

        with pytest.raises(LessonFrozen):
            swap(lesson, other, action=action())

    def test_is_undone_by_swapping_again(self, lesson):
        other = LessonFactory.create()
        was = period(lesson), period(other)
        swap(lesson, other, action=action())

        swap(lesson, other, action=action())

        assert (period(lesson), period(other)) == was
        assert lesson.moved_at is None


class TestMoving:
    def test_keeps_the_length_and_has_a_default_title_follow(self, lesson):
        move(lesson, starts_at=school_time(4, 10), action=action())

        assert period(lesson) == (school_time(4, 10), school_time(4, 10, 45))
        assert lesson.title.endswith("-1000")

    def test_is_refused_when_somebody_is_taken(self, lesson, class_group):
        other = LessonFactory.create(class_groups=[class_group], starts_at=school_time(4, 10))

        with pytest.raises(LessonOverlaps) as refused:
            move(lesson, starts_at=school_time(4, 10, 30), action=action())

        assert taken_in(refused).lesson == other

    def test_is_refused_once_the_class_has_begun(self, lesson):
        begin(lesson)

        with pytest.raises(LessonFrozen):
            move(lesson, starts_at=school_time(4, 10), action=action())

    def test_is_refused_when_the_lesson_was_cancelled(self, lesson):
        lessons.cancel_lesson(lesson, reason="", at=timezone.now())

        with pytest.raises(LessonIsCancelled):
            move(lesson, starts_at=school_time(4, 10), action=action())


class TestLessonsOfATerm:
    @pytest.fixture
    def planned(self, teacher, class_group):
        """Two lessons of a term, as its plan has made them."""
        pattern = PatternFactory.create(teacher=teacher, class_groups=[class_group])
        self.term = pattern.term
        self.plan()
        return list(Lesson.objects.order_by("starts_at")[:2])

    def plan(self):
        return plan_term(self.term, action=PlanningAction(), at=timezone.now())

    def test_are_left_alone_by_the_next_plan_when_somebody_stands_in(
        self, planned, teacher, other_teacher
    ):
        stand_in([(planned[0], other_teacher)], action=action())

        found = self.plan().counts()

        assert not found.get("changed")
        assert Lesson.objects.get(pk=planned[0].pk).teacher == other_teacher
        assert PlannedLesson.objects.filter(is_edited=True).count() == 1

    def test_can_be_given_back(self, planned, teacher, other_teacher):
        stand_in([(planned[0], other_teacher)], action=action())

        stand_in([(planned[0], teacher)], action=action())
        self.plan()

        assert Lesson.objects.get(pk=planned[0].pk).teacher == teacher
        assert not Substitution.objects.exists()

    def test_are_left_alone_by_the_next_plan_after_a_swap(self, planned):
        one, two = planned
        other = LessonFactory.create(**later(one, hours=3))
        swap(one, other, action=action())

        self.plan()

        assert period(one)[0] == period(other)[0] + dt.timedelta(hours=3)
        assert two.starts_at == period(two)[0]
        edited = PlannedLesson.objects.filter(is_edited=True)
        assert [each.lesson for each in edited] == [one]
