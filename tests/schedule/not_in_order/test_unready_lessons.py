"""Drafts that begin soon, lessons without a teacher, and terms whose changes were not planned."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from schedule.models import Term
from schedule.not_in_order.unready_lessons import (
    DRAFTS_BEFORE,
    drafts_not_in_order,
    teachers_not_in_order,
)
from schedule.not_in_order.unready_terms import PLANNED_BEFORE, plans_not_in_order
from schedule.terms.planning.conflict_list import TOLD_BEFORE
from tests.cast import SignedIn
from tests.factories.schedule import LessonFactory, TermFactory, WeeklyLessonFactory
from tests.support.not_in_order import listed, told

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def office(signed_in: SignedIn, administrator: User) -> Client:
    return signed_in(administrator, "en")


class TestDrafts:
    def test_those_that_begin_soon(self, office: Client, supervisor: User, planner: User):
        soon = LessonFactory.create(is_draft=True, starts_at=timezone.now() + HOUR)
        LessonFactory.create(is_draft=True, starts_at=timezone.now() - HOUR)
        LessonFactory.create(is_draft=True, starts_at=timezone.now() + DRAFTS_BEFORE + HOUR)
        LessonFactory.create(starts_at=timezone.now() + HOUR)

        (found,) = told(drafts_not_in_order)

        assert found.sentence == "1 lesson within two days is a draft: nobody is told of it."
        assert found.since == soon.created_at
        assert listed(office, found) == 1
        assert [found.is_for(each) for each in (planner, supervisor)] == [True, False]

    def test_without_any_nothing_is_told(self):
        LessonFactory.create(is_draft=True, starts_at=timezone.now() + DRAFTS_BEFORE + HOUR)

        assert told(drafts_not_in_order) == []


class TestTeachers:
    def test_lessons_of_those_who_left_or_teach_no_longer(self, office: Client):
        for days in (1, TOLD_BEFORE.days + 1):
            lesson = LessonFactory.create(
                starts_at=timezone.now() + dt.timedelta(days=days),
            )
            User.objects.filter(pk=lesson.teacher_id).update(is_active=False)
        LessonFactory.create().teacher.role_grants.all().delete()
        LessonFactory.create()

        (found,) = told(teachers_not_in_order)

        assert found.sentence == (
            "Within 14 days, the teachers of 2 lessons cannot teach any more."
        )
        assert listed(office, found) == 2

    def test_without_any_nothing_is_told(self):
        LessonFactory.create()

        assert told(teachers_not_in_order) == []


class TestPlans:
    @pytest.fixture
    def term(self) -> Term:
        return TermFactory.create(first_monday=_monday(), name="秋季")

    def test_terms_whose_weekly_lessons_were_not_planned(self, term: Term):
        assert told(plans_not_in_order) == []  # there is nothing to plan
        WeeklyLessonFactory.create(term=term)
        WeeklyLessonFactory.create(term=term)

        (found,) = told(plans_not_in_order)

        assert found.sentence.startswith("秋季: its weekly lessons")
        assert found.since == term.changed_at
        assert found.address == f"/schedule/terms/{term.code}/"
        assert found.remedy is not None
        assert found.remedy.address == f"/schedule/terms/{term.code}/plan/"

    def test_changes_after_planning(self, term: Term):
        Term.objects.update(planned_at=term.changed_at)
        assert told(plans_not_in_order) == []

        Term.objects.update(changed_at=timezone.now() + HOUR)
        assert len(told(plans_not_in_order)) == 1

    def test_a_term_that_is_still_far_off_may_be_put_together(self, term: Term):
        WeeklyLessonFactory.create(term=term)
        Term.objects.update(first_monday=_monday() + PLANNED_BEFORE + dt.timedelta(days=14))

        assert told(plans_not_in_order) == []


def _monday() -> dt.date:
    today = timezone.localdate()
    return today - dt.timedelta(days=today.weekday())
