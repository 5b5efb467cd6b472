"""Publishing the drafts of a term, while others change them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from accounts.models import User
from edu_platform.lib.versions import NotAsShown
from schedule.enums import LessonState
from schedule.lessons.change import publish_lesson
from schedule.lessons.trying_again import TRIES, ChangedMeanwhile
from schedule.models import Lesson, PlanningAction, Term
from schedule.terms.planning.term_plan import PlanOptions, plan_term
from schedule.terms.publication import draft_ids_of, publish_term
from schedule.terms.term_versions import version_of_drafts
from tests.factories.schedule import TermFactory, WeeklyLessonFactory
from tests.schedule.imports.meanwhile import after

pytestmark = pytest.mark.django_db


@pytest.fixture
def term(teacher: User) -> Term:
    """A term with four drafts."""
    term: Term = TermFactory.create(weeks=4)
    WeeklyLessonFactory.create(term=term, teacher=teacher)
    options = PlanOptions(at=timezone.now(), is_draft=True)
    plan_term(term, action=PlanningAction(), options=options)
    return term


def publish_one() -> None:
    publish_lesson(Lesson.objects.filter(state=LessonState.DRAFT)[0])


def publish(
    term: Term, *meanwhile: Callable[[], object], action: PlanningAction, known: str = ""
) -> int:
    return publish_term(term, action=action, known=known, write_in=after(*meanwhile))


def test_those_that_were_published_by_then_are_not_published_again(term: Term, planner: User):
    action = PlanningAction(by=planner)

    assert publish(term, publish_one, action=action) == 3

    assert not draft_ids_of(term)
    assert PlanningAction.objects.get(by=planner).changes.count() == 3


def test_others_than_a_page_showed_are_not_published(term: Term):
    known = version_of_drafts(draft_ids_of(term))

    with pytest.raises(NotAsShown):
        publish(term, publish_one, action=PlanningAction(), known=known)

    assert len(draft_ids_of(term)) == 3


def test_draft_that_comes_is_published_with_them(term: Term):
    def plan_another() -> None:
        WeeklyLessonFactory.create(term=term)
        options = PlanOptions(at=timezone.now(), is_draft=True)
        plan_term(term, action=PlanningAction(), options=options)

    assert publish(term, plan_another, action=PlanningAction()) == 8


def test_where_that_never_ends_none_is_published(term: Term):
    with pytest.raises(ChangedMeanwhile):
        publish(term, *[publish_one] * TRIES, action=PlanningAction())

    assert len(draft_ids_of(term)) == 1
