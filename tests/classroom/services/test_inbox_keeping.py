"""The inbox over time: the broker down, the sweep, running again, forgetting."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from celery import Celery, Task
from django.conf import settings as django_settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from classroom import tasks
from classroom.enums import EventKind, EventState, Outcome
from classroom.models import CallbackEvent
from classroom.services import inbox, merged_leases, purge
from classroom.services.callback_processing import process_event
from classroom.services.inbox import run_again, sweep_events
from classroom.services.inbox_limits import was_found_foreign
from classroom.services.merged_leases import LEASE
from classroom.services.purge import (
    KEEP_DEAD,
    KEEP_PROCESSED,
    purge_dead,
    purge_processed,
)
from classroom.services.retries import MAX_ATTEMPTS
from edu_platform.lib import queueing
from tests.classroom.conftest import RecordingHandler, Sent, wait_for_sender
from tests.factories.classroom import CallbackEventFactory
from tests.support.callbacks import body_of, deliver
from tests.support.peers import silent_port, unreachable_port

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.both_databases("texts that one database refuses"),
]

NOW = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
DAY = dt.timedelta(days=1)
LONG_AGO = NOW - dt.timedelta(hours=1)


def event_of(room_id: int | None = 5, **fields: Any) -> CallbackEvent:
    """An event that came an hour ago, unless told otherwise."""
    return CallbackEventFactory.create(room_id=room_id, **{"received_at": LONG_AGO} | fields)


def ids(*events: CallbackEvent) -> list[int]:
    return [event.pk for event in events]


class TestSweep:
    def test_sends_what_waits_and_is_due(self, sent: Sent):
        due = [
            event_of(1, due_at=NOW),
            event_of(2, received_at=NOW - 5 * SECOND),
            event_of(None, kind=EventKind.OTHER),
        ]
        event_of(3, due_at=NOW + SECOND)
        event_of(4, received_at=NOW - 4 * SECOND)
        event_of(5, state=EventState.PROCESSED)
        event_of(6, state=EventState.DEAD)
        event_of(7, lease_token="somebody", leased_until=NOW + SECOND, attempts=1)

        assert sweep_events(NOW) == 3

        assert sent.event_ids == ids(*due)

    def test_sends_one_event_of_a_room_and_every_one_without(self, sent: Sent):
        first, _second, of_another_room = event_of(1), event_of(1), event_of(2)
        roomless = [event_of(None, kind=EventKind.OTHER) for _ in range(2)]

        sweep_events(NOW)

        assert sent.event_ids == ids(first, of_another_room, *roomless)

    def test_sends_one_event_of_a_document_beside_those_of_its_room(self, sent: Sent):
        of_room = event_of(1)
        first = event_of(1, kind=EventKind.DOCUMENT, document_id="a")
        event_of(None, kind=EventKind.DOCUMENT, document_id="a")
        other = event_of(None, kind=EventKind.DOCUMENT, document_id="b")

        sweep_events(NOW)

        assert sent.event_ids == ids(of_room, first, other)

    def test_takes_the_oldest_first_up_to_a_limit(
        self, sent: Sent, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(inbox, "SWEPT_AT_MOST", 3)
        events = [event_of(room_id) for room_id in (9, None, 8, None, 7)]

        sweep_events(NOW)

        assert sent.event_ids == ids(*events[:3])

    def test_takes_up_what_a_killed_worker_left(self, sent: Sent, handler: RecordingHandler):
        event = event_of()
        merged_leases.acquire(event, at=NOW - LEASE)

        sweep_events(NOW)

        assert sent.event_ids == [event.pk]

    def test_gives_up_on_what_killed_its_worker_every_time(self, sent: Sent):
        killed_at = NOW - LEASE
        event = event_of(attempts=MAX_ATTEMPTS - 1, due_at=killed_at)
        merged_leases.acquire(event, at=killed_at)
        other = event_of(6, attempts=MAX_ATTEMPTS - 1, leased_until=NOW, lease_token="somebody")

        sweep_events(NOW)

        event.refresh_from_db()
        other.refresh_from_db()
        assert (event.state, event.closed_at, event.lease_token) == (EventState.DEAD, NOW, "")
        assert event.last_error == "the worker ended before it was done"
        assert other.state == EventState.WAITING
        assert sent.event_ids == [other.pk]

    def test_leaves_the_last_try_its_time(self, sent: Sent):
        event = event_of(attempts=MAX_ATTEMPTS, lease_token="somebody", leased_until=NOW + SECOND)

        sweep_events(NOW)

        event.refresh_from_db()
        assert event.state == EventState.WAITING

    def test_is_a_task(self, sent: Sent):
        event = event_of(received_at=timezone.now() - 10 * SECOND)

        tasks.sweep_events()

        assert sent.event_ids == [event.pk]


class TestBrokerDown:
    """The bounds on time are generous: one try takes two seconds, and nobody may wait for it."""

    @pytest.fixture
    def broken(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
        """The workers' broker is at a port: `broken(port)`."""
        apps: list[Celery] = []
        wait_for_sender()
        monkeypatch.setattr(queueing, "_rest_ends_at", 0.0)

        def place(port: int) -> Task[Any, Any]:
            app = Celery("tests", set_as_current=False)
            app.config_from_object(django_settings, namespace="CELERY")
            app.conf.update(broker_url=f"redis://127.0.0.1:{port}/0")
            apps.append(app)

            monkeypatch.setattr(queueing, "current_app", app)
            task: Task[Any, Any] = app.tasks["classroom.process_event"]
            return task

        yield place
        wait_for_sender()
        for app in apps:
            app.close()

    @pytest.mark.parametrize("hanging_port", [silent_port, unreachable_port])
    @pytest.mark.usefixtures("inbox")
    def test_callbacks_are_stored_and_answered_without_waiting(
        self, broken: Any, handler: RecordingHandler, hanging_port: Any
    ):
        port_of: AbstractContextManager[int] = hanging_port()
        with port_of as port:
            broken(port)
            started = time.monotonic()

            answers = [
                deliver(body_of("RoomEnd", {"RoomId": room_id})).status_code
                for room_id in range(1, 11)
            ]

            assert answers == [200] * 10
            assert time.monotonic() - started < 2
        assert CallbackEvent.objects.waiting().count() == 10

    def test_is_left_alone_after_a_failed_try(
        self, broken: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ):
        tried: list[object] = []
        with unreachable_port() as port:
            task = broken(port)
            real = task.apply_async

            def count(**options: Any) -> None:
                tried.append(options["kwargs"])
                real(**options)

            monkeypatch.setattr(task, "apply_async", count)
            for number in range(50):
                queueing.send_in_background(task.name, event_id=number)
            wait_for_sender()

        assert tried == [{"event_id": 0}]
        lines = [
            each.getMessage() for each in caplog.records if each.name == "edu_platform.lib.queueing"
        ]
        assert [line.split(":")[0] for line in lines] == [
            "broker does not answer, classroom.process_event waits for its sweep"
        ]

    def test_is_tried_again_after_its_rest(self, monkeypatch: pytest.MonkeyPatch, sent: Sent):
        monkeypatch.setattr(queueing, "_rest_ends_at", time.monotonic() + 60)
        queueing.send_in_background("classroom.process_event", event_id=7)
        assert sent.event_ids == []

        monkeypatch.setattr(queueing, "_rest_ends_at", time.monotonic())
        queueing.send_in_background("classroom.process_event", event_id=8)

        assert sent.event_ids == [8]

    def test_other_faults_of_sending_are_logged(
        self, broken: Any, caplog: pytest.LogCaptureFixture
    ):
        task = broken(1)

        queueing.send_in_background(task.name, event_id=object())
        wait_for_sender()

        assert [each.getMessage() for each in caplog.records] == ["a task could not be sent"]

    @pytest.mark.usefixtures("inbox")
    def test_events_are_processed_later_by_the_sweep(self, broken: Any, handler: RecordingHandler):
        with unreachable_port() as port:
            broken(port)
            deliver(body_of("RoomEnd", {"RoomId": 5}))
            wait_for_sender()
        event = CallbackEvent.objects.get()

        assert event.state == EventState.WAITING
        assert sweep_events(event.received_at + 4 * SECOND) == 0
        assert sweep_events(event.received_at + 5 * SECOND) == 1
        process_event(event.pk, at=event.received_at + 5 * SECOND)

        event.refresh_from_db()
        assert event.outcome == Outcome.HANDLED


