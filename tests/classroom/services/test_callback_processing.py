"""A worker's work with events: the look, merging, merging, failures."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from classroom import tasks
from classroom.client.errors import CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.rooms import create_room
from classroom.client.users import Participant, register_user
from classroom.enums import EventKind, EventState, Outcome, Source
from classroom.hooks import Changes, NotOurs, RoomEvent, RoomHandler
from classroom.models import CallbackEvent
from classroom.services import merged_leases
from classroom.services.callback_processing import process_event
from classroom.services.inbox_limits import was_found_foreign
from classroom.services.merged_leases import LEASE, Lease, LeaseLost
from classroom.services.retries import MAX_ATTEMPTS, backoff
from tests.classroom.conftest import Applied, RecordingHandler, Register, Sent
from tests.factories.classroom import CallbackEventFactory
from tests.support.callbacks import body_of, deliver
from tests.support.cloud import LocalCloud
from tests.support.peers import refusing_port
from tests.support.roomplans import plan_of
from tests.support.threads import all_at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("sent"),
]

MS = dt.timedelta(milliseconds=1)
SECOND = dt.timedelta(seconds=1)
NOW = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)


@pytest.fixture
def room_id(inbox: LocalCloud) -> int:
    """A room that is in the cloud."""
    teacher_id = register_user(Participant("teacher", "李老师"), Priority.INTERACTIVE)
    return create_room(plan_of(teacher_id), Priority.INTERACTIVE)


def event_of(room_id: int | None, event_type: str = "RoomStart", **fields: Any) -> CallbackEvent:
    return CallbackEventFactory.create(room_id=room_id, event_type=event_type, **fields)


def process(event: CallbackEvent, *, at: dt.datetime | None = None) -> CallbackEvent:
    """Have a worker take the event up; the event as it is then."""
    process_event(event.pk, at=at or timezone.now())
    event.refresh_from_db()
    return event


def closed(event: CallbackEvent) -> tuple[str, str]:
    event.refresh_from_db()
    return event.state, event.outcome


def acquire(event: CallbackEvent, at: dt.datetime) -> Lease:
    """Lease an event as another worker would that began at that time."""
    lease = merged_leases.acquire(event, at=at)
    assert isinstance(lease, Lease)
    return lease


HANDLED = (EventState.PROCESSED, Outcome.HANDLED)
NOTHING = (EventState.PROCESSED, Outcome.NOTHING_TO_DO)
UNKNOWN = (EventState.PROCESSED, Outcome.UNKNOWN_ROOM)
WAITING = (EventState.WAITING, "")


class TestLook:
    def test_what_the_cloud_says_is_saved_and_the_event_closed(
        self, handler: RecordingHandler, inbox: LocalCloud, room_id: int
    ):
        inbox.change_room(room_id, "start")
        before = timezone.now()

        event = process(event_of(room_id, "RoomStart", due_at=before))

        assert closed(event) == HANDLED
        assert handler.saved == [1]
        assert (event.attempts, event.due_at, event.lease_token, event.leased_until) == (
            1,
            None,
            "",
            None,
        )
        assert event.begun_at is not None
        assert event.closed_at is not None
        assert before <= event.begun_at <= event.closed_at

    def test_body_is_no_fact(self, handler: RecordingHandler, inbox: LocalCloud, room_id: int):
        deliver(body_of("RoomEnd", {"RoomId": room_id, "Status": 2, "RecordUrl": "https://x/y"}))

        process(CallbackEvent.objects.get())

        assert handler.saved == [0]

    def test_hint_names_the_room_and_the_types(self, handler: RecordingHandler, room_id: int):
        event = event_of(room_id, "RoomStart")
        event_of(room_id, "RecordFinish")

        process(event)

        told = handler.told[0]
        assert told.room_id == told.snapshot.room_id == room_id
        assert told.event_types == {"RoomStart", "RecordFinish"}
        assert told.snapshot.source == Source.CALLBACK

    def test_handlers_run_in_their_order_and_share_the_snapshot(
        self, register: Register, inbox: LocalCloud, room_id: int
    ):
        done: list[str] = []

        def handler_of(app: str) -> RoomHandler:
            def handle(told: RoomEvent) -> Changes:
                assert told.snapshot.details is not None
                done.append(f"{app} asks")
                return Applied(lambda: done.append(f"{app} saves"))

            return handle

        for app, order in (("replays", 20), ("schedule", 10)):
            register(handler_of(app), order=order)

        process(event_of(room_id))

        assert done == ["schedule asks", "replays asks", "schedule saves", "replays saves"]
        assert len(inbox.calls(action="DescribeRoom")) == 1

    def test_asks_outside_and_saves_inside_a_transaction(
        self, handler: RecordingHandler, room_id: int
    ):
        inside: list[bool] = []
        handler.while_fetching = lambda: inside.append(connection.in_atomic_block)
        handler.while_saving = lambda: inside.append(connection.in_atomic_block)

        process(event_of(room_id))

        assert inside == [False, True]

    def test_lease_is_extended_before_each_call(self, register: Register, room_id: int):
        until: list[dt.datetime] = []

        def handle(told: RoomEvent) -> Changes:
            for ask in (lambda: told.snapshot.details, lambda: told.snapshot.recordings):
                time.sleep(0.01)
                ask()
                leased_until = CallbackEvent.objects.get().leased_until
                assert leased_until is not None
                until.append(leased_until)
            return Applied()

        register(handle, order=1)

        process(event_of(room_id), at=timezone.now() - SECOND)

        assert until[0] < until[1]
        assert until[1] > timezone.now() + LEASE - SECOND

    def test_is_made_once_for_a_message_that_comes_twice(
        self, handler: RecordingHandler, room_id: int
    ):
        event = event_of(room_id)

        process(event)
        process(event)

        assert len(handler.told) == 1

    def test_event_that_is_gone_is_nobody_s(self, handler: RecordingHandler):
        process_event(999_999, at=NOW)

        assert handler.told == []


class TestNothingToDo:
    @pytest.mark.parametrize(
        ("kind", "room_id"),
        [
            (EventKind.MEMBER, 5),
            (EventKind.DOCUMENT, 5),
            (EventKind.OTHER, None),
            (EventKind.DOCUMENT, None),
        ],
    )
    def test_closes_the_event_without_a_look(
        self, handler: RecordingHandler, inbox: LocalCloud, kind: EventKind, room_id: int | None
    ):
        event = process(event_of(room_id, kind=kind))

        assert closed(event) == NOTHING
        assert inbox.calls() == []

    def test_room_without_a_handler(self, register: Register, inbox: LocalCloud):
        assert closed(process(event_of(5))) == NOTHING


class TestForeignRoom:
    @pytest.fixture
    def asked(self, register: Register) -> list[int]:
        """The rooms that a handler has asked the cloud for, as the apps' handlers do."""
        asked: list[int] = []

        def handle(told: RoomEvent) -> Changes:
            if was_found_foreign(told.room_id, at=timezone.now()):
                raise NotOurs
            asked.append(told.room_id)
            if not told.snapshot.is_ours:
                raise NotOurs
            return Applied()

        register(handle, order=1)
        return asked

    def test_is_looked_up_once(self, asked: list[int], inbox: LocalCloud):
        first = process(event_of(777, "RoomStart"))
        other = process(event_of(777, "RoomEnd"))

        assert [closed(first), closed(other)] == [UNKNOWN, UNKNOWN]
        assert asked == [777]

    def test_closes_every_event_of_the_lease(self, asked: list[int], inbox: LocalCloud):
        events = [event_of(777, event_type) for event_type in ("RoomStart", "RoomEnd")]

        process(events[1])

        assert [closed(event) for event in events] == [UNKNOWN, UNKNOWN]

    def test_does_not_close_other_rooms(self, asked: list[int], room_id: int):
        process(event_of(777))

        assert closed(process(event_of(room_id))) == HANDLED
        assert not was_found_foreign(room_id, at=timezone.now())


