"""The inbox with real processes: web, worker and broker, and what a kill leaves behind."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import urllib.request
from urllib.parse import urlsplit

import pytest

from classroom.client.rate_limits import Priority
from classroom.client.rooms import create_room
from classroom.client.users import Participant, register_user
from classroom.enums import EventState, Outcome
from classroom.models import CallbackEvent
from deploy.services.processes import Child, is_answering
from schedule.enums import CloudStatus
from schedule.models import Room
from tests.support.callbacks import KEY, PATH, body_of, let_pass, sweep
from tests.support.cloud import LocalCloud
from tests.support.roomplans import plan_of
from tests.support.site import Processes

pytestmark = pytest.mark.processes


@pytest.fixture
def room_ids(local_cloud: LocalCloud) -> list[int]:
    """Rooms of our application that run in the cloud, and that nobody here knows."""
    teacher_id = register_user(Participant("teacher", "李老师"), Priority.INTERACTIVE)
    room_ids = [create_room(plan_of(teacher_id), Priority.INTERACTIVE) for _ in range(3)]
    for room_id in room_ids:
        local_cloud.change_room(room_id, "start")
    return room_ids


def call(url: str, room_id: int) -> int:
    """Tell a web server of the room's start as the cloud would."""
    request = urllib.request.Request(
        f"{url}{PATH}", json.dumps(body_of("RoomStart", {"RoomId": room_id})).encode()
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return int(answer.status)


def event_of(room_id: int) -> CallbackEvent:
    return CallbackEvent.objects.get(room_id=room_id)


def wait_until_handled(worker: Child, room_id: int) -> None:
    worker.wait_until(lambda: event_of(room_id).outcome == Outcome.HANDLED)
    assert Room.objects.get(room_id=room_id).cloud_status == CloudStatus.RUNNING


def test_what_a_web_process_has_taken_is_handled_whatever_becomes_of_worker_and_broker(
    processes: Processes, local_cloud: LocalCloud, room_ids: list[int]
):
    """One start for all of it: most of a test's time is the start of processes."""
    processes.env["LCIC_CALLBACK_KEY"] = KEY
    first, second, third = room_ids
    url = processes.start_web()
    worker = processes.start_worker()

    callback_reaches_a_worker_at_once(url, worker, first)
    callback_may_come_in_chunks(url, worker)
    event_is_begun_by_a_worker_that_is_killed(local_cloud, url, worker, second)
    next_worker = processes.start_worker()
    event_is_finished_by_the_next(processes, next_worker, second)
    web_is_ready_without_a_broker_and_the_sweep_finds_what_came(processes, next_worker, third)


def callback_reaches_a_worker_at_once(url: str, worker: Child, room_id: int) -> None:
    assert call(url, room_id) == 200

    # Sooner than any sweep, of which there is none here.
    wait_until_handled(worker, room_id)


def callback_may_come_in_chunks(url: str, worker: Child) -> None:
    assert call_in_chunks(url, 5) == (200, b'{"error_code": 0}')

    # Until then the worker asks the cloud for this room, which would be taken for another's.
    worker.wait_until(lambda: event_of(5).state != EventState.WAITING)


def event_is_begun_by_a_worker_that_is_killed(
    local_cloud: LocalCloud, url: str, worker: Child, room_id: int
) -> None:
    local_cloud.switch("DescribeRoom", "hang", seconds=60)
    asked_before = len(local_cloud.calls(action="DescribeRoom"))
    call(url, room_id)
    worker.wait_until(lambda: len(local_cloud.calls(action="DescribeRoom")) > asked_before)

    worker.kill()
    local_cloud.clear()
    killed = event_of(room_id)
    assert (killed.state, killed.attempts, bool(killed.lease_token)) == (
        EventState.WAITING,
        1,
        True,
    )
    assert not Room.objects.filter(room_id=room_id).exists()


def event_is_finished_by_the_next(processes: Processes, worker: Child, room_id: int) -> None:
    # Instead of waiting for the end of its lease.
    let_pass(dt.timedelta(minutes=2))
    sweep(processes.env["REDIS_URL"])

    wait_until_handled(worker, room_id)
    assert event_of(room_id).attempts == 2


def web_is_ready_without_a_broker_and_the_sweep_finds_what_came(
    processes: Processes, worker: Child, room_id: int
) -> None:
    url = processes.start_web(REDIS_URL="redis://127.0.0.1:9/0")

    assert is_answering(f"{url}/readyz")
    assert call(url, room_id) == 200

    assert event_of(room_id).state == EventState.WAITING
    let_pass(dt.timedelta(seconds=5))
    sweep(processes.env["REDIS_URL"])
    wait_until_handled(worker, room_id)


def call_in_chunks(url: str, room_id: int) -> tuple[int, bytes]:
    body = json.dumps(body_of("RoomStart", {"RoomId": room_id})).encode()
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    connection.request(
        "POST",
        PATH,
        iter([body[:7], body[7:]]),
        {"Transfer-Encoding": "chunked"},
        encode_chunked=True,
    )
    with connection.getresponse() as answer:
        content = answer.read()
    connection.close()
    return answer.status, content
