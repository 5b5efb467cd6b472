"""A term that is deleted with its lessons by a worker."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from edu_platform.lib.long_work import WorkState
from schedule.enums import ActionOrigin
from schedule.models import Lesson, PlanningAction, Term, Work
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
    """A term with two lessons to come."""
    term: Term = TermFactory.create(weeks=2, name="秋季学期")
    WeeklyLessonFactory.create(
        term=term, teacher=teacher, class_groups=[ClassGroupFactory.create()]
    )
    plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))
    return term


def path_of(term: Term) -> str:
    return f"/schedule/terms/{term.code}/delete/"


def press(client: Client, term: Term, **data: str) -> Any:
    """Press the button of the page that asks, as it shows itself now."""
    known = main(client.get(path_of(term))).one("input", name="known").attrs["value"]
    return client.post(path_of(term), {"known": known, **data})


def test_request_deletes_nothing_and_leads_to_the_work(client: Client, term: Term):
    answer = press(client, term)

    work = Work.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, address_of(work))
    assert (work.state, work.row_count) == (WorkState.WAITING, 3)
    assert "Delete the term “秋季学期”" in page_of_work(client, work).one("h1").text
    assert Lesson.objects.count() == 2


def test_worker_deletes_all_and_says_so(client: Client, term: Term, planner: User):
    press(client, term, reason="停课", untold="on")

    page = page_of_work(client, done_by_worker())

    assert "Deleted: 秋季学期" in page.text
    assert way_of(page) == "/schedule/terms/"
    assert not Term.objects.exists()
    assert not Lesson.objects.exists()
    action = PlanningAction.objects.get(by=planner)
    assert (action.origin, action.reason, action.is_told) == (ActionOrigin.TERM, "停课", False)


def test_what_has_changed_before_is_asked_about_at_once(client: Client, term: Term):
    answer = client.post(path_of(term), {"known": "older"})

    assert answer.status_code == 409
    assert not Work.objects.exists()


def test_what_has_changed_since_is_shown_by_the_page_that_asks(client: Client, term: Term):
    press(client, term)
    WeeklyLessonFactory.create(term=term)

    page = page_of_work(client, done_by_worker())

    assert refusal_on(page).startswith("Nothing was deleted: the term, or what is deleted with it")
    assert way_of(page) == path_of(term)
    assert Lesson.objects.count() == 2
    assert press(client, term).status_code == 303


def test_lesson_that_has_begun_since_is_named(client: Client, term: Term):
    press(client, term)
    lesson = Lesson.objects.earliest("starts_at")
    Lesson.objects.filter(pk=lesson.pk).update(starts_at=timezone.now())
    lesson.refresh_from_db()

    page = page_of_work(client, done_by_worker())

    assert refusal_on(page) == (
        f"{lesson} has begun, or is over: this term cannot be deleted any more."
    )
    assert Lesson.objects.count() == 2


def test_term_that_is_gone_by_then_is_missed_by_nobody(client: Client, term: Term):
    press(client, term)
    Term.objects.get().delete()

    page = page_of_work(client, done_by_worker())

    assert "deleted meanwhile" in refusal_on(page)
    assert way_of(page) == "/schedule/terms/"
