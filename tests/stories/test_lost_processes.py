"""A day on which worker, web, broker and beat are lost: nothing else is, and the doctor sees who is missing."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from classroom.client.rate_limits import Priority
from classroom.client.rooms import create_room
from classroom.client.users import Participant, register_user
from classroom.enums import EventState, Outcome
from classroom.models import CallbackEvent
from deploy.services.processes import ROOT, Child
from deploy.services.valkey import Valkey
from edu_platform import heartbeat
from edu_platform.models import Backup
from replays.enums import ReplayState
from replays.models import Replay
from schedule.enums import CloudStatus
from schedule.models import Room
from tests.factories.accounts import UserFactory
from tests.factories.schedule import LessonFactory
from tests.support.callbacks import KEY, PATH, body_of, let_pass, post, sweep
from tests.support.classes import hold, make_room
from tests.support.cloud import LocalCloud
from tests.support.replays import story_of
from tests.support.roomplans import plan_of
from tests.support.second_factor import give_second_factor
from tests.support.site import Processes

pytestmark = [pytest.mark.processes, pytest.mark.timeout(600)]

WITHIN_S = 300
MINUTE = dt.timedelta(minutes=1)
SENDERS, DELIVERIES_A_SENDER = 3, 16  # of one room, a hundred rows are kept
# A school on this machine's loopback, beside a cloud that was told an address and a key alone.
EXPECTED_WARNINGS = {
    "settings.https": "warning",
    "cloud.after_class": "warning",
    "recordings.transfer": "warning",
    "recordings.delivery": "warning",
}
# The doctor, who gives workers that are gone less time to answer.
HURRIED_DOCTOR = """
import os, sys, django
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "edu_platform.settings")
django.setup()
import manage
from edu_platform.doctor import workers
workers.ANSWER_WITHIN_S = 0.5
manage.main(sys.argv)
"""


@pytest.fixture
def own_broker(processes: Processes, tmp_path: Path) -> Iterator[Valkey]:
    """A broker that this test may end."""
    broker = Valkey(tmp_path / "broker", durable=True)
    processes.env["REDIS_URL"] = broker.url
    yield broker
    broker.stop()


@pytest.fixture
def school(processes: Processes, tmp_path: Path) -> None:
    """Create what a school has beside its processes."""
    processes.env |= {
        "LCIC_CALLBACK_KEY": KEY,
        "EMAIL_URL": f"filemail:///{tmp_path}/mail",
        "DEFAULT_FROM_EMAIL": "school@school.example",
    }
    give_second_factor(UserFactory.create(username="head", is_superuser=True))
    at = timezone.now()
    Backup.objects.create(began_at=at, ended_at=at, folder="/backups", size_bytes=1)


def test_day_on_which_one_after_the_other_is_lost(
    school: None,
    own_broker: Valkey,
    processes: Processes,
    local_cloud: LocalCloud,
    tmp_path: Path,
) -> None:
    """Few starts for all of it: most of a test's time is the start of processes."""
    noisy, told, untold = rooms_of_now(3)
    address = processes.start_web()
    web = processes.last

    worker_is_lost_and_the_next_goes_on(processes, local_cloud, address)
    hold(local_cloud, noisy)
    deliveries = numbered_deliveries(noisy)
    unanswered = web_is_killed_while_callbacks_come(web, address, deliveries)
    beat = processes.start_beat()
    own_broker.kill()
    address = processes.start_web()  # which is ready without a broker
    classes_are_held_without_a_broker(address, local_cloud, told, untold)
    back = Valkey(tmp_path / "broker", durable=True, port=own_broker.port)
    try:
        worker = processes.start_worker()
        all_is_done_when_it_is_back(told, untold)
        what_was_not_answered_is_sent_again(address, deliveries, unanswered)
        doctor_is_content(processes, local_cloud, address)
        doctor_misses_who_is_gone(processes, address, worker, beat)
    finally:
        processes.stop()
        back.stop()


def worker_is_lost_and_the_next_goes_on(
    processes: Processes, local_cloud: LocalCloud, address: str
) -> None:
    early, held_up = rooms_that_nobody_here_knows(local_cloud)
    worker = processes.start_worker()
    callback_reaches_a_worker_at_once(address, worker, early)
    callback_may_come_in_chunks(address, worker)
    event_is_begun_by_a_worker_that_is_killed(local_cloud, address, worker, held_up)
    worker = processes.start_worker()
    event_is_finished_by_the_next(processes, worker, held_up)
    worker.stop()


