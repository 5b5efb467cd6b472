"""Planning, changing and cancelling lessons."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from accounts.enums import Role
from schedule import hooks
from schedule.enums import ChangeKind, CloudStatus, LessonState
from schedule.lessons.cancel import LessonIsDraft, LessonOver, cancel_lesson, restore_lesson
from schedule.lessons.change import (
    LessonFrozen,
    change_lesson,
    change_lessons,
    publish_lesson,
    schedule_lesson,
)
from schedule.lessons.delete import LessonBegun, delete_lessons
from schedule.lessons.plan import LessonPlan, plan_of
from schedule.lessons.taking import LessonOverlaps
from schedule.models import Lesson, Occupation, Room
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    CourseFactory,
    LessonFactory,
    school_time,
)
from tests.support.lessons import changed, later, open_again
from tests.support.threads import all_at_once
from tests.support.variants import variant

pytestmark = pytest.mark.django_db


def plan(**fields):
    values = {
        "course": CourseFactory.create(),
        "teacher": UserFactory.create(roles=[Role.TEACHER]),
        "class_groups": (ClassGroupFactory.create(),),
        "starts_at": school_time(1, 8),
        "ends_at": school_time(1, 8, 45),
    }
    return LessonPlan(**{**values, **fields})


def room_of(lesson, **fields):
    values = {"room_id": 300000001, "sdk_app_id": 1, **fields}
    return Room.objects.create(lesson=lesson, **values)


@pytest.mark.both_databases("overlaps: PostgreSQL has a constraint, SQLite a check")
class TestPlanning:
    def test_title_defaults_to_course_and_start_in_school_time(self):
        lesson = schedule_lesson(plan(course=CourseFactory.create(name="语文课")))

        assert lesson.title == f"语文课 {school_time(1, 8):%m%d}-0800"

    def test_everybody_of_the_lesson_is_taken(self, lesson, teacher, assistant, class_group):
        taken = {row.person or row.class_group for row in lesson.occupations.all()}

        assert taken == {teacher, assistant, class_group}

    def test_person_is_never_in_two_lessons(self, lesson, teacher, assistant):
        for user in (teacher, assistant):
            with variant(user), pytest.raises(LessonOverlaps) as caught:
                schedule_lesson(plan(teacher=user, starts_at=school_time(1, 8, 30)))

            taken = caught.value.taken
            assert isinstance(taken, Occupation)
            assert (taken.person, taken.lesson) == (user, lesson)
            assert Lesson.objects.count() == 1

    def test_class_group_is_not_in_two_lessons(self, lesson, class_group):
        with pytest.raises(LessonOverlaps) as caught:
            schedule_lesson(plan(class_groups=(class_group,)))

        taken = caught.value.taken
        assert taken is not None
        assert taken.class_group == class_group

    def test_class_group_may_overlap_with_a_reason(self, lesson, class_group):
        second = schedule_lesson(plan(class_groups=(class_group,), overlap_reason="走班"))

        assert second.overlap_reason == "走班"

    def test_teacher_may_not_overlap_even_with_a_reason(self, lesson, teacher):
        with pytest.raises(LessonOverlaps):
            schedule_lesson(plan(teacher=teacher, overlap_reason="走班"))

    def test_lesson_may_begin_when_another_ends(self, lesson, teacher):
        following = plan(
            teacher=teacher,
            starts_at=lesson.ends_at,
            ends_at=lesson.ends_at + dt.timedelta(hours=1),
        )

        assert schedule_lesson(following).pk


class TestChanging:
    def test_equal_plan_changes_nothing(self, lesson):
        occupied = set(lesson.occupations.values_list("pk", flat=True))

        assert change_lesson(lesson, plan_of(lesson)) is False
        assert set(lesson.occupations.values_list("pk", flat=True)) == occupied

    def test_equal_plan_in_an_hour_that_clocks_repeat_changes_nothing(self):
        """There Python finds no moment of one zone equal to that of another."""
        berlin = ZoneInfo("Europe/Berlin")
        wished = plan(
            starts_at=dt.datetime(2026, 10, 25, 2, 30, tzinfo=berlin),
            ends_at=dt.datetime(2026, 10, 25, 2, 45, tzinfo=berlin),
        )
        made = schedule_lesson(wished)

        assert change_lesson(made, wished) is False
        assert change_lesson(made, replace(wished, title="复习")) is True
        assert made.changes.latest("pk").kinds == [ChangeKind.TITLE]

    @pytest.mark.both_databases("overlaps: PostgreSQL has a constraint, SQLite a check")
    def test_moved_lesson_frees_the_old_time(self, lesson, teacher):
        moved = changed(lesson, starts_at=school_time(2, 8), ends_at=school_time(2, 8, 45))

        assert change_lesson(lesson, moved) is True

        assert schedule_lesson(plan(teacher=teacher)).pk

    def test_other_assistants_and_class_groups_are_those_of_the_lesson(self, lesson):
        assistant, group = UserFactory.create(roles=[Role.TEACHER]), ClassGroupFactory.create()

        assert change_lesson(lesson, changed(lesson, class_groups=(group,))) is True
        assert change_lesson(lesson, changed(lesson, assistants=(assistant,))) is True

        assert list(lesson.class_groups.all()) == [group]
        assert list(lesson.assistants.all()) == [assistant]

    def test_change_is_flagged_for_the_room(self, lesson):
        room = room_of(lesson)

        change_lesson(lesson, changed(lesson, title="新题目"))

        room.refresh_from_db()
        assert room.must_change_in_cloud is True

    @pytest.mark.both_databases("overlaps: PostgreSQL has a constraint, SQLite a check")
    def test_lesson_cannot_move_onto_another(self, lesson, teacher):
        other = LessonFactory.create(teacher=teacher, starts_at=school_time(3, 8))

        with pytest.raises(LessonOverlaps):
            change_lesson(other, changed(other, starts_at=lesson.starts_at))

        other.refresh_from_db()
        assert other.starts_at == school_time(3, 8)

    @pytest.mark.both_databases("overlaps: PostgreSQL has a constraint, SQLite a check")
    def test_teachers_can_swap_when_both_lessons_change_at_once(self, lesson, teacher):
        other = LessonFactory.create(starts_at=lesson.starts_at, ends_at=lesson.ends_at)
        second_teacher = other.teacher

        change_lessons(
            [
                (lesson, changed(lesson, teacher=second_teacher)),
                (other, changed(other, teacher=teacher)),
            ]
        )

        lesson.refresh_from_db()
        assert lesson.teacher == second_teacher

    def test_cancelled_lesson_changes_among_others_and_takes_nobody(self, lesson, teacher):
        cancel_lesson(lesson, reason="", at=timezone.now())
        other = LessonFactory.create(teacher=teacher, starts_at=lesson.starts_at)

        count = change_lessons(
            [(each, changed(each, **later(each, minutes=5))) for each in (lesson, other)]
        )

        lesson.refresh_from_db()
        assert (count, lesson.is_cancelled) == (2, True)
        assert not lesson.occupations.filter(is_active=True).exists()

    def test_new_words_leave_whom_a_lesson_takes(self, lesson):
        taken = set(lesson.occupations.values_list("pk", flat=True))

        change_lesson(lesson, changed(lesson, title="新题目"))

        assert set(lesson.occupations.values_list("pk", flat=True)) == taken

    def test_of_many_lessons_none_changes_when_one_is_gone(self, lesson):
        other = LessonFactory.create()
        wanted = [(each, changed(each, title="新题目")) for each in (lesson, other)]
        delete_lessons([other], at=timezone.now())

        with pytest.raises(Lesson.DoesNotExist):
            change_lessons(wanted)

        lesson.refresh_from_db()
        assert lesson.title != "新题目"

    @pytest.mark.parametrize("status", [CloudStatus.RUNNING, CloudStatus.ENDED])
    def test_begun_class_takes_a_new_title_only(self, status, lesson, other_teacher):
        room_of(lesson, cloud_status=status)

        change_lesson(lesson, changed(lesson, title="新题目"))
        lesson.refresh_from_db()
        with pytest.raises(LessonFrozen):
            change_lesson(lesson, changed(lesson, teacher=other_teacher))
        with pytest.raises(LessonFrozen):
            change_lesson(lesson, changed(lesson, assistants=()))

        lesson.refresh_from_db()
        assert lesson.title == "新题目"

    def test_class_that_is_opened_again_takes_other_people_but_no_other_time(
        self, lesson, other_teacher
    ):
        open_again(lesson)

        for fields in (later(lesson, hours=3), {"room_type": 1}, {"record_mode": 1}):
            with variant(fields), pytest.raises(LessonFrozen):
                change_lesson(lesson, changed(lesson, teacher=other_teacher, **fields))
        change_lesson(lesson, changed(lesson, teacher=other_teacher, assistants=()))

        lesson.refresh_from_db()
        assert lesson.teacher == other_teacher

    def test_cancelled_lesson_takes_nobody_when_it_is_changed(self, lesson, teacher):
        cancel_lesson(lesson, reason="", at=timezone.now())
        lesson.refresh_from_db()

        change_lesson(lesson, changed(lesson, title="新题目"))

        assert schedule_lesson(plan(teacher=teacher)).pk


class TestCancelling:
    @pytest.mark.both_databases("overlaps: PostgreSQL has a constraint, SQLite a check")
    def test_cancelled_lesson_frees_everybody_and_keeps_its_reason(self, lesson, teacher):
        room = room_of(lesson)

        cancel_lesson(lesson, reason="老师请假", at=timezone.now())

        lesson.refresh_from_db()
        room.refresh_from_db()
        assert (lesson.state, lesson.cancel_reason) == (LessonState.CANCELLED, "老师请假")
        assert room.must_leave_cloud is True
        assert not Occupation.objects.filter(is_active=True).exists()

    def test_second_cancelling_keeps_the_first_reason(self, lesson):
        cancel_lesson(lesson, reason="老师请假", at=timezone.now())

        cancel_lesson(lesson, reason="停电", at=timezone.now())

        lesson.refresh_from_db()
        assert lesson.cancel_reason == "老师请假"

    def test_past_lesson_cannot_be_cancelled(self, lesson):
        with pytest.raises(LessonOver):
            cancel_lesson(lesson, reason="", at=lesson.ends_at)

    def test_restored_lesson_takes_everybody_again_and_leaves_the_old_room(self, lesson):
        room = room_of(lesson)
        cancel_lesson(lesson, reason="老师请假", at=timezone.now())

        restore_lesson(lesson)

        lesson.refresh_from_db()
        room.refresh_from_db()
        assert (lesson.state, lesson.cancel_reason) == (LessonState.PUBLISHED, "")
        assert lesson.occupations.filter(is_active=True).count() == 3
        assert (room.is_current, room.must_leave_cloud) == (False, True)

    @pytest.mark.both_databases("overlaps: PostgreSQL has a constraint, SQLite a check")
    def test_restoring_is_refused_when_somebody_is_taken_meanwhile(self, lesson, teacher):
        cancel_lesson(lesson, reason="", at=timezone.now())
        schedule_lesson(plan(teacher=teacher))

        with pytest.raises(LessonOverlaps):
            restore_lesson(lesson)

        lesson.refresh_from_db()
        assert lesson.is_cancelled

    def test_draft_is_deleted_instead_of_cancelled(self):
        draft = schedule_lesson(plan(), is_draft=True)

        with pytest.raises(LessonIsDraft):
            cancel_lesson(draft, reason="", at=timezone.now())
        delete_lessons([draft], at=timezone.now())

        assert not Occupation.objects.exists()

    def test_draft_that_was_held_is_not_deleted(self):
        draft = schedule_lesson(plan(), is_draft=True)
        room_of(draft, cloud_status=CloudStatus.ENDED)

        with pytest.raises(LessonBegun):
            delete_lessons([draft], at=timezone.now())

        assert Lesson.objects.get() == draft

    def test_what_hangs_on_a_draft_hears_that_it_is_deleted(self, monkeypatch):
        draft = schedule_lesson(plan(), is_draft=True)
        heard: list[int] = []
        monkeypatch.setattr(hooks, "lessons_are_deleted", heard.extend)

        delete_lessons([draft], at=timezone.now())

        assert heard == [draft.pk]

    def test_published_draft_is_visible(self):
        draft = schedule_lesson(plan(), is_draft=True)

        publish_lesson(draft)

        assert Lesson.objects.visible().get() == draft


@pytest.mark.both_databases("overlaps: PostgreSQL has a constraint, SQLite a check")
@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_of_two_planners_with_one_teacher_one_wins(self, teacher):
        plans = [plan(teacher=teacher) for _number in range(8)]

        def attempt(wanted):
            try:
                return schedule_lesson(wanted).pk
            except LessonOverlaps:
                return None

        made = all_at_once(attempt, plans)

        assert len([pk for pk in made if pk is not None]) == 1
        assert Lesson.objects.count() == 1

    def test_postgresql_itself_refuses_two_occupations(self, lesson, teacher):
        if connection.vendor != "postgresql":
            return
        other = LessonFactory.create(starts_at=school_time(5, 8))

        with pytest.raises(IntegrityError, match="schedule_occupation_person_is_free"):
            Occupation.objects.create(
                lesson=other, person=teacher, starts_at=lesson.starts_at, ends_at=lesson.ends_at
            )