class TestMerging:
    @pytest.mark.both_databases("leases")
    def test_one_look_answers_everything_that_has_come(
        self, handler: RecordingHandler, room_id: int
    ):
        later = NOW + dt.timedelta(hours=1)
        events = [
            event_of(room_id, "RoomStart"),
            event_of(room_id, "RoomStart"),
            event_of(room_id, "RoomEnd", due_at=later, attempts=3),
        ]
        others = [event_of(room_id + 1), event_of(room_id, kind=EventKind.MEMBER)]

        process(events[1], at=NOW)

        assert [closed(event) for event in events] == [HANDLED] * 3
        assert handler.types == [frozenset({"RoomStart", "RoomEnd"})]
        assert [closed(event) for event in others] == [WAITING, WAITING]

    def test_one_lease_has_an_end(
        self,
        handler: RecordingHandler,
        room_id: int,
        sent: Sent,
        monkeypatch: pytest.MonkeyPatch,
    ):
        monkeypatch.setattr(merged_leases, "LEASED_AT_MOST", 2)
        events = [event_of(room_id) for _ in range(3)]

        process(events[0], at=NOW)
        assert [closed(event) for event in events] == [HANDLED, HANDLED, WAITING]
        process(events[2], at=NOW + SECOND)

        assert closed(events[2]) == HANDLED

    def test_second_of_its_type_waits_out_half_a_second(
        self, handler: RecordingHandler, room_id: int, sent: Sent
    ):
        process(event_of(room_id), at=NOW)

        second = process(event_of(room_id), at=NOW + 200 * MS)

        assert closed(second) == WAITING
        assert (second.due_at, second.attempts) == (NOW + 500 * MS, 0)
        assert sent.messages == [("classroom.process_event", second.pk, 0.3)]
        assert len(handler.told) == 1

        assert closed(process(second, at=NOW + 500 * MS)) == HANDLED
        assert len(handler.told) == 2

    def test_another_type_goes_at_once(self, handler: RecordingHandler, room_id: int):
        process(event_of(room_id, "RoomStart"), at=NOW)

        process(event_of(room_id, "RoomEnd"), at=NOW + 10 * MS)

        assert handler.types == [frozenset({"RoomStart"}), frozenset({"RoomEnd"})]

    def test_same_type_of_another_room_goes_at_once(self, handler: RecordingHandler, room_id: int):
        process(event_of(room_id), at=NOW)

        assert closed(process(event_of(room_id + 1), at=NOW + 10 * MS)) == HANDLED

    def test_type_that_rode_along_counts_as_looked_at(
        self, handler: RecordingHandler, room_id: int
    ):
        first = event_of(room_id, "RoomStart")
        event_of(room_id, "RoomEnd")
        process(first, at=NOW)

        assert closed(process(event_of(room_id, "RoomEnd"), at=NOW + 100 * MS)) == WAITING

    def test_what_comes_during_a_look_gets_one_after_it(
        self, handler: RecordingHandler, room_id: int, sent: Sent
    ):
        at = timezone.now() - 5 * SECOND
        late: list[CallbackEvent] = []

        def another_comes() -> None:
            handler.while_fetching = lambda: None
            late.append(process(event_of(room_id), at=at + 2 * SECOND))

        handler.while_fetching = another_comes
        first = process(event_of(room_id), at=at)

        assert closed(first) == HANDLED
        assert closed(late[0]) == WAITING
        assert late[0].attempts == 0
        # Sent on by the worker that made the look, when it was done.
        assert sent.messages == [("classroom.process_event", late[0].pk, 0.0)]

        assert closed(process(late[0])) == HANDLED
        assert handler.told[1].snapshot.asked_at > late[0].received_at

    def test_clock_that_is_ahead_elsewhere_puts_nothing_off_for_longer(
        self, handler: RecordingHandler, room_id: int
    ):
        process(event_of(room_id), at=NOW + 10 * SECOND)

        second = process(event_of(room_id), at=NOW)

        assert second.due_at == NOW + 500 * MS

    @pytest.mark.usefixtures("inbox")
    def test_storm_ends_in_a_few_looks_and_the_last_event_has_one_after_it(
        self, handler: RecordingHandler, room_id: int
    ):
        events, types = 40, ("RoomStart", "RoomEnd", "RecordFinish", "Another")
        bodies = [
            body_of(types[number % 4], {"RoomId": room_id, "Number": number})
            for number in range(events)
        ]

        def call_and_work(body: dict[str, Any]) -> None:
            assert deliver(body).status_code == 200
            event = CallbackEvent.objects.get(
                data__contains=f'"Number":{body["EventData"]["Number"]},'
            )
            process_event(event.pk, at=timezone.now())

        all_at_once(call_and_work, bodies)
        time.sleep(0.6)
        for event in CallbackEvent.objects.waiting():
            process_event(event.pk, at=timezone.now())

        assert CallbackEvent.objects.filter(outcome=Outcome.HANDLED).count() == events
        last_received = max(event.received_at for event in CallbackEvent.objects.all())
        assert max(told.snapshot.asked_at for told in handler.told) >= last_received
        # At most a first look of each type, and trailing ones while the machine works it off.
        assert len(handler.told) <= 12

    @pytest.mark.both_databases("leases")
    def test_events_that_came_before_are_leased_once_however_many_workers(
        self, handler: RecordingHandler, room_id: int
    ):
        events = [event_of(room_id) for _ in range(40)]
        at = timezone.now()

        all_at_once(lambda event: process_event(event.pk, at=at), events[:20])

        assert len(handler.told) == 1
        assert {closed(event) for event in events} == {HANDLED}


