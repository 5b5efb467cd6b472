from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from schedule.enums import CloudStatus, DayKind, WeeklyLessonSource
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.change import change_lesson, publish_lesson
from schedule.lessons.delete import delete_lessons
from schedule.lessons.locks import lock_lessons
from schedule.lessons.plan import plan_of
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.models import (
    ClassGroup,
    Lesson,
    PlannedLesson,
    PlanningAction,
    Room,
    Term,
    TermDay,
    WeeklyLesson,
)
from schedule.terms.planning import term_plan
from schedule.terms.planning.difference import difference
from schedule.terms.planning.term_difference import PlanPart, TermDifference
from schedule.terms.planning.term_plan import PlanConflicts, PlanOptions, plan_term
from schedule.terms.publication import publish_term
from schedule.terms.term_versions import touch
from schedule.week_grid import monday_of
from tests.factories.accounts import UserFactory
from tests.factories.schedule import LessonFactory, TermFactory, WeeklyLessonFactory
from tests.support.classes import make_room

pytestmark = pytest.mark.django_db

WEEK = dt.timedelta(weeks=1)


@pytest.fixture
def term() -> Term:
    return TermFactory.create(weeks=4)


@pytest.fixture
def weekly_lesson(term: Term, teacher: User) -> WeeklyLesson:
    return WeeklyLessonFactory.create(term=term, teacher=teacher)


def plan(term: Term, **how: Any) -> TermDifference:
    options = PlanOptions(at=timezone.now(), **how)
    return plan_term(term, action=PlanningAction(), options=options)


def planned(term: Term) -> list[dt.datetime]:
    rows = Lesson.objects.filter(planned__term=term).order_by("starts_at")
    return [timezone.localtime(starts_at) for starts_at in rows.values_list("starts_at", flat=True)]


def days(term: Term, *numbers: int) -> list[dt.date]:
    return [term.first_monday + dt.timedelta(days=number) for number in numbers]


def test_each_week_gets_its_lesson(term: Term, weekly_lesson: WeeklyLesson):
    assert plan(term).counts() == {"added": 4, "changed": 0, "unchanged": 0, "removed": 0}

    assert [start.date() for start in planned(term)] == days(term, 0, 7, 14, 21)
    assert {start.time() for start in planned(term)} == {dt.time(8)}


def test_again_changes_nothing(term: Term, weekly_lesson: WeeklyLesson):
    plan(term)
    before = list(Lesson.objects.order_by("pk").values())

    assert plan(term).counts() == {"added": 0, "changed": 0, "unchanged": 4, "removed": 0}

    assert list(Lesson.objects.order_by("pk").values()) == before


def test_day_that_makes_up_has_the_lessons_of_the_holiday(term: Term, weekly_lesson: WeeklyLesson):
    plan(term)
    codes = set(Lesson.objects.values_list("code", flat=True))
    holiday, saturday = days(term, 7, 5)
    TermDay.objects.create(term=term, date=holiday, kind=DayKind.HOLIDAY)
    TermDay.objects.create(term=term, date=saturday, kind=DayKind.WORKDAY, plan_weekday=1)

    assert plan(term).counts() == {"added": 0, "changed": 1, "unchanged": 3, "removed": 0}

    assert [start.date() for start in planned(term)] == days(term, 0, 5, 14, 21)
    assert set(Lesson.objects.values_list("code", flat=True)) == codes


def test_lessons_follow_their_weekly_lesson_to_another_weekday(
    term: Term, weekly_lesson: WeeklyLesson
):
    plan(term)
    codes = list(Lesson.objects.order_by("starts_at").values_list("code", flat=True))
    WeeklyLesson.objects.update(weekday=3)

    assert plan(term).counts() == {"added": 0, "changed": 4, "unchanged": 0, "removed": 0}

    assert [start.date() for start in planned(term)] == days(term, 2, 9, 16, 23)
    assert list(Lesson.objects.order_by("starts_at").values_list("code", flat=True)) == codes


