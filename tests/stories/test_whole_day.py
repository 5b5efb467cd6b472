"""A whole day of the school with real processes, and everything that can go wrong with callbacks."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import random
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client
from django.utils import timezone

from accounts.models import User
from classroom.enums import EventState
from classroom.models import CallbackEvent
from deploy.services.processes import Child
from replays.enums import ReplayState
from replays.models import Replay, ReplayFile
from schedule.models import Lesson, Room
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ChannelFactory, LessonFactory
from tests.monitoring.figures import HEADERS, TOKEN, documented, read, value_of
from tests.support import tickets
from tests.support.callbacks import KEY, PATH, body_of
from tests.support.cloud import SECRET_KEY, LocalCloud
from tests.support.peers import refusing_port
from tests.support.replays import story_of
from tests.support.site import Processes
from tests.support.tasks import send_task

pytestmark = [
    pytest.mark.processes,
    pytest.mark.timeout(600),
]

logger = logging.getLogger(__name__)

LESSONS = 8
HELD_WITHIN_S = 60
READY_WITHIN_S = 400
MINUTE = dt.timedelta(minutes=1)


def test_classes_of_a_bad_day_end_in_their_replays(
    processes: Processes, local_cloud: LocalCloud
) -> None:
    seed = random.randrange(2**32)
    logger.warning("seed of this day: %s", seed)
    chance = random.Random(seed)
    address, worker = start_platform(processes, local_cloud)
    local_cloud.set_callbacks(
        url=f"{address}/callbacks/classroom/",
        key=KEY,
        lose=0.35,
        double=0.35,
        delay_s=[0, 3],
        reorder=True,
        seed=seed,
    )
    lessons = plan_lessons()
    have_rooms_made(processes)

    for number, room in enumerate(shuffled_rooms(lessons, chance)):
        local_cloud.change_room(room.number, "start")
        time.sleep(chance.uniform(0, 0.4))
        local_cloud.change_room(room.number, "end")
        if number == LESSONS // 2:
            kill(worker, processes)

    wait_for("replays", lambda: ready() == LESSONS, READY_WITHIN_S)
    # One may come when all others are handled.
    left = CallbackEvent.objects.exclude(state=EventState.PROCESSED)
    wait_for("events", lambda: not left.exists(), READY_WITHIN_S)
    assert set(Replay.objects.values_list("lesson", flat=True)) == {each.pk for each in lessons}
    assert Replay.objects.count() == LESSONS
    assert ReplayFile.objects.filter(gone_at=None).count() == LESSONS
    assert ReplayFile.objects.values("url").distinct().count() == LESSONS
    # The day was as bad as it was meant to be: lost, doubled, and out of order.
    told = local_cloud.deliveries()
    assert {"sent", "lost"} <= {each["outcome"] for each in told}
    assert any(each["is_copy"] for each in told)
    events = CallbackEvent.objects.order_by("pk").values_list("event_type", "room_id")
    arrived = list(dict.fromkeys(events))
    happened = dict.fromkeys((each["event_type"], each["room_id"]) for each in told)
    assert happened.keys() >= set(arrived)
    assert arrived != [each for each in happened if each in arrived]
    for replay in Replay.objects.select_related("room"):
        assert is_accounted_for(replay)
    secrets = use_secrets(address, lessons[0])
    figures_of_all_processes_come_together_and_are_described(address)
    lines = lines_of(processes)
    assert cloud_calls_of_callbacks(lines)
    text = "\n".join(map(json.dumps, lines))
    assert [name for name, secret in secrets.items() if secret in text] == []


def is_accounted_for(replay: Replay) -> bool:
    """Tell whether the page of a ready replay tells how it came: by a call, or because it was asked for."""
    told = story_of(replay)
    calls = [
        text
        for text in told
        if "No message about the recording" in text or "a recording was finished" in text
    ]
    return "File 1 was found" in told and len(calls) == 1


def figures_of_all_processes_come_together_and_are_described(site: str) -> None:
    """Check what two web processes and a worker have counted of the day."""
    assert requests.post(f"{site}{PATH}", data=b"{}", timeout=30).status_code == 400

    families = read(requests.get(f"{site}/metrics", headers=HEADERS, timeout=30).text)

    assert value_of(families, "edu_callbacks_total", result="form", process="web") == 1
    done = [s for s in families["edu_tasks_total"].samples if s.labels["result"] == "success"]
    assert {sample.labels["process"] for sample in done} == {"worker"}
    assert value_of(families, "edu_database_up") == value_of(families, "edu_broker_up") == 1
    assert families.keys() <= documented()


def start_platform(processes: Processes, local_cloud: LocalCloud) -> tuple[str, Child]:
    """Start web, worker and beat; return the address, and the worker."""
    processes.env |= {
        "HANDOVER_KEYS": json.dumps(tickets.handover_keys()),
        "LCIC_CALLBACK_KEY": KEY,
        "LOG_FORMAT": "json",
        "METRICS_TOKEN": TOKEN,
        "NOTIFY_SCHEMAS": "json",
        "PROMETHEUS_MULTIPROC_DIR": str(processes.folder / "metrics"),
        "REPLAY_HOSTS": local_cloud.url.removeprefix("http://"),
    }
    address = processes.start_web(WEB_CONCURRENCY="2")
    worker = processes.start_worker()
    processes.start_beat()
    return address, worker


def lines_of(processes: Processes) -> list[dict[str, Any]]:
    """All that all processes have logged: every line is an object."""
    files = sorted(processes.folder.glob("*.log"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def cloud_calls_of_callbacks(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Calls that a worker made because of a request: its id went from web by the task to the call."""
    return [line for line in lines if {"request_id", "task_id", "cloud_request_id"} <= line.keys()]


