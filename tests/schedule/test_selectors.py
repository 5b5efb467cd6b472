"""Lessons in people's weeks, and the marks that they have there."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from schedule.absences.writing import stand_in
from schedule.enums import CloudStatus
from schedule.lessons.access import get_timetable_choice
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.change import change_lesson
from schedule.lessons.plan import plan_of
from schedule.models import Lesson, PlanningAction, Room
from schedule.timetable import cards, page_facts, timetables, weeks
from schedule.timetable.timetable_rows import rows_of
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    CourseFactory,
    LessonFactory,
    MembershipFactory,
    UnplannedLessonFactory,
    school_time,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_china")]

MONDAY = dt.date(2022, 10, 24)


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    day_of_october = dt.date(2022, 10, day)
    return timezone.make_aware(dt.datetime.combine(day_of_october, dt.time(hour, minute)))


def week(user, now=None):
    viewer = timetables.viewer_of(user, is_own_timetable=True)
    timetable = timetables.own_timetable(user)
    now = now or at(24, 7)
    followed = page_facts.week_facts(MONDAY, timetable, at=now)
    return weeks.week_of(MONDAY, (each.lesson for each in followed), viewer, now)


def card(lesson, user, now):
    viewer = timetables.viewer_of(user, is_own_timetable=True)
    (found,) = cards.cards_of(rows_of(Lesson.objects.filter(pk=lesson.pk)), viewer, now)
    return found


class TestWhoseLessons:
    def test_teacher_assistant_and_students_see_the_lesson_others_do_not(
        self, lesson, teacher, assistant, student, outsider, other_teacher, planner, supervisor
    ):
        seeing = {
            user.username
            for user in (
                teacher,
                assistant,
                student,
                outsider,
                other_teacher,
                planner,
                supervisor,
            )
            if timetables.own_lessons(user).exists()
        }

        assert seeing == {"teacher", "assistant", "student"}

    def test_student_sees_the_days_inside_the_membership_both_included(self, class_group):
        student = UserFactory.create()
        MembershipFactory.create(
            user=student,
            class_group=class_group,
            from_date=dt.date(2022, 10, 25),
            to_date=dt.date(2022, 10, 26),
        )
        for day in (24, 25, 26, 27):
            UnplannedLessonFactory.create(class_groups=[class_group], starts_at=at(day, 0))
            UnplannedLessonFactory.create(
                class_groups=[class_group], starts_at=at(day, 23), ends_at=at(day, 23, 59)
            )

        seen = [timezone.localtime(row.starts_at).day for row in timetables.own_lessons(student)]

        assert sorted(seen) == [25, 25, 26, 26]

    def test_days_beyond_the_calendar_mean_always(self, class_group):
        UnplannedLessonFactory.create(class_groups=[class_group])
        for days in (
            {"from_date": dt.date.min, "to_date": None},
            {"from_date": None, "to_date": dt.date.max},
            {"from_date": dt.date.min, "to_date": dt.date.max},
        ):
            student = MembershipFactory.create(class_group=class_group, **days).user

            assert timetables.own_lessons(student).count() == 1, days

    def test_lesson_of_two_groups_of_one_student_stands_once(
        self, student, class_group, other_class_group
    ):
        MembershipFactory.create(user=student, class_group=other_class_group)
        UnplannedLessonFactory.create(class_groups=[class_group, other_class_group])

        assert timetables.own_lessons(student).count() == 1

    def test_class_teacher_has_no_lessons_by_that(self, lesson, class_group, other_teacher):
        MembershipFactory.create(user=other_teacher, class_group=class_group, kind="class_teacher")

        assert not timetables.own_lessons(other_teacher).exists()

    def test_drafts_are_nobodys(self, teacher):
        UnplannedLessonFactory.create(teacher=teacher, is_draft=True)

        assert not timetables.own_lessons(teacher).exists()


class TestWeek:
    def test_days_and_hours_of_a_week_without_lessons(self, teacher):
        empty = week(teacher)

        assert [day.date.day for day in empty.days] == [24, 25, 26, 27, 28, 29, 30]
        assert [row.starts // 60 for row in empty.rows] == list(range(8, 19))
        assert empty.is_empty

    def test_hours_reach_further_when_lessons_need_it(self, teacher):
        UnplannedLessonFactory.create(teacher=teacher, starts_at=at(24, 6, 30))
        UnplannedLessonFactory.create(teacher=teacher, starts_at=at(30, 20))

        assert [row.starts // 60 for row in week(teacher).rows] == list(range(6, 21))

    def test_lesson_stands_in_the_row_of_its_start_hour(self, teacher):
        lesson = UnplannedLessonFactory.create(teacher=teacher, starts_at=at(26, 9, 50))

        found = [
            (row.head, column)
            for row in week(teacher).rows
            for column, cell in enumerate(row.cells)
            if cell
        ]

        assert found == [("09:00", 2)]
        assert week(teacher).days[2].cards[0].code == lesson.code

    def test_week_holds_monday_0000_to_sunday_2400(self, teacher):
        for moment in (at(23, 23), at(24, 0), at(30, 23)):
            UnplannedLessonFactory.create(
                teacher=teacher, starts_at=moment, ends_at=moment + dt.timedelta(minutes=30)
            )

        shown = [timezone.localtime(c.starts_at).day for d in week(teacher).days for c in d.cards]

        assert shown == [24, 30]

    def test_today_is_marked(self, teacher):
        assert [day.is_today for day in week(teacher, at(26, 12)).days].index(True) == 2


class TestMarks:
    @pytest.fixture
    def planned(self, teacher, class_group):
        return UnplannedLessonFactory.create(
            teacher=teacher, class_groups=[class_group], starts_at=at(24, 8), ends_at=at(24, 9)
        )

    def test_marks_follow_plan_and_cloud(self, planned, teacher):
        expected = {
            (at(24, 7), CloudStatus.NOT_STARTED): (False, False, False),
            (at(24, 7, 30), CloudStatus.NOT_STARTED): (False, False, True),
            (at(24, 8), CloudStatus.NOT_STARTED): (True, False, True),
            (at(24, 8, 30), CloudStatus.RUNNING): (True, False, True),
            (at(24, 8, 30), CloudStatus.ENDED): (False, True, False),
            # Perhaps it was begun and nobody has entered since: the way back stays open.
            (at(24, 9), CloudStatus.NOT_STARTED): (False, False, True),
            (at(24, 9, 30), CloudStatus.NOT_STARTED): (False, False, True),
            (at(24, 9, 31), CloudStatus.NOT_STARTED): (False, True, False),
            (at(24, 9), CloudStatus.EXPIRED): (False, True, False),
            (at(24, 9, 10), CloudStatus.RUNNING): (True, False, True),
            (at(24, 9, 30), CloudStatus.RUNNING): (True, False, True),
            (at(24, 9, 31), CloudStatus.RUNNING): (False, True, False),
            (at(24, 9, 10), CloudStatus.ENDED): (False, True, False),
        }
        Room.objects.create(lesson=planned, sdk_app_id=1, room_id=300000001)

        def marks(now, status):
            Room.objects.update(cloud_status=status)
            found = card(planned, teacher, now)
            return found.is_running, found.is_over, found.can_enter

        assert {(now, status): marks(now, status) for now, status in expected} == expected

    def test_lesson_without_a_room_is_over_at_its_end(self, planned, teacher):
        found = card(planned, teacher, at(24, 9))

        assert (found.is_over, found.can_enter) == (True, False)

    def test_student_may_enter_later_than_the_teacher(self, planned, teacher, student):
        assert card(planned, teacher, at(24, 7)).opens_at == at(24, 7, 30)
        assert card(planned, student, at(24, 7)).opens_at == at(24, 7, 50)

    def test_cancelled_lesson_cannot_be_entered(self, planned, teacher):
        cancel_lesson(planned, reason="老师请假", at=at(24, 7))

        found = card(planned, teacher, at(24, 8))

        assert (found.is_cancelled, found.is_running, found.can_enter) == (True, False, False)
        assert found.cancel_reason == "老师请假"


class TestChangesOfLate:
    """A lesson that was moved, or has another teacher, is marked for a week."""

    @pytest.fixture
    def planned(self, teacher, class_group):
        return UnplannedLessonFactory.create(
            course=CourseFactory.create(name="语文课"),
            teacher=teacher,
            class_groups=[class_group],
            starts_at=at(24, 8),
            ends_at=at(24, 9),
        )

    def move(self, lesson, day: int, hour: int, *, when=None) -> None:
        self.change(lesson, when, starts_at=at(day, hour), ends_at=at(day, hour + 1))

    def change(self, lesson, when=None, **fields) -> None:
        now = Lesson.objects.get(pk=lesson.pk)
        plan = dataclasses.replace(plan_of(now), **fields)
        change_lesson(now, plan, action=PlanningAction(at=when or at(23, 12)))

    def marks(self, lesson, user, now) -> list[str]:
        return [mark.label for mark in card(lesson, user, now).change_marks]

    def test_time_and_teacher_until_a_week_has_passed(self, planned, teacher, other_teacher):
        assert self.marks(planned, teacher, at(23, 13)) == []

        self.move(planned, 26, 10)
        self.change(planned, teacher=other_teacher)

        assert self.marks(planned, teacher, at(23, 13)) == ["时间已改", "换老师"]
        assert self.marks(planned, teacher, at(30, 11)) == ["时间已改", "换老师"]
        assert self.marks(planned, teacher, at(30, 12)) == []

    def test_substitute_as_long_as_somebody_stands_in(self, planned, teacher, other_teacher):
        stand_in([(planned, other_teacher)], action=PlanningAction(at=at(23, 12)))
        assert self.marks(planned, teacher, at(23, 13)) == ["代课"]

        stand_in([(planned, teacher)], action=PlanningAction(at=at(23, 13)))
        assert self.marks(planned, teacher, at(23, 14)) == []

    def test_not_of_what_was_taken_back(self, planned, teacher):
        self.move(planned, 26, 10)
        self.move(planned, 24, 8)

        assert self.marks(planned, teacher, at(23, 13)) == []

    def test_not_of_a_cancelled_lesson_which_says_that_alone(self, planned, teacher):
        self.move(planned, 26, 10)
        cancel_lesson(planned, reason="停电", at=at(24, 7))

        assert self.marks(planned, teacher, at(24, 8)) == []
        assert [mark.label for mark in card(planned, teacher, at(24, 8)).marks] == ["已取消"]

    def test_old_place_of_the_week_says_where_the_lesson_is(self, planned, teacher):
        self.move(planned, 26, 10)

        shown = week(teacher)

        cells = {(row.head, day): row.cells[day] for row in shown.rows for day in range(7)}
        filled = {place: cell for place, cell in cells.items() if cell}
        assert list(filled) == [("08:00", 0), ("10:00", 2)]
        (old,), (moved,) = filled.values()
        assert (old.card, old.start_text, old.news) == (moved, "08:00", "改到 周三 10:00")

    def test_old_place_is_no_lesson(self, planned, teacher):
        self.move(planned, 26, 10)

        shown = week(teacher, at(25, 12))

        assert (shown.earlier_count, shown.earlier_days) == (0, [])
        assert [day.date.day for day in shown.days_ahead] == [25, 26]
        assert shown.next_lesson.start_text == "10:00"
        assert len(shown.with_next(None)) == 1

    def test_old_place_to_come_is_in_the_list_of_days(self, planned, teacher):
        self.move(planned, 28, 19)
        self.move(planned, 25, 8)

        shown = week(teacher)

        assert [len(day.entries) for day in shown.days_ahead] == [1, 1]
        assert shown.days[0].old_places[0].news == "改到 周二 08:00"

    def test_old_place_of_another_week_is_not_shown(self, planned, teacher):
        self.move(planned, 31, 8, when=at(24, 6))

        assert week(teacher, at(24, 7)).is_empty

    def test_old_place_goes_after_a_week(self, planned, teacher):
        self.move(planned, 26, 10, when=at(17, 6))

        assert [day.old_places for day in week(teacher, at(24, 7)).days] == [()] * 7

    def test_old_place_of_a_lesson_cancelled_since_says_that(self, planned, teacher):
        self.move(planned, 26, 10)
        cancel_lesson(planned, reason="停电", at=at(24, 7))

        assert week(teacher).days[0].old_places[0].news == "已取消"

    def test_former_teacher_has_neither(self, planned, teacher, other_teacher):
        self.move(planned, 26, 10)
        self.change(planned, teacher=other_teacher)

        assert week(teacher).is_empty
        assert [len(day.entries) for day in week(teacher).days] == [0] * 7


class TestNextLesson:
    def find(self, user, now):
        viewer = timetables.viewer_of(user, is_own_timetable=True)
        return weeks.next_lesson(timetables.own_timetable(user), viewer, now)

    def test_running_lesson_comes_before_the_next(self, teacher):
        running = UnplannedLessonFactory.create(
            teacher=teacher, starts_at=at(24, 8), ends_at=at(24, 9)
        )
        UnplannedLessonFactory.create(teacher=teacher, starts_at=at(24, 9))

        assert self.find(teacher, at(24, 8, 30)).code == running.code

    def test_ended_cancelled_and_draft_lessons_are_passed_over(self, teacher):
        ended = UnplannedLessonFactory.create(
            teacher=teacher, starts_at=at(24, 8), ends_at=at(24, 9)
        )
        Room.objects.create(lesson=ended, sdk_app_id=1, cloud_status=CloudStatus.ENDED)
        cancelled = UnplannedLessonFactory.create(teacher=teacher, starts_at=at(24, 9))
        cancel_lesson(cancelled, reason="", at=at(24, 8))
        UnplannedLessonFactory.create(teacher=teacher, starts_at=at(24, 10), is_draft=True)
        expected = UnplannedLessonFactory.create(teacher=teacher, starts_at=at(25, 8))

        assert self.find(teacher, at(24, 8, 30)).code == expected.code

    def test_nothing_is_found_when_nothing_comes(self, teacher):
        UnplannedLessonFactory.create(teacher=teacher, starts_at=at(24, 8))

        assert self.find(teacher, at(25, 8)) is None


class TestNextLessonOfTheWeek:
    """The week of now has read the next lesson already."""

    def test_first_that_is_not_over(self, teacher):
        UnplannedLessonFactory.create(teacher=teacher, starts_at=at(24, 8), ends_at=at(24, 9))
        ended = UnplannedLessonFactory.create(teacher=teacher, starts_at=at(24, 9))
        Room.objects.create(lesson=ended, sdk_app_id=1, cloud_status=CloudStatus.ENDED)
        cancelled = UnplannedLessonFactory.create(teacher=teacher, starts_at=at(24, 10))
        cancel_lesson(cancelled, reason="", at=at(24, 8))
        expected = UnplannedLessonFactory.create(teacher=teacher, starts_at=at(24, 11))

        assert week(teacher, at(24, 9)).next_lesson.code == expected.code

    def test_lesson_begun_the_week_before_runs_on_and_is_not_shown(self, teacher):
        running = UnplannedLessonFactory.create(
            teacher=teacher, starts_at=at(23, 23), ends_at=at(24, 1)
        )
        UnplannedLessonFactory.create(teacher=teacher, starts_at=at(23, 21), ends_at=at(23, 22))
        UnplannedLessonFactory.create(teacher=teacher, starts_at=at(24, 8))

        found = week(teacher, at(24, 0, 30))

        assert found.next_lesson.code == running.code
        assert [card.local_start.day for day in found.days for card in day.cards] == [24]

    def test_none_in_another_week(self, teacher):
        UnplannedLessonFactory.create(teacher=teacher, starts_at=at(24, 8))

        assert week(teacher, at(23, 12)).next_lesson is None

    def test_costs_no_query(self, teacher, django_assert_num_queries):
        for hour in (8, 9, 10):
            LessonFactory.create(teacher=teacher, starts_at=at(28, hour))

            viewer = User.objects.get(pk=teacher.pk)  # who knows their roles not yet
            # The roles, the school, the memberships, the lessons.
            with django_assert_num_queries(4):
                assert week(viewer, at(24, 7)).next_lesson is not None


class TestOthersTimetables:
    def test_staff_see_drafts_supervisors_do_not(self, planner, supervisor, teacher):
        UnplannedLessonFactory.create(teacher=teacher, is_draft=True, starts_at=school_time(1, 8))

        counts = {}
        for user in (planner, supervisor):
            choice = get_timetable_choice(user, {"teacher": teacher.username})
            counts[user.username] = timetables.timetable_of(choice, user).lessons().count()

        assert counts == {"planner": 1, "supervisor": 0}

    def test_supervisor_may_enter_what_they_look_at(self, lesson, supervisor):
        viewer = timetables.viewer_of(supervisor, is_own_timetable=False)

        (seen,) = cards.cards_of(rows_of(Lesson.objects.all()), viewer, lesson.starts_at)

        assert seen.can_enter

    def test_planner_may_not(self, lesson):
        viewer = timetables.viewer_of(
            UserFactory.create(roles=[Role.PLANNER]), is_own_timetable=False
        )

        (seen,) = cards.cards_of(rows_of(Lesson.objects.all()), viewer, lesson.starts_at)

        assert (seen.opens_at, seen.can_enter) == (None, False)