def test_what_somebody_edited_is_left_alone(term: Term, weekly_lesson: WeeklyLesson):
    plan(term)
    moved, cancelled, deleted, rest = Lesson.objects.order_by("starts_at")
    later = dataclasses.replace(plan_of(moved), ends_at=moved.ends_at + dt.timedelta(minutes=5))
    change_lesson(moved, later)
    cancel_lesson(cancelled, reason="", at=timezone.now())
    delete_lessons([deleted], at=timezone.now())
    WeeklyLesson.objects.update(starts=dt.time(9), ends=dt.time(9, 45))

    done = plan(term)

    assert done.counts() == {"added": 0, "changed": 1, "unchanged": 3, "removed": 0}
    rest.refresh_from_db()
    assert timezone.localtime(rest.starts_at).time() == dt.time(9)
    assert Lesson.objects.count() == 3


def test_reason_for_an_overlap_is_an_edit(term: Term, weekly_lesson: WeeklyLesson):
    plan(term)
    lesson = Lesson.objects.earliest("starts_at")
    change_lesson(lesson, dataclasses.replace(plan_of(lesson), overlap_reason="走班"))

    assert plan(term).counts() == {"added": 0, "changed": 0, "unchanged": 4, "removed": 0}

    lesson.refresh_from_db()
    assert lesson.overlap_reason == "走班"


def test_removed_weekly_lesson_takes_its_coming_lessons_with_it(
    term: Term, weekly_lesson: WeeklyLesson
):
    plan(term)
    weekly_lesson.delete()

    assert plan(term).counts() == {"added": 0, "changed": 0, "unchanged": 0, "removed": 4}

    assert not Lesson.objects.exists()
    assert not PlannedLesson.objects.exists()


def test_who_is_taken_stands_against_the_plan(
    term: Term, weekly_lesson: WeeklyLesson, teacher: User
):
    start = timezone.make_aware(dt.datetime.combine(days(term, 7)[0], dt.time(8, 30)))
    other = LessonFactory.create(teacher=teacher, starts_at=start)

    with pytest.raises(PlanConflicts) as caught:
        plan(term)

    (conflict,) = caught.value.difference.conflicts
    assert (conflict.lesson_id, conflict.holder.pk) == (other.pk, teacher.pk)
    assert plan(term, leaves_out_conflicts=True).counts()["added"] == 3


class TestWeeklyLessonMadeAnew:
    """Somebody removes a weekly lesson and makes it again: its lessons stay."""

    def again(self, weekly_lesson: WeeklyLesson, **fields: object) -> WeeklyLesson:
        same = {
            name: getattr(weekly_lesson, name)
            for name in ("term", "course", "weekday", "starts", "ends")
        }
        groups = list(weekly_lesson.class_groups.all())
        WeeklyLesson.objects.get(pk=weekly_lesson.pk).delete()
        values = {**same, "teacher": weekly_lesson.teacher, "class_groups": groups, **fields}
        return WeeklyLessonFactory.create(**values)

    def test_keeps_its_lessons(self, term: Term, weekly_lesson: WeeklyLesson):
        plan(term)
        before = list(Lesson.objects.order_by("pk").values())
        made = self.again(weekly_lesson)

        assert plan(term).counts() == {"added": 0, "changed": 0, "unchanged": 4, "removed": 0}

        assert list(Lesson.objects.order_by("pk").values()) == before
        assert set(PlannedLesson.objects.values_list("weekly_lesson", flat=True)) == {made.pk}

    def test_another_teacher_takes_them_over(
        self, term: Term, weekly_lesson: WeeklyLesson, other_teacher: User
    ):
        plan(term)
        codes = set(Lesson.objects.values_list("code", flat=True))
        self.again(weekly_lesson, teacher=other_teacher)

        assert plan(term).counts() == {"added": 0, "changed": 4, "unchanged": 0, "removed": 0}

        assert set(Lesson.objects.values_list("code", flat=True)) == codes
        assert set(Lesson.objects.values_list("teacher", flat=True)) == {other_teacher.pk}

    def test_at_another_time_it_is_another(self, term: Term, weekly_lesson: WeeklyLesson):
        plan(term)
        self.again(weekly_lesson, starts=dt.time(14), ends=dt.time(15))

        assert plan(term).counts() == {"added": 4, "changed": 0, "unchanged": 0, "removed": 4}

    def test_lesson_that_somebody_moved_stands_for_it(
        self, term: Term, weekly_lesson: WeeklyLesson
    ):
        plan(term)
        moved = Lesson.objects.earliest("starts_at")
        evening = {"starts_at": 10, "ends_at": 10}
        later = dataclasses.replace(
            plan_of(moved),
            **{name: getattr(moved, name) + dt.timedelta(hours=h) for name, h in evening.items()},
        )
        change_lesson(moved, later)
        self.again(weekly_lesson)

        assert plan(term).counts() == {"added": 0, "changed": 0, "unchanged": 4, "removed": 0}
        assert Lesson.objects.count() == 4


