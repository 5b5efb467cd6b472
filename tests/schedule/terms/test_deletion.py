from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from edu_platform.lib.versions import NotAsShown
from schedule.enums import ActionOrigin, CloudStatus
from schedule.lessons.change import change_lesson
from schedule.lessons.delete import LessonBegun
from schedule.lessons.plan import plan_of
from schedule.lessons.trying_again import TRIES, ChangedMeanwhile
from schedule.models import (
    BellTime,
    DeletedLesson,
    Lesson,
    PlannedLesson,
    PlanningAction,
    Room,
    Term,
    WeeklyLesson,
)
from schedule.terms.bells.bell_times import BellSpan
from schedule.terms.deletion import delete_term
from schedule.terms.planning.term_plan import PlanOptions, plan_term
from schedule.terms.term_versions import going_with, touch
from schedule.terms.writing import set_bell_times
from tests.factories.schedule import TermFactory, WeeklyLessonFactory
from tests.schedule.imports.meanwhile import after

pytestmark = pytest.mark.django_db


@pytest.fixture
def term(teacher: User) -> Term:
    """A term with four lessons to come."""
    term: Term = TermFactory.create(weeks=4)
    WeeklyLessonFactory.create(term=term, teacher=teacher)
    plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))
    return term


def first_lesson() -> Lesson:
    return Lesson.objects.order_by("starts_at")[0]


def edit_by_hand() -> None:
    lesson = first_lesson()
    change_lesson(lesson, dataclasses.replace(plan_of(lesson), title="公开课"))


def begin_the_class() -> None:
    lesson = first_lesson()
    Room.objects.filter(lesson=lesson).delete()
    Room.objects.create(lesson=lesson, room_id=7, sdk_app_id=1, cloud_status=CloudStatus.RUNNING)


def delete(
    term: Term,
    *meanwhile: Callable[[], object],
    action: PlanningAction | None = None,
    known: str = "",
) -> None:
    """Delete it, with one of these changes before each time that it is about to be written."""
    delete_term(
        term,
        action=action or PlanningAction(),
        at=timezone.now(),
        known=known,
        write_in=after(*meanwhile),
    )


class TestDelete:
    def test_coming_lessons_go_with_it_and_calendars_hear_of_them(self, term: Term):
        set_bell_times(term, [BellSpan(dt.time(8), dt.time(8, 45))])

        delete(term)

        for model in (Term, BellTime, WeeklyLesson, PlannedLesson, Lesson):
            assert not model.objects.exists()
        assert DeletedLesson.objects.count() == 4

    def test_is_one_action_of_the_plan(self, term: Term, planner: User):
        delete(term, action=PlanningAction(by=planner, reason="学期取消"))

        done = PlanningAction.objects.get(by=planner)
        assert (done.origin, done.reason) == (ActionOrigin.TERM, "学期取消")
        assert done.changes.count() == 4

    def test_what_was_changed_by_hand_stays(self, term: Term):
        edit_by_hand()

        delete(term)

        assert list(Lesson.objects.values_list("title", flat=True)) == ["公开课"]

    def test_not_once_a_lesson_has_begun(self, term: Term):
        with pytest.raises(LessonBegun):
            delete_term(term, action=PlanningAction(), at=first_lesson().starts_at)

        assert Lesson.objects.count() == 4
        assert Term.objects.exists()

    def test_not_while_a_class_runs_before_its_time(self, term: Term):
        begin_the_class()

        with pytest.raises(LessonBegun):
            delete(term)


class TestMeanwhile:
    """Others change what was read before it is written."""

    def test_not_once_the_time_of_a_lesson_has_come(self, term: Term):
        asked_at = first_lesson().starts_at - dt.timedelta(seconds=5)
        with time_machine.travel(asked_at) as clock, pytest.raises(LessonBegun):
            delete(term, lambda: clock.shift(10))

        assert Lesson.objects.count() == 4

    def test_what_is_changed_by_hand_stays(self, term: Term, planner: User):
        delete(term, edit_by_hand, action=PlanningAction(by=planner))

        assert list(Lesson.objects.values_list("title", flat=True)) == ["公开课"]
        assert PlanningAction.objects.get(by=planner).changes.count() == 3

    def test_what_a_page_did_not_show_is_not_deleted(self, term: Term):
        with pytest.raises(NotAsShown):
            delete(term, edit_by_hand, known=going_with(term).version(term))

        assert Lesson.objects.count() == 4

    @pytest.mark.parametrize("is_edited", [False, True], ids=["of the plan", "changed by hand"])
    def test_class_that_begins_keeps_it(self, term: Term, is_edited: bool):
        if is_edited:
            edit_by_hand()

        with pytest.raises(LessonBegun):
            delete(term, begin_the_class)

        assert Lesson.objects.count() == 4

    def test_weekly_lesson_that_comes_goes_with_it(self, term: Term):
        def add_one() -> None:
            WeeklyLessonFactory.create(term=term)
            touch(term)

        delete(term, add_one)

        assert not WeeklyLesson.objects.exists()

    def test_term_that_goes_is_missed(self, term: Term):
        with pytest.raises(Term.DoesNotExist):
            delete(term, Term.objects.get().delete)

    def test_where_that_never_ends_nothing_is_deleted(self, term: Term):
        with pytest.raises(ChangedMeanwhile):
            delete(term, *[lambda: touch(term)] * TRIES)

        assert Lesson.objects.count() == 4