@pytest.mark.both_databases("leases")
class TestLease:
    def test_event_of_another_worker_is_left_to_it(self, handler: RecordingHandler, room_id: int):
        event = event_of(room_id)
        acquire(event, NOW)

        process(event, at=NOW + LEASE - SECOND)

        assert handler.told == []
        assert event.attempts == 1

    def test_event_of_a_killed_worker_is_taken_over(self, handler: RecordingHandler, room_id: int):
        event = event_of(room_id)
        acquire(event, NOW)

        assert closed(process(event, at=NOW + LEASE)) == HANDLED
        assert event.attempts == 2

    def test_worker_that_lost_its_lease_before_a_call_asks_and_saves_nothing(
        self, register: Register, inbox: LocalCloud, room_id: int
    ):
        event = event_of(room_id)
        asked: list[object] = []

        def handle(told: RoomEvent) -> Changes:
            acquire(event, timezone.now() + 2 * LEASE)
            asked.append(told.snapshot.details)
            return Applied()

        register(handle, order=1)

        process(event)

        assert asked == []
        assert inbox.calls(action="DescribeRoom") == []
        assert closed(event) == WAITING
        assert event.attempts == 2
        assert event.lease_token != ""

    def test_worker_that_lost_its_lease_at_the_end_saves_nothing(
        self, handler: RecordingHandler, room_id: int
    ):
        event = event_of(room_id)

        def be_overtaken() -> None:
            acquire(event, timezone.now() + 2 * LEASE)

        handler.while_fetching = be_overtaken

        process(event)

        assert handler.saved == []
        assert closed(event) == WAITING

    def test_lease_of_one_of_several_events_counts_for_all(self, room_id: int, register: Register):
        register(RecordingHandler(), order=1)
        events = [event_of(room_id, "RoomStart"), event_of(room_id, "RoomEnd")]
        lease = acquire(events[0], NOW)
        CallbackEvent.objects.filter(pk=events[1].pk).update(lease_token="another's")

        with pytest.raises(LeaseLost):
            merged_leases.close(lease, Outcome.HANDLED)

        assert closed(events[0]) == WAITING

    def test_facts_and_closing_stand_or_fall_together(
        self, handler: RecordingHandler, room_id: int
    ):
        other = event_of(5, "Untouched")

        def save_then_fail() -> None:
            CallbackEvent.objects.filter(pk=other.pk).update(last_error="saved")
            raise ValueError("cannot be saved")

        handler.while_saving = save_then_fail
        event = event_of(room_id)

        with pytest.raises(ValueError, match="cannot be saved"):
            process_event(event.pk, at=timezone.now())

        other.refresh_from_db()
        assert other.last_error == ""
        assert closed(event) == WAITING


