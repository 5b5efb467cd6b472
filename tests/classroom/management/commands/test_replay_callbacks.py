from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from classroom.client.errors import CloudUnavailable
from classroom.enums import EventKind, EventState, Outcome
from classroom.hooks import Changes, NotOurs, RoomEvent
from classroom.models import CallbackEvent
from classroom.services import merged_leases
from classroom.services.retries import MAX_ATTEMPTS
from tests.classroom.conftest import Applied, Register, Sent
from tests.factories.classroom import CallbackEventFactory
from tests.support.commands import run

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("sent"),
    pytest.mark.both_databases("a command of the contract"),
]

FOREIGN, SILENT, BROKEN = 777, 888, 999


@pytest.fixture(autouse=True)
def looked_at(register: Register) -> list[int]:
    """The rooms that were looked at; some of them end badly."""
    looked_at: list[int] = []

    def handle(told: RoomEvent) -> Changes:
        looked_at.append(told.room_id)
        if told.room_id == FOREIGN:
            raise NotOurs
        if told.room_id == SILENT:
            raise CloudUnavailable("DescribeRoom", "no answer", outcome_is_known=True)
        if told.room_id == BROKEN:
            raise ValueError("a bug")
        return Applied()

    register(handle, order=1)
    return looked_at


def event_of(room_id: int | None, **fields: Any) -> CallbackEvent:
    return CallbackEventFactory.create(room_id=room_id, **fields)


def dead_event_of(room_id: int) -> CallbackEvent:
    return event_of(room_id, state=EventState.DEAD, attempts=MAX_ATTEMPTS, last_error="no answer")


def test_runs_all_that_wait(looked_at: list[int]):
    later = timezone.now() + dt.timedelta(hours=1)
    waiting = [event_of(1), event_of(2, due_at=later), event_of(FOREIGN)]
    roomless = event_of(None, kind=EventKind.OTHER, event_type="Another")
    event_of(3, state=EventState.PROCESSED)
    dead_event_of(4)

    outcome = run("replay_callbacks")

    assert outcome.code == 0
    assert outcome.stdout.splitlines() == [
        f"{waiting[0].pk} RoomStart 1 handled",
        f"{waiting[1].pk} RoomStart 2 handled",
        f"{waiting[2].pk} RoomStart 777 unknown_room",
        f"{roomless.pk} Another - nothing_to_do",
        "run=4 processed=4 failed=0",
    ]
    assert looked_at == [1, 2, FOREIGN]
    assert CallbackEvent.objects.waiting().count() == 0


def test_one_look_answers_a_room_s_events_and_each_has_its_line(looked_at: list[int]):
    events = [event_of(1, event_type=name) for name in ("RoomStart", "RoomEnd")]

    outcome = run("replay_callbacks")

    assert outcome.stdout.splitlines() == [
        f"{events[0].pk} RoomStart 1 handled",
        f"{events[1].pk} RoomEnd 1 handled",
        "run=2 processed=2 failed=0",
    ]
    assert looked_at == [1]


def test_tells_what_failed_and_goes_on(looked_at: list[int]):
    events = [event_of(room_id) for room_id in (SILENT, BROKEN, 1)]

    outcome = run("replay_callbacks")

    assert outcome.code == 1
    assert outcome.stdout.splitlines() == [
        f"{events[0].pk} RoomStart 888 failed: CloudUnavailable: DescribeRoom: no answer",
        f"{events[1].pk} RoomStart 999 failed: ValueError: a bug",
        f"{events[2].pk} RoomStart 1 handled",
        "run=3 processed=1 failed=2",
    ]
    assert looked_at == [SILENT, BROKEN, 1]


def test_runs_the_dead_ones(looked_at: list[int], sent: Sent):
    dead, waiting = dead_event_of(1), event_of(2)

    outcome = run("replay_callbacks", "--dead")

    dead.refresh_from_db()
    waiting.refresh_from_db()
    assert outcome.stdout.splitlines() == [
        f"{dead.pk} RoomStart 1 handled",
        "run=1 processed=1 failed=0",
    ]
    assert (dead.state, dead.outcome, dead.attempts, dead.last_error) == (
        EventState.PROCESSED,
        Outcome.HANDLED,
        1,
        "",
    )
    assert waiting.state == EventState.WAITING
    assert sent.messages == []


@pytest.mark.parametrize(
    "make",
    [
        event_of,
        dead_event_of,
        lambda room_id: event_of(room_id, state=EventState.PROCESSED),
        lambda room_id: event_of(room_id, state=EventState.PROCESSED, outcome=Outcome.UNKNOWN_ROOM),
    ],
)
def test_runs_a_named_one_whatever_its_state(
    looked_at: list[int], make: Callable[[int], CallbackEvent]
):
    event, other = make(1), make(2)

    outcome = run("replay_callbacks", "--id", str(event.pk))

    assert (outcome.code, outcome.stdout.splitlines()[-1]) == (0, "run=1 processed=1 failed=0")
    assert looked_at == [1]
    assert other.state == CallbackEvent.objects.get(pk=other.pk).state


def test_runs_several_named_ones_once_each(looked_at: list[int]):
    events = [event_of(room_id) for room_id in (1, 2, 3)]
    words = [f"--id={event.pk}" for event in (events[2], events[0], events[0])]

    outcome = run("replay_callbacks", *words)

    assert outcome.stdout.splitlines() == [
        f"{events[0].pk} RoomStart 1 handled",
        f"{events[2].pk} RoomStart 3 handled",
        "run=2 processed=2 failed=0",
    ]


@pytest.mark.parametrize("unknown", [999_999, 2**63, -1, 10**30])
def test_unknown_id_is_named_and_the_others_run(looked_at: list[int], unknown: int):
    event = event_of(1)

    outcome = run("replay_callbacks", f"--id={unknown}", f"--id={event.pk}")

    assert outcome.code == 1
    assert outcome.stderr == f"There is no event {unknown}.\n"
    assert outcome.stdout.splitlines()[-1] == "run=1 processed=1 failed=0"
    assert looked_at == [1]


def test_event_of_a_worker_is_left_to_it(looked_at: list[int]):
    event = event_of(1)
    merged_leases.acquire(event, at=timezone.now())

    outcome = run("replay_callbacks", f"--id={event.pk}")

    assert (outcome.code, looked_at) == (1, [])
    assert outcome.stdout.splitlines() == [
        f"{event.pk} RoomStart 1 failed: a worker is handling it",
        "run=1 processed=0 failed=1",
    ]


def test_nothing_waits():
    outcome = run("replay_callbacks")

    assert (outcome.code, outcome.stdout) == (0, "run=0 processed=0 failed=0\n")