class TestSwaps:
    """Two weekly lessons exchange what they are, in one go."""

    def test_of_times(self, term: Term, weekly_lesson: WeeklyLesson, class_group):
        weekly_lesson.class_groups.set([class_group])
        other = WeeklyLessonFactory.create(
            term=term, class_groups=[class_group], starts=dt.time(9), ends=dt.time(9, 45)
        )
        plan(term)
        WeeklyLesson.objects.filter(pk=weekly_lesson.pk).update(
            starts=dt.time(9), ends=dt.time(9, 45)
        )
        WeeklyLesson.objects.filter(pk=other.pk).update(starts=dt.time(8), ends=dt.time(8, 45))

        assert plan(term).counts() == {"added": 0, "changed": 8, "unchanged": 0, "removed": 0}

    def test_of_teachers(
        self, term: Term, weekly_lesson: WeeklyLesson, teacher: User, other_teacher: User
    ):
        other = WeeklyLessonFactory.create(term=term, teacher=other_teacher)
        plan(term)
        WeeklyLesson.objects.filter(pk=weekly_lesson.pk).update(teacher=other_teacher)
        WeeklyLesson.objects.filter(pk=other.pk).update(teacher=teacher)

        assert plan(term).counts() == {"added": 0, "changed": 8, "unchanged": 0, "removed": 0}


class TestPast:
    @pytest.fixture
    def now(self, term: Term, weekly_lesson: WeeklyLesson, monkeypatch) -> dt.datetime:
        """The moment at which the second lesson begins."""
        plan(term)
        return Lesson.objects.order_by("starts_at")[1].starts_at

    def test_lesson_that_begins_at_this_moment_is_left(self, term, weekly_lesson, now):
        WeeklyLesson.objects.update(starts=dt.time(10), ends=dt.time(10, 45))

        done = plan_term(term, action=PlanningAction(), options=PlanOptions(at=now))

        assert done.counts() == {"added": 0, "changed": 2, "unchanged": 2, "removed": 0}

    def test_nothing_moves_into_the_past(self, term, weekly_lesson, now):
        WeeklyLesson.objects.update(starts=dt.time(6), ends=dt.time(6, 45))
        early = now - dt.timedelta(hours=1)

        done = plan_term(term, action=PlanningAction(), options=PlanOptions(at=early))

        assert done.counts() == {"added": 0, "changed": 2, "unchanged": 2, "removed": 0}
        assert [each.date for each in done.left_alone] == [timezone.localdate(now)]

    def test_day_that_is_over_is_not_followed_to(self, term, weekly_lesson, now):
        """On Wednesday the weekly lesson moves from Thursday to Tuesday: this week's lesson has no place any more."""
        WeeklyLesson.objects.update(weekday=4)
        plan(term)
        WeeklyLesson.objects.update(weekday=2)
        wednesday = now + dt.timedelta(days=2)

        done = plan_term(term, action=PlanningAction(), options=PlanOptions(at=wednesday))

        assert done.counts() == {"added": 0, "changed": 2, "unchanged": 1, "removed": 1}
        assert all(start > wednesday for start in planned(term)[1:])

    def test_week_whose_lesson_was_held_has_no_second_one(self, term, weekly_lesson, now):
        WeeklyLesson.objects.update(weekday=5)

        done = plan_term(term, action=PlanningAction(), options=PlanOptions(at=now))

        assert done.counts() == {"added": 0, "changed": 2, "unchanged": 2, "removed": 0}

    def test_later_plans_make_no_history(self, term, weekly_lesson, now):
        WeeklyLessonFactory.create(term=term)

        done = plan_term(term, action=PlanningAction(), options=PlanOptions(at=now, with_past=True))

        assert (done.counts()["added"], len(done.past)) == (2, 2)


