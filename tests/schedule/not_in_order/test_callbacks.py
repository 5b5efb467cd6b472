"""Callbacks that failed, or wait."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from classroom.enums import EventState
from classroom.selectors import UNTAKEN_AFTER
from schedule.not_in_order.callbacks import callbacks_not_in_order
from tests.cast import SignedIn
from tests.factories.classroom import CallbackEventFactory
from tests.support.not_in_order import listed, mended, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(signed_in: SignedIn, administrator: User) -> Client:
    return signed_in(administrator, "en")


class TestCallbacks:
    def test_those_that_failed_are_for_administrators(
        self, office: Client, administrator: User, superuser: User, planner: User, supervisor: User
    ):
        dead = CallbackEventFactory.create(state=EventState.DEAD, last_error="no answer")

        (found,) = told(callbacks_not_in_order)

        CallbackEventFactory.create(last_error="no answer", attempts=1)
        (more,) = told(callbacks_not_in_order)

        assert found.sentence == "1 callback of the cloud has failed."
        assert more.advice.startswith("Tried again by themselves: 1. Given up: 1;")
        assert found.since == dead.received_at
        assert listed(office, found) == 2
        people = [administrator, superuser, planner, supervisor]
        assert [found.is_for(each) for each in people] == [True, True, False, False]

    def test_without_any_nothing_is_told(self):
        CallbackEventFactory.create()

        assert told(callbacks_not_in_order) == []

    def test_button_runs_those_that_failed_again(self, sent: list[str]):
        dead = CallbackEventFactory.create(state=EventState.DEAD, last_error="no answer")
        done = CallbackEventFactory.create(state=EventState.PROCESSED)

        assert mended(callbacks_not_in_order) == "A worker takes up 1 event again."

        dead.refresh_from_db()
        done.refresh_from_db()
        assert (dead.state, done.state) == (EventState.WAITING, EventState.PROCESSED)
        assert sent == ["classroom.process_event"]

    def test_those_that_no_worker_takes_up(self, office: Client):
        late = timezone.now() - UNTAKEN_AFTER
        CallbackEventFactory.create(received_at=late)
        CallbackEventFactory.create(received_at=late, attempts=1)
        CallbackEventFactory.create()

        (found,) = told(callbacks_not_in_order)

        assert found.sentence == "No worker takes up 1 callback of the cloud."
        assert found.since == late
        assert listed(office, found) == 1
