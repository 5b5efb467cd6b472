"""The inbox with real processes: web, worker and broker, and what a kill leaves behind."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import urllib.request
from urllib.parse import urlsplit

import pytest
from celery import Celery
from django.db.models import F

from classroom.client.rate_limits import Priority
from classroom.client.rooms import create_room
from classroom.client.users import Participant, register_user
from classroom.enums import EventState, Outcome
from classroom.models import CallbackEvent
from deploy.services.processes import is_answering
from schedule.enums import CloudStatus
from schedule.models import Room
from tests.support.callbacks import KEY, PATH, body_of
from tests.support.cloud import LocalCloud
from tests.support.roomplans import plan_of
from tests.support.site import Processes

pytestmark = pytest.mark.processes


@pytest.fixture
def room_id(local_cloud: LocalCloud) -> int:
    """A room of our application that runs in the cloud, and that nobody here knows."""
    teacher_id = register_user(Participant("teacher", "李老师"), Priority.INTERACTIVE)
    room_id = create_room(plan_of(teacher_id), Priority.INTERACTIVE)
    local_cloud.change_room(room_id, "start")
    return room_id


def call(url: str, room_id: int) -> int:
    """Tell a web server of the room's start as the cloud would."""
    request = urllib.request.Request(
        f"{url}{PATH}", json.dumps(body_of("RoomStart", {"RoomId": room_id})).encode()
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return int(answer.status)


def let_pass(span: dt.timedelta) -> None:
    """Make the events that much older."""
    CallbackEvent.objects.update(
        received_at=F("received_at") - span, leased_until=F("leased_until") - span
    )


def sweep(broker_url: str) -> None:
    """Ask for what the clock asks for every half minute."""
    with Celery(broker=broker_url) as queue:
        queue.send_task("classroom.sweep_events")


def is_handled() -> bool:
    return CallbackEvent.objects.filter(outcome=Outcome.HANDLED).exists()


def test_callback_reaches_a_worker_at_once_and_may_come_in_chunks(
    processes: Processes, room_id: int
):
    url = processes.start_web(LCIC_CALLBACK_KEY=KEY)
    worker = processes.start_worker()

    assert call(url, room_id) == 200

    # Sooner than any sweep, of which there is none here.
    worker.wait_until(is_handled)
    assert Room.objects.get(room_id=room_id).cloud_status == CloudStatus.RUNNING
    assert call_in_chunks(url, 5) == (200, b'{"error_code": 0}')
    assert CallbackEvent.objects.filter(room_id=5).count() == 1


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


def test_event_whose_worker_is_killed_is_finished_by_the_next(
    processes: Processes, local_cloud: LocalCloud, valkey: str, room_id: int
):
    url = processes.start_web(LCIC_CALLBACK_KEY=KEY)
    worker = processes.start_worker()
    local_cloud.switch("DescribeRoom", "hang", seconds=60)
    call(url, room_id)
    worker.wait_until(lambda: bool(local_cloud.calls(action="DescribeRoom")))

    worker.kill()
    local_cloud.clear()
    killed = CallbackEvent.objects.get()
    assert (killed.state, killed.attempts, bool(killed.lease_token)) == (
        EventState.WAITING,
        1,
        True,
    )
    assert not Room.objects.filter(room_id=room_id).exists()
    # Instead of waiting for the end of its lease.
    let_pass(dt.timedelta(minutes=2))
    next_worker = processes.start_worker()
    sweep(valkey)

    next_worker.wait_until(is_handled)
    assert CallbackEvent.objects.get().attempts == 2
    assert Room.objects.get(room_id=room_id).cloud_status == CloudStatus.RUNNING


def test_web_is_ready_without_a_broker_and_the_sweep_finds_what_came(
    processes: Processes, valkey: str, room_id: int
):
    url = processes.start_web(LCIC_CALLBACK_KEY=KEY, REDIS_URL="redis://127.0.0.1:9/0")

    assert is_answering(f"{url}/readyz")
    assert call(url, room_id) == 200

    assert CallbackEvent.objects.get().state == EventState.WAITING
    let_pass(dt.timedelta(seconds=5))
    worker = processes.start_worker()
    sweep(valkey)
    worker.wait_until(is_handled)