def rooms_that_nobody_here_knows(local_cloud: LocalCloud) -> tuple[int, int]:
    """Rooms of our application that run in the cloud."""
    teacher_id = register_user(Participant("teacher", "李老师"), Priority.INTERACTIVE)
    first, second = (create_room(plan_of(teacher_id), Priority.INTERACTIVE) for _ in range(2))
    for room_id in (first, second):
        local_cloud.change_room(room_id, "start")
    return first, second


def callback_reaches_a_worker_at_once(address: str, worker: Child, room_id: int) -> None:
    assert post(address, start_of(room_id)) == 200

    # Sooner than any sweep, of which there is none yet.
    wait_until_handled(worker, room_id)


def callback_may_come_in_chunks(address: str, worker: Child) -> None:
    assert call_in_chunks(address, start_of(5)) == (200, b'{"error_code": 0}')

    # Until then the worker asks the cloud for this room, which would be taken for another's.
    worker.wait_until(lambda: event_of(5).state != EventState.WAITING)


def event_is_begun_by_a_worker_that_is_killed(
    local_cloud: LocalCloud, address: str, worker: Child, room_id: int
) -> None:
    local_cloud.switch("DescribeRoom", "hang", seconds=60)
    asked_before = len(local_cloud.calls(action="DescribeRoom"))
    assert post(address, start_of(room_id)) == 200
    worker.wait_until(lambda: len(local_cloud.calls(action="DescribeRoom")) > asked_before)

    worker.kill()
    local_cloud.clear()
    killed = event_of(room_id)
    assert (killed.state, killed.attempts) == (EventState.WAITING, 1)
    assert killed.lease_token
    assert not Room.objects.filter(room_id=room_id).exists()


def event_is_finished_by_the_next(processes: Processes, worker: Child, room_id: int) -> None:
    # Instead of waiting for the end of its lease.
    let_pass(dt.timedelta(minutes=2))
    sweep(processes.env["REDIS_URL"])

    wait_until_handled(worker, room_id)
    assert event_of(room_id).attempts == 2


def wait_until_handled(worker: Child, room_id: int) -> None:
    worker.wait_until(lambda: event_of(room_id).outcome == Outcome.HANDLED)
    assert Room.objects.get(room_id=room_id).cloud_status == CloudStatus.RUNNING


def event_of(room_id: int | None) -> CallbackEvent:
    """The only one of this room."""
    return CallbackEvent.objects.get(room_id=room_id)


def start_of(room_id: int) -> dict[str, object]:
    return body_of("RoomStart", {"RoomId": room_id})


def call_in_chunks(address: str, delivery: dict[str, object]) -> tuple[int, bytes]:
    body = json.dumps(delivery).encode()
    pieces, how = iter([body[:7], body[7:]]), {"Transfer-Encoding": "chunked"}
    with closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)) as connection:
        connection.request("POST", PATH, pieces, how, encode_chunked=True)
        answer = connection.getresponse()
        return answer.status, answer.read()


def rooms_of_now(count: int) -> list[Room]:
    """Make rooms of classes that begin in a moment."""
    start = timezone.now() + MINUTE
    lessons = [
        LessonFactory.create(starts_at=start, ends_at=start + 45 * MINUTE) for _ in range(count)
    ]
    return [make_room(lesson) for lesson in lessons]


def classes_are_held_without_a_broker(
    address: str, local_cloud: LocalCloud, told: Room, untold: Room
) -> None:
    """Hold two classes: of one the cloud tells us, of the other it does not."""
    for room in (told, untold):
        hold(local_cloud, room)
    started = time.monotonic()
    assert post(address, body_of("RecordFinish", {"RoomId": told.room_id})) == 200
    answered_after_s = time.monotonic() - started

    assert event_of(told.room_id).state == EventState.WAITING
    assert answered_after_s < 5  # the cloud would have given up by then
    assert not is_ready(told)
    assert not is_ready(untold)


def all_is_done_when_it_is_back(told: Room, untold: Room) -> None:
    """Beat ran all the time: it sends what nobody told the worker of, and asks for what the cloud did not tell."""
    wait_for(lambda: is_ready(told) and is_ready(untold) and not events_to_handle())
    assert event_of(told.room_id).state == EventState.PROCESSED
    trail = story_of(Replay.objects.get(room=untold))
    assert trail[:4] == [
        "The class began",
        "The class ended",
        "File 1 was found",
        "No message about the recording arrived: the platform found it by checking.",
    ]