class TestFailure:
    def test_waits_for_the_next_try(
        self,
        handler: RecordingHandler,
        inbox: LocalCloud,
        room_id: int,
        caplog: pytest.LogCaptureFixture,
    ):
        inbox.switch("DescribeRoom", "fail", code="InternalError")

        with caplog.at_level(logging.WARNING, logger="classroom.services.callback_processing"):
            before = timezone.now()
            event = process(event_of(room_id))
            after = timezone.now()

        assert closed(event) == WAITING
        assert (event.attempts, event.lease_token, event.leased_until) == (1, "", None)
        assert event.last_error.startswith("CloudUnavailable: DescribeRoom: InternalError")
        assert event.due_at is not None
        assert before + 4 * SECOND <= event.due_at <= after + 5 * SECOND
        assert [record.levelname for record in caplog.records] == ["WARNING"]

    def test_grows_until_the_event_is_given_up(self, register: Register):
        def refuse(told: RoomEvent) -> Changes:
            raise CloudUnavailable("DescribeRoom", "no answer", outcome_is_known=True)

        register(refuse, order=1)
        event = event_of(5)
        waits: list[float] = []

        with time_machine.travel(NOW, tick=False) as clock:
            process(event)
            while event.due_at is not None:
                waits.append((event.due_at - timezone.now()).total_seconds())
                clock.move_to(event.due_at)
                process(event)
            ended_at = timezone.now()

        nominal = [5 * 2**number for number in range(10)] + [3600]
        assert len(waits) == MAX_ATTEMPTS - 1
        assert [
            0.9 * longest <= wait <= longest for wait, longest in zip(waits, nominal, strict=True)
        ] == [True] * 11
        assert sum(waits) > 2 * 3600
        assert (event.state, event.outcome, event.attempts) == (EventState.DEAD, "", MAX_ATTEMPTS)
        assert event.closed_at == ended_at
        assert event.last_error == "CloudUnavailable: DescribeRoom: no answer"

    def test_is_spread(self):
        assert len({backoff(5) for _ in range(20)}) == 20

    def test_not_due_event_is_left_to_its_time(self, handler: RecordingHandler, room_id: int):
        event = event_of(room_id, due_at=NOW + 5 * SECOND, attempts=1)

        process(event, at=NOW)

        assert handler.told == []
        assert event.attempts == 1

    def test_event_that_rode_along_keeps_its_tries_and_its_time(self, register: Register):
        def refuse(told: RoomEvent) -> Changes:
            raise CloudUnavailable("DescribeRoom", "no answer", outcome_is_known=True)

        register(refuse, order=1)
        later = NOW + dt.timedelta(hours=1)
        rider = event_of(5, "RoomEnd", due_at=later, attempts=MAX_ATTEMPTS - 1)

        fresh = process(event_of(5, "RoomStart"), at=NOW)

        rider.refresh_from_db()
        assert (fresh.attempts, rider.attempts) == (1, MAX_ATTEMPTS - 1)
        assert (rider.state, rider.due_at, rider.lease_token) == (EventState.WAITING, later, "")

    def test_bug_of_a_handler_is_recorded_and_raised(self, register: Register):
        def fail(told: RoomEvent) -> Changes:
            raise KeyError("\0\ud800" + "课" * 300)

        register(fail, order=1)
        event = event_of(5)

        with pytest.raises(KeyError):
            tasks.process_event(event_id=event.pk)

        assert closed(event) == WAITING
        assert event.last_error.startswith(r"KeyError: '\x00\ud800课课")
        assert len(event.last_error) == 255
        assert event.due_at is not None

    def test_bug_of_a_handler_keeps_no_other_event_that_came_with_it(
        self, register: Register, sent: Sent
    ):
        def fail(told: RoomEvent) -> Changes:
            raise KeyError

        register(fail, order=1)
        event = event_of(5)

        with pytest.raises(KeyError):
            tasks.process_event(event_id=event.pk, others=[7, 8])

        assert sent.event_ids == [7, 8]

    @pytest.mark.both_databases("texts that one database refuses")
    @pytest.mark.parametrize("text", ["\0", "\ud800"])
    def test_reason_fits_every_database(self, register: Register, text: str):
        def fail(told: RoomEvent) -> Changes:
            raise ValueError(text)

        register(fail, order=1)
        event = event_of(5)

        with pytest.raises(ValueError, match=text):
            process_event(event.pk, at=NOW)

        event.refresh_from_db()
        assert event.last_error in {r"ValueError: \0", r"ValueError: \ud800"}

    def test_success_after_it_forgets_the_error(self, handler: RecordingHandler, room_id: int):
        event = event_of(room_id, last_error="no answer", attempts=3, due_at=NOW)

        process(event, at=NOW)

        assert closed(event) == HANDLED
        assert (event.last_error, event.attempts) == ("", 4)

    def test_cloud_that_is_not_there(
        self, handler: RecordingHandler, inbox: LocalCloud, settings: Any
    ):
        settings.LCIC_ENDPOINT = f"http://127.0.0.1:{refusing_port()}"

        event = process(event_of(5))

        assert closed(event) == WAITING
        assert event.last_error.startswith("CloudUnavailable: DescribeRoom: ")