class Browser:
    """Somebody who is signed in."""

    def __init__(self, site: str, user: User) -> None:
        signing_in = Client()
        signing_in.force_login(user)
        self.site, self.session = site, requests.Session()
        self.session.headers["Referer"] = f"{site}/"
        self.session.cookies["sessionid"] = signing_in.cookies["sessionid"].value
        self.get("/schedule/feed/")
        self.session.headers["X-CSRFToken"] = self.session.cookies["csrftoken"]

    def get(self, path: str) -> requests.Response:
        return self.session.get(f"{self.site}{path}", timeout=30)

    def post(self, path: str, **data: str) -> requests.Response:
        return self.session.post(f"{self.site}{path}", data, timeout=30, allow_redirects=False)


def use_secrets(site: str, lesson: Lesson) -> dict[str, str]:
    """Have teachers, strangers and the cloud use all that opens something; return it by name."""
    teacher = Browser(site, lesson.teacher)
    feed = re.findall(r"/schedule/feeds/([^./]+)[.]ics", teacher.post("/schedule/feed/").text)[0]
    page = f"/replays/{Replay.objects.get(lesson=lesson).code}/"
    teacher.post(f"{page}share/", days="7", password="s3cr3t-share")
    shared = re.findall(r"/replays/shared/([^/]+)/", teacher.get(page).text)[0]
    start = timezone.now() + MINUTE
    open_now = LessonFactory.create(starts_at=start, ends_at=start + 45 * MINUTE)
    entered = Browser(site, open_now.teacher).post(f"/schedule/lessons/{open_now.code}/enter/")
    class_link = urlsplit(entered.headers["Location"])
    delivery = body_of(key=KEY)
    for path in (f"/schedule/feeds/{feed}.ics", f"/replays/shared/{shared}/"):
        assert requests.get(f"{site}{path}", timeout=30).status_code == 200
        assert requests.put(f"{site}{path}", timeout=30).status_code in {403, 405}
    for path in ("/courseware/fetch/s3cr3t-file/a.pdf", "/accounts/handover/?ticket=s3cr3t-ticket"):
        assert requests.get(f"{site}{path}", timeout=30).status_code in {403, 404}
    assert requests.post(f"{site}/callbacks/classroom/", json=delivery, timeout=30).ok
    signer_in = UserFactory.create(password="s3cr3t-password")
    assert sign_in(site, signer_in, "s3cr3t-password-wrong") == 200
    assert sign_in(site, signer_in, "s3cr3t-password") == 302
    ticket = tickets.ticket(aud=site)
    handover = requests.get(
        f"{site}{tickets.ADDRESS}", {"ticket": ticket}, timeout=30, allow_redirects=False
    )
    assert handover.status_code == 302
    # A robot that does not answer: what fails is what gets into logs.
    channel = ChannelFactory.create(address=f"json://127.0.0.1:{refusing_port()}/s3cr3t-robot")
    assert Browser(site, channel.added_by).post(f"/schedule/channels/{channel.code}/test/").ok
    channel.refresh_from_db()
    assert channel.failing_since is not None
    return {
        "key of the site": os.environ["SECRET_KEY"],
        "key of the cloud": SECRET_KEY,
        "key of callbacks": KEY,
        "signature of a callback": delivery["Sign"],
        "token of metrics": TOKEN,
        "session": teacher.session.cookies["sessionid"],
        "form": teacher.session.cookies["csrftoken"],
        "calendar": feed,
        "link": shared,
        "class": parse_qs(class_link.query)["token"][0],
        "ticket": ticket,
        "key of tickets": tickets.SECRET,
        "made up": "s3cr3t",
    }


