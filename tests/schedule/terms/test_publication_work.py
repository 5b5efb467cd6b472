"""The drafts of a term that a worker publishes."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from edu_platform.lib.long_work import WorkState
from schedule.enums import LessonState
from schedule.lessons.change import publish_lesson
from schedule.models import Lesson, PlannedLesson, PlanningAction, Term, Work
from schedule.terms.planning.term_plan import PlanOptions, plan_term
from tests.cast import SignedIn
from tests.factories.schedule import ClassGroupFactory, TermFactory, WeeklyLessonFactory
from tests.support.long_work import address_of, done_by_worker, page_of_work, refusal_on, way_of
from tests.support.pages import main

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("all_is_long")]


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def term(teacher: User) -> Term:
    """A term with two drafts."""
    term: Term = TermFactory.create(weeks=2, name="秋季学期")
    WeeklyLessonFactory.create(
        term=term, teacher=teacher, class_groups=[ClassGroupFactory.create()]
    )
    options = PlanOptions(at=timezone.now(), is_draft=True)
    plan_term(term, action=PlanningAction(), options=options)
    return term


def path_of(term: Term) -> str:
    return f"/schedule/terms/{term.code}/plan/"


def press(client: Client, term: Term, **data: str) -> Any:
    """Press the button of the plan's page, as it shows itself now."""
    known = main(client.get(path_of(term))).one("input", name="known").attrs["value"]
    return client.post(path_of(term), {"publish": "1", "known": known, **data})


def published() -> int:
    return Lesson.objects.filter(state=LessonState.PUBLISHED).count()


def test_request_publishes_nothing_and_leads_to_the_work(client: Client, term: Term):
    answer = press(client, term)

    work = Work.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, address_of(work))
    assert (work.state, work.row_count) == (WorkState.WAITING, 2)
    title = "Publish the drafts of the term “秋季学期”"
    assert title in page_of_work(client, work).one("h1").text
    assert published() == 0


def test_worker_publishes_all_by_one_action(client: Client, term: Term):
    press(client, term, reason="开学")

    page = page_of_work(client, done_by_worker())

    assert "2 lessons were published." in page.text
    assert way_of(page) == path_of(term)
    assert published() == 2
    assert PlanningAction.objects.get(reason="开学").changes.count() == 2
    assert not PlannedLesson.objects.filter(is_edited=True).exists()


def test_drafts_that_were_not_shown_are_asked_about_at_once(client: Client, term: Term):
    answer = client.post(path_of(term), {"publish": "1", "known": "older"})

    assert answer.status_code == 409
    assert not Work.objects.exists()


def test_other_drafts_since_are_counted_by_the_page_of_the_plan(client: Client, term: Term):
    press(client, term)
    publish_lesson(Lesson.objects.earliest("pk"))

    page = page_of_work(client, done_by_worker())

    assert refusal_on(page).startswith("Nothing was published: the term has other drafts")
    assert way_of(page) == path_of(term)
    assert published() == 1


def test_term_that_is_gone_by_then_leads_to_the_list(client: Client, term: Term):
    press(client, term)
    Term.objects.get().delete()

    page = page_of_work(client, done_by_worker())

    assert "deleted meanwhile" in refusal_on(page)
    assert way_of(page) == "/schedule/terms/"
