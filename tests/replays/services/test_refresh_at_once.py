"""Several people want the cloud asked for the same replay: one asks, and nobody asks without end."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.utils import timezone, translation

from replays.enums import AnswerKind, ReplayEventKind
from replays.models import Replay
from replays.services import refresh
from replays.services.refresh import LONGEST_QUESTION, PAUSE, ask_now, ask_several
from replays.wording import answer_text
from replays.wording.refresh import Answer
from schedule.models import Room
from tests.support.threads import all_at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]


@pytest.fixture
def found(held: Room) -> Replay:
    """The replay of a class that was held, and whose recording the cloud has."""
    return Replay.objects.get(room=held)


def test_again_right_after_asks_nobody(found, local_cloud, teacher, other_teacher):
    at = timezone.now()
    ask_now(found, person=teacher, at=at)
    before = len(local_cloud.calls())

    soon = ask_now(found, person=other_teacher, at=at + PAUSE - dt.timedelta(seconds=1))

    assert soon == Answer(AnswerKind.TOO_SOON)
    assert len(local_cloud.calls()) == before
    assert ask_now(found, person=teacher, at=at + PAUSE).kind is AnswerKind.FOUND


def test_question_whose_asker_was_killed_may_be_asked_again(found, teacher):
    at = timezone.now()
    until = at + LONGEST_QUESTION
    Replay.objects.filter(pk=found.pk).update(asked_by_hand_at=at, asked_by_hand_until=until)

    soon = ask_now(found, person=teacher, at=at + LONGEST_QUESTION - dt.timedelta(seconds=1))
    later = ask_now(found, person=teacher, at=at + LONGEST_QUESTION)

    assert (soon.kind, later.kind) == (AnswerKind.ASKING, AnswerKind.FOUND)


def test_who_asks_now_follows_from_no_trail(found, local_cloud, teacher, other_teacher):
    at = timezone.now()
    ask_now(found, person=teacher, at=at)
    found.steps.all().delete()

    soon = ask_now(found, person=other_teacher, at=at + PAUSE / 2)

    assert soon == Answer(AnswerKind.TOO_SOON)


def test_slow_question_leaves_that_of_somebody_else_open(found, teacher, monkeypatch):
    at = timezone.now()
    until = at + 2 * LONGEST_QUESTION

    def take_over(*_args: object) -> AnswerKind:
        taken = at + LONGEST_QUESTION
        Replay.objects.filter(pk=found.pk).update(asked_by_hand_at=taken, asked_by_hand_until=until)
        return AnswerKind.FOUND

    monkeypatch.setattr(refresh, "_ask_for_person", take_over)
    ask_now(found, person=teacher, at=at)

    found.refresh_from_db()
    assert found.asked_by_hand_until == until


@pytest.mark.django_db(transaction=True)
def test_of_several_at_once_one_asks(found, local_cloud, teacher):
    at = timezone.now()
    before = len(local_cloud.calls(action="DescribeRecord"))

    kinds = all_at_once(lambda _number: ask_now(found, person=teacher, at=at).kind, range(4))

    assert kinds.count(AnswerKind.FOUND) == 1
    # Those who come while one asks are told so; those who come right after, to wait.
    assert set(kinds) <= {AnswerKind.FOUND, AnswerKind.ASKING, AnswerKind.TOO_SOON}
    assert len(local_cloud.calls(action="DescribeRecord")) - before == 1


def test_only_so_many_threads_wait_for_the_cloud(found, teacher, local_cloud, monkeypatch):
    places = threading.BoundedSemaphore(1)
    monkeypatch.setattr(refresh, "_slots", places)
    places.acquire()
    before = len(local_cloud.calls())

    with translation.override("en"):
        refused = ask_now(found, person=teacher, at=timezone.now())
        said = answer_text(refused, timezone.now())
    left = ask_several([found, found], person=teacher)
    untouched = (
        len(local_cloud.calls()),
        found.steps.filter(kind=ReplayEventKind.ASKED_BY_HAND).count(),
    )
    places.release()
    kinds = [ask_now(found, person=teacher, at=timezone.now() + n * PAUSE).kind for n in range(2)]

    assert (refused, left) == (Answer(AnswerKind.BUSY), [(found, AnswerKind.BUSY)])
    assert said == "Too many people are checking at this moment. Try again in a minute."
    assert untouched == (before, 0)
    assert kinds == [AnswerKind.FOUND] * 2
