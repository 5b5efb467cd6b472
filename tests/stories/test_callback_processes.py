"""Callbacks and replays while processes and servers die: nothing that was answered is lost."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from classroom.enums import EventState
from classroom.models import CallbackEvent
from deploy.services.postgres import Postgres
from deploy.services.processes import Child
from deploy.services.valkey import Valkey
from replays.enums import ReplayState
from replays.models import Replay
from schedule.models import Room
from tests.support.callbacks import KEY, PATH, body_of, let_pass, sweep
from tests.support.classes import hold, make_room
from tests.support.cloud import LocalCloud
from tests.support.once import run_manage
from tests.support.site import Processes, database_url

pytestmark = [pytest.mark.processes, pytest.mark.timeout(240)]

WITHIN_S = 90


@pytest.fixture
def held(processes: Processes, local_cloud: LocalCloud, lesson) -> Room:
    """A class that was held and recorded; processes take callbacks, and none was sent."""
    processes.env |= {
        "LCIC_CALLBACK_KEY": KEY,
        "REPLAY_HOSTS": local_cloud.url.removeprefix("http://"),
    }
    room = make_room(lesson)
    hold(local_cloud, room)
    return room


@pytest.fixture
def own_broker(processes: Processes, tmp_path: Path) -> Iterator[Valkey]:
    """A broker that this test may end."""
    broker = Valkey(tmp_path / "broker", durable=True)
    processes.env["REDIS_URL"] = broker.url
    yield broker
    broker.stop()


def post(address: str, body: dict[str, object]) -> int | None:
    """Deliver a callback; None when nobody answered."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    try:
        connection.request("POST", PATH, json.dumps(body), {"Content-Type": "application/json"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def event_of(room: Room, event_type: str = "RecordFinish") -> dict[str, object]:
    return body_of(event_type, {"RoomId": room.room_id})


def numbered(room: Room, number: int) -> dict[str, object]:
    return body_of("RecordFinish", {"RoomId": room.room_id, "Number": number})


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not is_so():
        events = list(
            CallbackEvent.objects.values("state", "attempts", "last_error", "leased_until")
        )
        assert time.monotonic() < deadline, events
        time.sleep(0.1)


def give_tables(database: Postgres) -> None:
    """Those of the test's own database if it is PostgreSQL: to migrate takes far longer."""
    own = database_url(connection.settings_dict)
    if own.startswith("postgres"):
        database.copy_from(own)
    else:
        run_manage("migrate", "--noinput", DATABASE_URL=database.url())


def is_ready(room: Room) -> bool:
    return Replay.objects.filter(room=room, state=ReplayState.READY).exists()


def test_callback_that_comes_while_the_broker_is_down_is_handled_when_it_is_back(
    own_broker: Valkey, processes: Processes, held: Room, tmp_path: Path
):
    address = processes.start_web()
    own_broker.kill()

    started = time.monotonic()
    assert post(address, event_of(held)) == 200
    answered_after_s = time.monotonic() - started

    assert CallbackEvent.objects.get().state == EventState.WAITING
    assert answered_after_s < 5  # the cloud would have given up by then
    back = Valkey(tmp_path / "broker", durable=True, port=own_broker.port)
    try:
        processes.start_worker()
        processes.start("beat")
        wait_for(lambda: is_ready(held))
    finally:
        processes.stop()
        back.stop()
    assert CallbackEvent.objects.get().state == EventState.PROCESSED


def test_whatever_a_killed_web_process_has_answered_is_stored_and_handled(
    processes: Processes, held: Room, valkey: str
):
    address = processes.start_web()
    web: Child = processes.last
    answers: dict[int, int | None] = {}

    bodies = {number: numbered(held, number) for number in range(300)}

    def deliver_many(first: int) -> None:
        for number in range(first, first + 30):  # of one room, a hundred rows are kept
            answers[number] = post(address, bodies[number])

    senders = [threading.Thread(target=deliver_many, args=(first,)) for first in (0, 100, 200)]
    for sender in senders:
        sender.start()
    while CallbackEvent.objects.count() < 20:
        time.sleep(0.01)
    web.kill()
    for sender in senders:
        sender.join()

    answered = {number for number, status in answers.items() if status == 200}
    assert answered <= set(numbers_stored())
    unanswered = [number for number, status in answers.items() if status is None]
    assert unanswered  # it was killed in the middle
    address = processes.start_web()
    for number in unanswered:  # as the cloud does
        assert post(address, bodies[number]) == 200
    assert sorted(numbers_stored()) == sorted(answers)
    take_up_what_nobody_told_the_workers(processes, valkey)
    assert is_ready(held)


def numbers_stored() -> list[int]:
    return [
        json.loads(data)["Number"] for data in CallbackEvent.objects.values_list("data", flat=True)
    ]


def take_up_what_nobody_told_the_workers(processes: Processes, valkey: str) -> None:
    """By one sweep; that the clock asks for it is seen in the test above."""
    let_pass(dt.timedelta(seconds=5))
    processes.start_worker()
    sweep(valkey)
    wait_for(lambda: not CallbackEvent.objects.waiting().exists())


def test_database_that_cannot_store_makes_the_cloud_call_again(
    processes: Processes, local_cloud: LocalCloud
):
    database = Postgres()
    try:
        processes.env |= {"DATABASE_URL": database.url(), "LCIC_CALLBACK_KEY": KEY}
        give_tables(database)
        address = processes.start_web()
        body = body_of("RoomEnd", {"RoomId": 300_000_001})
        database.kill()

        refused = post(address, body)
        database.start_again()

        assert refused == 500
        assert post(address, body) == 200
    finally:
        processes.stop()
        database.stop()