@pytest.mark.both_databases("leases")
def test_lease_is_committed_before_the_cloud_is_asked(handler: RecordingHandler, room_id: int):
    """Another worker sees the lease while the first one looks."""
    event = event_of(room_id)
    seen: list[object] = []

    def look_from_outside() -> None:
        def read(_: int) -> str:
            return CallbackEvent.objects.get(pk=event.pk).lease_token

        seen.extend(all_at_once(read, [0]))

    handler.while_fetching = look_from_outside

    process(event)

    assert [bool(token) for token in seen] == [True]


def test_leases_on_one_room_come_one_after_the_other(room_id: int, handler: RecordingHandler):
    """A lease that is not committed yet holds the next one back, which then finds it."""
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite transactions that write come one after the other anyway")
    first, second = event_of(room_id), event_of(room_id)
    taken: list[object] = []

    def take_second(_: int) -> None:
        taken.append(merged_leases.acquire(second, at=timezone.now()))

    with transaction.atomic():
        lease = merged_leases.acquire(first, at=timezone.now())
        waiting = threading.Thread(target=lambda: all_at_once(take_second, [0]))
        waiting.start()
        waiting.join(0.5)
        assert taken == []
    waiting.join(30)

    assert isinstance(lease, Lease)
    assert {event.pk for event in lease.events} == {first.pk, second.pk}
    assert taken == [None]