def sign_in(site: str, user: User, password: str) -> int:
    """Type a password; return the status of the answer, which is 200 where the form is shown again."""
    with requests.Session() as session:
        address = f"{site}/accounts/login/"
        session.get(address, timeout=30)
        typed = {"login": user.username, "password": password}
        typed["csrfmiddlewaretoken"] = session.cookies["csrftoken"]
        return session.post(address, typed, timeout=30, allow_redirects=False).status_code


def plan_lessons() -> list[Lesson]:
    """Lessons that all begin in a moment, each with a teacher and a class group of its own."""
    start = timezone.now() + MINUTE
    return [
        LessonFactory.create(starts_at=start, ends_at=start + 45 * MINUTE)
        for _number in range(LESSONS)
    ]


def shuffled_rooms(lessons: list[Lesson], chance: random.Random) -> list[Room]:
    rooms = list(Room.objects.current().filter(lesson__in=lessons).order_by("pk"))
    chance.shuffle(rooms)
    return rooms


def kill(worker: Child, processes: Processes) -> None:
    """End the worker and its children without a warning, and start another."""
    worker.kill()
    # Its leases run out: two minutes that this test does not wait for.
    CallbackEvent.objects.filter(leased_until__isnull=False).update(leased_until=timezone.now())
    processes.start_worker()


def ready() -> int:
    return Replay.objects.filter(state=ReplayState.READY).count()


def have_rooms_made(processes: Processes) -> None:
    """As the page asks on which lessons are planned: the clock asks every half minute."""
    send_task(processes.env["REDIS_URL"], "schedule.make_rooms_ahead")
    wait_for("rooms", lambda: Room.objects.current().made().count() == LESSONS, HELD_WITHIN_S)


def wait_for(what: str, is_so: Callable[[], bool], within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline, f"no {what}: {story()}"
        time.sleep(0.5)


def story() -> list[tuple[object, ...]]:
    """Return what is still open, for the reader of the failure."""
    replays = Replay.objects.exclude(state=ReplayState.READY)
    events = CallbackEvent.objects.exclude(state=EventState.PROCESSED)
    return [
        *replays.values_list("room_number", "state", "reason", "asked_at", "due_at"),
        *events.values_list("event_type", "room_id", "state", "attempts", "due_at"),
    ]
