"""The history of lessons, and what timetables and calendars follow from it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.enums import Role
from schedule.enums import ActionOrigin, ChangeKind, RecordMode, RoomType
from schedule.history.snapshots import snapshot_of
from schedule.history.telling_rules import POINTED_OUT_FOR
from schedule.lessons.cancel import cancel_lesson, restore_lesson
from schedule.lessons.change import change_lesson, publish_lesson, schedule_lessons
from schedule.lessons.delete import delete_lessons
from schedule.lessons.plan import LessonPlan, plan_of
from schedule.lessons.taking import LessonOverlaps
from schedule.models import Lesson, LessonChange, PlanningAction, Substitution
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, CourseFactory, LessonFactory, school_time

pytestmark = pytest.mark.django_db


def change(lesson: Lesson, *, action: PlanningAction | None = None, **fields: Any) -> bool:
    """Change these fields of the plan that the lesson stands for now."""
    now = Lesson.objects.get(pk=lesson.pk)
    return change_lesson(now, dataclasses.replace(plan_of(now), **fields), action=action)


def move(lesson: Lesson, *, days: int, action: PlanningAction | None = None) -> None:
    now = Lesson.objects.get(pk=lesson.pk)
    span = dt.timedelta(days=days)
    change(lesson, starts_at=now.starts_at + span, ends_at=now.ends_at + span, action=action)


def last_change(lesson: Lesson) -> LessonChange:
    return lesson.changes.latest("pk")


def marks_of(lesson: Lesson) -> tuple[object, ...]:
    lesson.refresh_from_db()
    return lesson.moved_from, lesson.moved_at, lesson.known_teacher, lesson.teacher_changed_at


class TestHistory:
    def test_deleted_draft_keeps_its_history(self, planner):
        draft = LessonFactory.create(is_draft=True)
        before = snapshot_of(draft)
        action = PlanningAction(by=planner)

        delete_lessons([draft], at=timezone.now(), action=action)

        row = LessonChange.objects.get(action=action)
        assert row.kinds == [ChangeKind.DELETED]
        assert (row.lesson, row.lesson_code) == (None, draft.code)
        assert (row.was, row.became) == (before, None)

    def test_action_goes_on_after_a_lesson_that_was_refused(self, lesson, planner):
        other = LessonFactory.create()
        for each in (lesson, other):
            cancel_lesson(each, reason="", at=timezone.now())
        LessonFactory.create(
            teacher=lesson.teacher, starts_at=lesson.starts_at, ends_at=lesson.ends_at
        )
        action = PlanningAction(by=planner)

        with pytest.raises(LessonOverlaps):
            restore_lesson(lesson, action=action)
        restore_lesson(other, action=action)

        assert PlanningAction.objects.filter(pk=action.pk).exists()
        assert last_change(other).action == action
        assert not action.changes.filter(lesson=lesson).exists()

    def test_planned_lesson_has_one_row_with_what_it_became(self, lesson):
        (row,) = lesson.changes.all()

        assert row.kinds == [ChangeKind.PLANNED]
        assert (row.was, row.became) == (None, snapshot_of(lesson))
        assert row.lesson_code == lesson.code

    def test_many_planned_at_once_share_an_action(self, planner, teacher, class_group):
        course = CourseFactory.create()
        plans = [
            LessonPlan(
                course=course,
                teacher=teacher,
                class_groups=(class_group,),
                starts_at=school_time(day, 8),
                ends_at=school_time(day, 9),
            )
            for day in (1, 2, 3)
        ]
        action = PlanningAction(by=planner, origin=ActionOrigin.IMPORT)

        made = schedule_lessons(plans, action=action)

        rows = LessonChange.objects.filter(action=action).order_by("pk")
        assert [row.lesson for row in rows] == made
        assert [row.became for row in rows] == [snapshot_of(lesson) for lesson in made]

    def test_one_row_for_one_action_whatever_it_changes(self, lesson, other_teacher, planner):
        before = snapshot_of(lesson)
        action = PlanningAction(by=planner, origin=ActionOrigin.PAGE, reason="李老师病了")

        change(
            lesson,
            teacher=other_teacher,
            assistants=(),
            title="复习",
            room_type=RoomType.LECTURE,
            record_mode=RecordMode.NONE,
            action=action,
        )

        row = last_change(lesson)
        assert row.kinds == [
            ChangeKind.TITLE,
            ChangeKind.TEACHER,
            ChangeKind.ASSISTANTS,
            ChangeKind.ROOM_TYPE,
            ChangeKind.RECORDING,
        ]
        assert (row.was, row.became) == (before, snapshot_of(Lesson.objects.get()))
        assert (row.action.by, row.action.reason) == (planner, "李老师病了")
        assert lesson.changes.count() == 2

    def test_title_that_follows_the_time_is_no_change_of_its_own(self, lesson):
        change(lesson, title="", starts_at=school_time(2, 8), ends_at=school_time(2, 9))

        assert last_change(lesson).kinds == [ChangeKind.MOVED]

    def test_each_state_has_its_kind(self):
        lesson = LessonFactory.create(is_draft=True)
        now = timezone.now()

        publish_lesson(lesson)
        cancel_lesson(lesson, reason="停电", at=now)
        restore_lesson(lesson)

        rows = lesson.changes.order_by("pk")
        assert [row.kinds for row in rows] == [
            ["planned"],
            ["published"],
            ["cancelled"],
            ["restored"],
        ]
        assert rows[2].action.reason == "停电"

    def test_what_changes_nothing_leaves_no_row_and_no_action(self, lesson):
        actions = PlanningAction.objects.count()
        now = timezone.now()

        assert not change(lesson)
        publish_lesson(lesson)
        restore_lesson(lesson)
        cancel_lesson(lesson, reason="", at=now)
        cancel_lesson(lesson, reason="again", at=now)

        assert lesson.changes.count() == 2
        assert PlanningAction.objects.count() == actions + 1

    def test_refused_change_leaves_no_row(self, lesson, other_teacher):
        taken = LessonFactory.create(teacher=other_teacher, starts_at=lesson.starts_at)

        with pytest.raises(LessonOverlaps):
            change(lesson, teacher=other_teacher)

        assert lesson.changes.count() == taken.changes.count() == 1

    def test_names_are_those_of_then(self, lesson, teacher):
        teacher.display_name = "李教授"
        teacher.save()

        move(lesson, days=1)

        was = last_change(lesson).was
        became_first = lesson.changes.earliest("pk").became
        assert became_first is not None
        assert was is not None
        assert (became_first.teacher.name, was.teacher.name) == ("李老师", "李教授")

    def test_history_outlives_its_lesson(self):
        lesson = LessonFactory.create(is_draft=True)

        delete_lessons([lesson], at=timezone.now())

        row = LessonChange.objects.filter(lesson_code=lesson.code).earliest("pk")
        assert row.became is not None
        assert (row.lesson, row.became.title) == (None, lesson.title)

    def test_is_due_at_once_also_where_it_only_mends_what_people_were_told(self, lesson):
        told, silent = PlanningAction(), PlanningAction(is_told=False)

        move(lesson, days=1, action=told)
        move(lesson, days=1, action=silent)

        assert (told.due_at, silent.due_at) == (told.at, silent.at)


class TestCalendars:
    def test_sequence_rises_with_what_calendars_show(self, lesson, other_teacher):
        now = timezone.now()
        seen = [lesson.sequence]

        def look() -> None:
            lesson.refresh_from_db()
            seen.append(lesson.sequence)

        move(lesson, days=1)
        look()
        change(lesson, teacher=other_teacher)
        look()
        cancel_lesson(lesson, reason="", at=now)
        look()
        restore_lesson(lesson)
        look()
        change(lesson, title="复习")
        look()
        change(lesson, class_groups=(ClassGroupFactory.create(),))
        look()

        assert seen == [0, 1, 2, 3, 4, 5, 6]
        assert lesson.changed_at == last_change(lesson).action.at

    def test_what_calendars_do_not_show_leaves_them_alone(self, lesson):
        changed_at = lesson.changed_at
        unseen: list[dict[str, Any]] = [
            {"record_mode": RecordMode.NONE},
            {"room_type": RoomType.LECTURE},
            {"assistants": ()},
            {"students_may_download": True},
            {"families_may_watch": False},
            {"overlap_reason": "两个小组"},
        ]

        for fields in unseen:
            assert change(lesson, **fields)

            lesson.refresh_from_db()
            assert (lesson.sequence, lesson.changed_at) == (0, changed_at), fields

    def test_drafts_are_in_no_calendar(self):
        lesson = LessonFactory.create(is_draft=True)

        move(lesson, days=1)
        publish_lesson(lesson)

        lesson.refresh_from_db()
        assert (lesson.sequence, lesson.moved_at) == (0, None)
        assert lesson.changed_at == last_change(lesson).action.at


class TestWhatTimetablesPointOut:
    def test_old_place_is_that_before_the_first_of_several_moves(self, lesson):
        first = lesson.starts_at

        move(lesson, days=1)
        move(lesson, days=1)

        assert marks_of(lesson)[0] == first

    def test_move_taken_back_is_pointed_out_no_more(self, lesson):
        move(lesson, days=1)
        move(lesson, days=-1)

        assert marks_of(lesson) == (None, None, None, None)

    def test_move_of_long_ago_is_forgotten(self, lesson):
        move(lesson, days=1)
        lesson.refresh_from_db()
        between = lesson.starts_at
        Lesson.objects.update(moved_at=timezone.now() - POINTED_OUT_FOR)

        move(lesson, days=1)

        assert marks_of(lesson)[0] == between

    def test_longer_class_is_no_other_place(self, lesson):
        change(lesson, ends_at=lesson.ends_at + dt.timedelta(minutes=30))

        assert marks_of(lesson) == (None, None, None, None)
        assert lesson.sequence == 1

    def test_expected_teacher_is_the_one_before_the_first_change(
        self, lesson, teacher, other_teacher
    ):
        change(lesson, teacher=UserFactory.create(roles=[Role.TEACHER]))
        change(lesson, teacher=other_teacher)
        assert marks_of(lesson)[2] == teacher

        change(lesson, teacher=teacher)

        assert marks_of(lesson) == (None, None, None, None)


class TestSubstitutions:
    def test_end_only_when_the_teacher_takes_the_lesson_back(self):
        lesson, other = LessonFactory.create(), LessonFactory.create()
        for each in (lesson, other):
            Substitution.objects.create(lesson=each, absent_teacher=each.teacher)
            change(each, teacher=UserFactory.create(roles=[Role.TEACHER]))

        change(lesson, teacher=lesson.teacher)

        assert Substitution.objects.get().lesson == other