def web_is_killed_while_callbacks_come(
    web: Child, address: str, deliveries: dict[int, dict[str, object]]
) -> set[int]:
    """From several senders at once; return the numbers of what it has not answered."""
    answers: dict[int, int | None] = {}

    def deliver_many(first: int) -> None:
        for number in range(first, first + DELIVERIES_A_SENDER):
            answers[number] = post(address, deliveries[number])

    senders = [
        threading.Thread(target=deliver_many, args=(first,))
        for first in deliveries
        if first % DELIVERIES_A_SENDER == 0
    ]
    for sender in senders:
        sender.start()
    wait_for(lambda: len(numbers_stored()) >= DELIVERIES_A_SENDER // 2, looking_every_s=0.01)
    web.kill()
    for sender in senders:
        sender.join()

    answered = {number for number, status in answers.items() if status == 200}
    assert answered <= set(numbers_stored())
    unanswered = {number for number, status in answers.items() if status is None}
    assert unanswered  # it was killed in the middle
    assert answered | unanswered == answers.keys()
    return unanswered


def what_was_not_answered_is_sent_again(
    address: str, deliveries: dict[int, dict[str, object]], unanswered: set[int]
) -> None:
    """As the cloud does."""
    for number in unanswered:
        assert post(address, deliveries[number]) == 200

    assert sorted(numbers_stored()) == sorted(deliveries)
    wait_for(lambda: not events_to_handle())


def doctor_is_content(processes: Processes, local_cloud: LocalCloud, address: str) -> None:
    local_cloud.set_callbacks(url=f"{address}/callbacks/classroom/", key=KEY)
    known = CallbackEvent.objects.count()

    code, levels = doctor(processes.env | {"PUBLIC_BASE_URL": address})

    # How much room this machine has is no matter here.
    not_well = {
        line: level
        for line, level in levels.items()
        if level != "ok" and not line.startswith("disks.")
    }
    assert not_well == expected_warnings()
    assert code == 0
    assert CallbackEvent.objects.count() == known


def doctor_misses_who_is_gone(
    processes: Processes, address: str, worker: Child, beat: Child
) -> None:
    worker.kill()
    started = time.monotonic()
    beat.stop()
    assert time.monotonic() - started < 15  # it ended when it was asked; later it would be killed
    heartbeat.record_heartbeat(timezone.now() - heartbeat.SILENT_AFTER - dt.timedelta(seconds=5))
    env = processes.env | {"PUBLIC_BASE_URL": address}

    code, levels = doctor(env, "--only", "workers,beat,address", program=("-c", HURRIED_DOCTOR))

    assert code == 1
    assert levels == {
        "workers.celery": "error",
        "workers.events": "error",
        "beat.heartbeat": "error",
        **{line: "ok" for line in levels if line.startswith("address.")},
    }


def doctor(
    env: dict[str, str], *arguments: str, program: tuple[str, ...] = ("manage.py",)
) -> tuple[int, dict[str, str]]:
    """The exit code, and the level of each line."""
    done = subprocess.run(
        [sys.executable, *program, "doctor", "--json", *arguments],
        cwd=ROOT,
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    found: list[dict[str, str]] = json.loads(done.stdout)
    for secret in (env["LCIC_SECRET_KEY"], KEY, os.environ["SECRET_KEY"]):
        assert secret not in done.stdout
    return done.returncode, {each["check"]: each["level"] for each in found}


def expected_warnings() -> dict[str, str]:
    if connection.vendor == "postgresql":
        return EXPECTED_WARNINGS
    return EXPECTED_WARNINGS | {"database.engine": "warning"}


def numbered_deliveries(room: Room) -> dict[int, dict[str, object]]:
    return {
        number: body_of("RecordFinish", {"RoomId": room.room_id, "Number": number})
        for number in range(SENDERS * DELIVERIES_A_SENDER)
    }


def numbers_stored() -> list[int]:
    """Return the numbers of the numbered deliveries."""
    stored = map(json.loads, CallbackEvent.objects.values_list("data", flat=True))
    return [data["Number"] for data in stored if "Number" in data]


def wait_for(is_so: Callable[[], bool], *, looking_every_s: float = 0.5) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not is_so():
        assert time.monotonic() < deadline, still_open()
        time.sleep(looking_every_s)


def events_to_handle() -> int:
    return CallbackEvent.objects.exclude(state=EventState.PROCESSED).count()


def still_open() -> list[tuple[object, ...]]:
    """For the reader of the failure."""
    replays = Replay.objects.exclude(state=ReplayState.READY)
    events = CallbackEvent.objects.exclude(state=EventState.PROCESSED)
    return [
        *replays.values_list("room_number", "state", "reason", "asked_at", "due_at"),
        *events.values_list("event_type", "room_id", "state", "attempts", "leased_until"),
    ]


def is_ready(room: Room) -> bool:
    return Replay.objects.filter(room=room, state=ReplayState.READY).exists()