class TestEditedByHand:
    def test_stands_for_its_weekly_lesson_that_moves(self, term: Term, weekly_lesson: WeeklyLesson):
        plan(term)
        moved, deleted, *_rest = Lesson.objects.order_by("starts_at")
        later = dataclasses.replace(plan_of(moved), ends_at=moved.ends_at + dt.timedelta(minutes=5))
        change_lesson(moved, later)
        delete_lessons([deleted], at=timezone.now())
        WeeklyLesson.objects.update(weekday=3)

        done = plan(term)

        assert done.counts() == {"added": 0, "changed": 2, "unchanged": 1, "removed": 0}
        assert [start.date() for start in planned(term)] == days(term, 0, 16, 23)

    def test_publishing_is_no_edit(self, term: Term, weekly_lesson: WeeklyLesson):
        plan(term, is_draft=True)
        publish_lesson(Lesson.objects.earliest("starts_at"))
        assert publish_term(term, action=PlanningAction()) == 3
        WeeklyLesson.objects.update(starts=dt.time(9), ends=dt.time(9, 45))

        assert plan(term).counts()["changed"] == 4

    def test_cancelling_is_an_edit(self, term: Term, weekly_lesson: WeeklyLesson):
        plan(term)
        cancelled = Lesson.objects.earliest("starts_at")
        cancel_lesson(cancelled, reason="", at=timezone.now())
        weekly_lesson.delete()

        assert plan(term).counts() == {"added": 0, "changed": 0, "unchanged": 1, "removed": 3}
        assert Lesson.objects.get() == cancelled