class TestRunAgain:
    @pytest.mark.parametrize(
        "fields",
        [
            {"state": EventState.DEAD, "attempts": MAX_ATTEMPTS, "last_error": "no answer"},
            {"state": EventState.PROCESSED, "outcome": Outcome.UNKNOWN_ROOM, "attempts": 1},
            {"attempts": 4, "due_at": NOW + DAY, "last_error": "no answer"},
            {"attempts": 1, "lease_token": "killed", "leased_until": NOW},
        ],
    )
    def test_event_is_as_it_came(self, sent: Sent, fields: dict[str, Any]):
        event = event_of(**fields)

        assert run_again(CallbackEvent.objects.all(), at=NOW) == 1

        event.refresh_from_db()
        assert (event.state, event.outcome, event.attempts) == (EventState.WAITING, "", 0)
        assert (event.due_at, event.closed_at, event.last_error) == (NOW, None, "")
        assert (event.lease_token, event.leased_until) == ("", None)
        assert sent.event_ids == [event.pk]

    def test_event_that_a_worker_handles_is_left_to_it(self, sent: Sent):
        event = event_of(attempts=3, lease_token="somebody", leased_until=NOW + SECOND)

        assert run_again(CallbackEvent.objects.all(), at=NOW) == 0

        event.refresh_from_db()
        assert (event.attempts, event.lease_token) == (3, "somebody")
        assert sent.event_ids == []

    def test_events_of_one_room_are_one_message(self, sent: Sent):
        dead = {"state": EventState.DEAD}
        first, _second, other = event_of(1, **dead), event_of(1, **dead), event_of(2, **dead)
        roomless = [event_of(None, **dead) for _ in range(2)]

        assert run_again(CallbackEvent.objects.order_by("-pk"), at=NOW) == 5

        assert sent.event_ids == ids(first, other, *roomless)

    def test_room_that_was_not_ours_is_looked_up_again(self, sent: Sent):
        closed = {"state": EventState.PROCESSED, "closed_at": NOW, "outcome": Outcome.UNKNOWN_ROOM}
        first, _second = event_of(1, **closed), event_of(1, **closed)
        assert was_found_foreign(1, at=NOW)

        run_again(CallbackEvent.objects.filter(pk=first.pk), at=NOW)

        assert not was_found_foreign(1, at=NOW)

    def test_takes_any_number(self, sent: Sent, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(inbox, "BATCH", 2)
        for room_id in range(1, 6):
            event_of(room_id, state=EventState.DEAD)

        assert run_again(CallbackEvent.objects.all(), at=NOW) == 5
        assert CallbackEvent.objects.waiting().count() == 5

    def test_sends_nothing_when_it_is_rolled_back(self, sent: Sent):
        event_of(state=EventState.DEAD)

        with transaction.atomic():
            run_again(CallbackEvent.objects.all(), at=NOW)
            assert sent.event_ids == []
            transaction.set_rollback(True)

        assert sent.event_ids == []


class TestPurge:
    def test_forgets_processed_events_after_90_days_and_dead_ones_after_180(self):
        kept = [
            event_of(state=EventState.PROCESSED, closed_at=NOW - 90 * DAY),
            event_of(state=EventState.DEAD, closed_at=NOW - 180 * DAY),
            event_of(received_at=NOW - 365 * DAY),
        ]
        event_of(state=EventState.PROCESSED, closed_at=NOW - 90 * DAY - SECOND)
        event_of(state=EventState.DEAD, closed_at=NOW - 180 * DAY - SECOND)

        assert purge_processed(NOW, KEEP_PROCESSED) == 1
        assert purge_dead(NOW, KEEP_DEAD) == 1

        assert list(CallbackEvent.objects.order_by("pk")) == kept

    def test_goes_on_until_nothing_is_left(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(purge, "DELETED_AT_ONCE", 2)
        for _ in range(5):
            event_of(state=EventState.PROCESSED, closed_at=NOW - 100 * DAY)

        assert purge_processed(NOW, KEEP_PROCESSED) == 5
        assert CallbackEvent.objects.count() == 0

    def test_is_a_task(self):
        event_of(state=EventState.PROCESSED, closed_at=timezone.now() - 91 * DAY)

        tasks.purge_events()

        assert CallbackEvent.objects.count() == 0


@pytest.mark.parametrize("name", ["classroom.sweep_events", "classroom.purge_events"])
def test_clock_asks_for_it(name: str):
    schedule: dict[str, Any] = django_settings.CELERY_BEAT_SCHEDULE
    (entry,) = (each for each in schedule.values() if each["task"] == name)

    assert entry["options"]["expires"] > 0


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "weather"},
        {"state": "lost", "closed_at": NOW},
        {"outcome": "who knows"},
        {"state": EventState.WAITING, "closed_at": NOW},
        {"state": EventState.DEAD, "closed_at": None},
    ],
)
def test_database_takes_no_other_values(fields: dict[str, Any]):
    with pytest.raises(IntegrityError), transaction.atomic():
        event_of(**fields)
