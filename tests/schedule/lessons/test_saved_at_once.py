"""Planners who save the same page at once: one of them succeeds, and the others hear what has changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from schedule.lessons.cancel import cancel_lesson
from schedule.models import Lesson, Term
from schedule.terms.bells.bell_times import BellSpan
from schedule.terms.writing import set_bell_times
from tests.cast import SignedIn
from tests.factories.schedule import LessonFactory, TermFactory, WeeklyLessonFactory
from tests.support.pages import main
from tests.support.threads import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 3


@pytest.fixture(autouse=True)
def _rows_are_locked(transactional_db: None) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("on SQLite transactions that write come one after the other anyway")


@pytest.fixture
def clients(signed_in: SignedIn, planner: Any) -> list[Client]:
    return [signed_in(planner, "en") for _saver in range(8)]


def answers_of(clients: Sequence[Client], path: str, sent: Sequence[dict[str, str]]) -> list[int]:
    """Return what those hear who have the page open, each of whom sends something else."""
    known = main(clients[0].get(path)).all("input", name="known")[0].attrs["value"]

    def save(number: int) -> int:
        return clients[number].post(path, {**sent[number], "known": known}).status_code

    return all_at_once(save, range(len(sent)))


def assert_one_succeeds(answers: Sequence[int]) -> None:
    assert sorted(answers) == [303] + [409] * (len(answers) - 1)


def test_lesson(clients: list[Client], lesson: Lesson):
    for number in range(ROUNDS):
        sent = [{"title": f"第{number}次 {saver}"} for saver in range(len(clients))]

        answers = answers_of(clients, f"/schedule/lessons/{lesson.code}/change/", sent)

        assert_one_succeeds(answers)
        lesson.refresh_from_db()
        assert lesson.title == sent[answers.index(303)]["title"]


@pytest.mark.parametrize("step", ["cancel", "restore", "publish"])
def test_step_of_a_lesson(clients: list[Client], step: str):
    lesson = LessonFactory.create(is_draft=step == "publish")
    if step == "restore":
        cancel_lesson(lesson, reason="停电", at=timezone.now())
    sent = [{"reason": f"原因{saver}"} for saver in range(3)]

    answers = answers_of(clients, f"/schedule/lessons/{lesson.code}/{step}/", sent)

    assert_one_succeeds(answers)
    assert lesson.changes.latest("pk").action.reason == sent[answers.index(303)]["reason"]


def page_of_term(term: Term) -> tuple[str, list[dict[str, str]]]:
    stays = {"first_monday": str(term.first_monday), "weeks": str(term.weeks)}
    return "change/", [{"name": f"学期{saver}", **stays} for saver in range(3)]


def page_of_bells(_term: Term) -> tuple[str, list[dict[str, str]]]:
    return "bells/", [{"start_1": f"0{hour}:00", "end_1": f"0{hour}:45"} for hour in (7, 8, 9)]


def page_of_day(term: Term) -> tuple[str, list[dict[str, str]]]:
    sent = [{"kind": "holiday", "name": f"活动{saver}"} for saver in range(3)]
    return f"days/{term.first_monday}/", sent


def page_of_weekly_lesson(term: Term) -> tuple[str, list[dict[str, str]]]:
    weekly_lesson = WeeklyLessonFactory.create(term=term)
    return f"weekly/{weekly_lesson.code}/", [{"title": f"第{saver}次"} for saver in range(3)]


@pytest.mark.parametrize("page", [page_of_term, page_of_bells, page_of_day, page_of_weekly_lesson])
def test_page_of_a_term(
    clients: list[Client], page: Callable[[Term], tuple[str, list[dict[str, str]]]]
):
    term = TermFactory.create()
    set_bell_times(term, [BellSpan(dt.time(10), dt.time(10, 45))])
    path, sent = page(term)

    answers = answers_of(clients, f"/schedule/terms/{term.code}/{path}", sent)

    assert_one_succeeds(answers)