class TestMeanwhile:
    """Others change the timetable while the difference is worked out."""

    @pytest.fixture
    def meanwhile(self, monkeypatch):
        """Do this once, after the difference was worked out for the first time."""

        def set_up(do) -> None:
            tries: list[bool] = []

            def work_out(*args, **how):
                found = difference(*args, **how)
                if not tries:
                    do()
                tries.append(True)
                return found

            monkeypatch.setattr(term_plan, "difference", work_out)

        return set_up

    def test_lesson_that_somebody_edits_is_left_alone(self, term, weekly_lesson, meanwhile):
        plan(term)
        WeeklyLesson.objects.update(starts=dt.time(9), ends=dt.time(9, 45))
        lesson = Lesson.objects.earliest("starts_at")
        longer = dataclasses.replace(plan_of(lesson), title="公开课")
        meanwhile(lambda: change_lesson(lesson, longer))

        assert plan(term).counts() == {"added": 0, "changed": 3, "unchanged": 1, "removed": 0}

        lesson.refresh_from_db()
        assert lesson.title == "公开课"

    def test_lesson_that_somebody_deletes_stays_deleted(self, term, weekly_lesson, meanwhile):
        plan(term)
        WeeklyLesson.objects.update(starts=dt.time(9), ends=dt.time(9, 45))
        lesson = Lesson.objects.earliest("starts_at")
        meanwhile(lambda: delete_lessons([lesson], at=timezone.now()))

        assert plan(term).counts()["changed"] == 3

    @pytest.mark.parametrize("removes", [False, True])
    def test_class_that_begins_is_left_alone(
        self, term, weekly_lesson, meanwhile, local_cloud, removes
    ):
        plan(term)
        lesson = Lesson.objects.earliest("starts_at")
        room = make_room(lesson)
        if removes:
            weekly_lesson.delete()
        else:
            WeeklyLesson.objects.update(starts=dt.time(9), ends=dt.time(9, 45))
        running = Room.objects.filter(pk=room.pk)
        meanwhile(lambda: running.update(cloud_status=CloudStatus.RUNNING))

        done = plan(term)

        assert [each.lesson for each in done.left_alone] == [lesson]
        assert done.counts()["removed" if removes else "changed"] == 3

    @pytest.mark.parametrize("removes", [False, True])
    def test_lesson_whose_time_comes_is_left_alone(self, term, weekly_lesson, meanwhile, removes):
        plan(term)
        lesson = Lesson.objects.earliest("starts_at")
        if removes:
            weekly_lesson.delete()
        else:
            WeeklyLesson.objects.update(teacher=UserFactory.create(roles=[Role.TEACHER]))
        asked_at = lesson.starts_at - dt.timedelta(seconds=5)
        with time_machine.travel(asked_at) as clock:
            meanwhile(lambda: clock.shift(10))

            done = plan(term)

        assert done.counts()["removed" if removes else "changed"] == 3
        assert Lesson.objects.get(pk=lesson.pk).teacher == lesson.teacher

    def test_lesson_is_not_moved_to_a_time_that_comes(self, term, weekly_lesson, meanwhile):
        plan(term)
        WeeklyLesson.objects.update(starts=dt.time(7), ends=dt.time(7, 45))
        lesson = Lesson.objects.earliest("starts_at")
        with time_machine.travel(lesson.starts_at - dt.timedelta(hours=1, seconds=5)) as clock:
            meanwhile(lambda: clock.shift(10))

            assert plan(term).counts()["changed"] == 3

    def test_teacher_who_is_given_a_lesson_is_a_conflict(
        self, term, weekly_lesson, teacher, meanwhile
    ):
        start = timezone.make_aware(dt.datetime.combine(term.first_monday, dt.time(8)))
        meanwhile(lambda: LessonFactory.create(teacher=teacher, starts_at=start))
        action = PlanningAction()

        with pytest.raises(PlanConflicts):
            plan_term(term, action=action, options=PlanOptions(at=timezone.now()))

        assert not PlanningAction.objects.filter(code=action.code).exists()
        assert Lesson.objects.filter(planned__term=term).count() == 0

    def test_teacher_who_leaves_is_a_conflict(self, term, weekly_lesson, teacher, meanwhile):
        meanwhile(lambda: User.objects.filter(pk=teacher.pk).update(is_active=False))

        with pytest.raises(PlanConflicts) as caught:
            plan(term)

        assert all(each.cannot_teach for each in caught.value.difference.conflicts)
        assert not Lesson.objects.exists()

    def test_class_group_that_is_archived_is_left_out(
        self, term, weekly_lesson, class_group, meanwhile
    ):
        weekly_lesson.class_groups.set([class_group])
        meanwhile(lambda: ClassGroup.objects.update(archived_at=timezone.now()))

        assert plan(term, leaves_out_conflicts=True).counts()["added"] == 0
        assert not Lesson.objects.exists()

    def test_teacher_who_leaves_stays_in_lessons_that_are_there(
        self, term, weekly_lesson, teacher, meanwhile
    ):
        plan(term)
        WeeklyLesson.objects.update(starts=dt.time(9), ends=dt.time(9, 45))
        meanwhile(lambda: User.objects.filter(pk=teacher.pk).update(is_active=False))

        assert plan(term).counts()["changed"] == 4

    def test_weekly_lesson_that_moves_is_planned_where_it_is_then(
        self, term, weekly_lesson, meanwhile
    ):
        def move() -> None:
            WeeklyLesson.objects.update(starts=dt.time(9), ends=dt.time(9, 45))
            touch(term)

        meanwhile(move)

        plan(term)

        starts = {timezone.localtime(each.starts_at).hour for each in Lesson.objects.all()}
        assert starts == {9}
        term.refresh_from_db()
        assert not term.awaits_planning


class TestRooms:
    def test_of_moved_lessons_follow_and_those_of_removed_ones_go(
        self, term: Term, weekly_lesson: WeeklyLesson, local_cloud
    ):
        plan(term)
        rooms = [make_room(lesson) for lesson in Lesson.objects.order_by("starts_at")[:2]]
        WeeklyLesson.objects.update(starts=dt.time(9), ends=dt.time(9, 45), weeks="1")

        plan(term)

        moved, gone = (Room.objects.get(pk=room.pk) for room in rooms)
        assert (moved.is_current, moved.must_change_in_cloud) == (True, True)
        assert (gone.lesson, gone.must_leave_cloud) == (None, True)


class TestWhoTakesNoPart:
    def test_teacher_who_lost_the_role(
        self, term: Term, weekly_lesson: WeeklyLesson, teacher: User
    ):
        teacher.role_grants.all().delete()

        with pytest.raises(PlanConflicts) as caught:
            plan(term)

        assert {each.holder.pk for each in caught.value.difference.conflicts} == {teacher.pk}
        assert all(each.cannot_teach for each in caught.value.difference.conflicts)

    def test_who_is_in_the_lesson_already_stays(
        self, term: Term, weekly_lesson: WeeklyLesson, teacher: User
    ):
        plan(term)
        teacher.role_grants.all().delete()
        WeeklyLesson.objects.update(starts=dt.time(9), ends=dt.time(9, 45))

        assert plan(term).counts()["changed"] == 4

    def test_does_not_bar_others(
        self, term: Term, weekly_lesson: WeeklyLesson, teacher: User, class_group
    ):
        """Give a class group that two want to the one who can come."""
        weekly_lesson.class_groups.set([class_group])
        WeeklyLessonFactory.create(term=term, class_groups=[class_group])
        teacher.role_grants.all().delete()

        assert plan(term, leaves_out_conflicts=True).counts()["added"] == 4


@pytest.mark.parametrize("lessons", [4, 20])
def test_queries_do_not_grow_with_the_lessons(
    teacher: User, lessons: int, django_assert_max_num_queries
):
    term = TermFactory.create(weeks=lessons)
    WeeklyLessonFactory.create(term=term, teacher=teacher)
    with django_assert_max_num_queries(60):
        plan(term)
    WeeklyLesson.objects.update(starts=dt.time(9), ends=dt.time(9, 45))
    with django_assert_max_num_queries(75):
        assert plan(term).counts()["changed"] == lessons
    WeeklyLesson.objects.all().delete()
    with django_assert_max_num_queries(90):
        assert plan(term).counts()["removed"] == lessons


def test_part_of_one_source_leaves_all_else_alone(term: Term, weekly_lesson: WeeklyLesson):
    plan(term)
    term.refresh_from_db()
    touch(term)
    term.refresh_from_db()
    part = PlanPart.of(term, WeeklyLessonSource.FET)
    WeeklyLessonFactory.create(term=term, source=WeeklyLessonSource.FET, weekday=2)

    found = plan_term(
        term, action=PlanningAction(), options=PlanOptions(at=timezone.now(), part=part)
    )

    assert found.counts() == {"added": 4, "changed": 0, "unchanged": 0, "removed": 0}
    assert {start.time() for start in planned(term)} == {dt.time(8)}
    # What waits besides is still to be planned.
    term.refresh_from_db()
    assert term.awaits_planning


def test_part_whose_weekly_lessons_are_gone_loses_its_lessons(
    term: Term, weekly_lesson: WeeklyLesson
):
    plan(term)
    own = WeeklyLessonFactory.create(term=term, source=WeeklyLessonSource.FET, weekday=2)
    plan(term)
    term.refresh_from_db()
    part = PlanPart.of(term, WeeklyLessonSource.FET)
    own.delete()

    found = plan_term(
        term, action=PlanningAction(), options=PlanOptions(at=timezone.now(), part=part)
    )

    assert found.counts() == {"added": 0, "changed": 0, "unchanged": 0, "removed": 4}
    assert len(planned(term)) == 4


def test_past_of_a_part_is_made_with_its_first_lessons_alone():
    term = TermFactory.create(weeks=4, first_monday=monday_of(timezone.localdate() - 2 * WEEK))
    WeeklyLessonFactory.create(term=term)
    WeeklyLessonFactory.create(term=term, source=WeeklyLessonSource.FET, weekday=1)
    first = PlanPart.of(term, WeeklyLessonSource.FET)
    plan(term, with_past=True, part=first)
    made = len(planned(term))
    WeeklyLessonFactory.create(
        term=term, source=WeeklyLessonSource.FET, weekday=1, starts=dt.time(10), ends=dt.time(11)
    )

    again = plan(term, with_past=True, part=PlanPart.of(term, WeeklyLessonSource.FET))

    assert made == 4
    assert len(again.past) >= 2


def test_gives_up_in_words_when_lessons_change_all_the_time(
    term: Term, weekly_lesson: WeeklyLesson, monkeypatch: pytest.MonkeyPatch
):
    """Somebody edits a lesson by hand between each look at the plan and its locks."""
    plan(term)
    WeeklyLesson.objects.update(starts=dt.time(9), ends=dt.time(9, 45))

    def edited_first(*args: Any, **options: Any) -> None:
        PlannedLesson.objects.update(is_edited=True)
        lock_lessons(*args, **options)

    monkeypatch.setattr(term_plan, "lock_lessons", edited_first)

    with pytest.raises(ChangedMeanwhile):
        plan(term)
