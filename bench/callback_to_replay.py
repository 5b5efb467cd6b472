"""From an accepted callback to a replay that plays, against the three calls that this needs at least.

Web server (as in the demo), worker, local cloud, Valkey and PostgreSQL are real and of their own; no
beat runs, so nothing but the callback makes the platform look. Each class is held and recorded before
its callback is sent. The clock starts when the callback is answered, and stops when the replay's
address leads to the file. The floor are the three calls to the cloud themselves, made directly.

    make bench    or    .venv/bin/python bench/callback_to_replay.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the folder
from __future__ import annotations

import datetime as dt
import hashlib
import http.client
import json
import os
import secrets
import statistics
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import django  # noqa: E402 -- the root must be on the path first
from django.core.management import call_command  # noqa: E402

from deploy.services.postgres import Postgres  # noqa: E402
from deploy.services.processes import (  # noqa: E402
    Child,
    free_port,
    is_listening,
    procfile_commands,
    with_venv,
)
from deploy.services.valkey import Valkey  # noqa: E402

CLASSES = 60
WARM_UP = 5
POLL_S = 0.005
WITHIN_S = 30
CALLBACK_KEY = secrets.token_hex(16)
SDK_APP_ID = "3520371"


def prepare(stack: ExitStack, folder: Path) -> tuple[int, int]:
    """Set the environment, which all processes inherit, and start them; return web and cloud port."""
    port, cloud_port = free_port(), free_port()
    valkey = Valkey(folder / "valkey", durable=False)
    stack.callback(valkey.stop)
    postgres = Postgres()
    stack.callback(postgres.stop)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "edu_platform.settings",
        "ENV_FILE": os.devnull,
        "SECRET_KEY": secrets.token_urlsafe(64),
        "DATABASE_URL": postgres.url(),
        "REDIS_URL": valkey.url,
        "MEDIA_ROOT": str(folder / "media"),
        "STATIC_ROOT": str(folder / "static"),
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
        "PORT": str(port),
        "CLOUD_PORT": str(cloud_port),
        "DEMO_VAR": str(folder),
        "LCIC_ENDPOINT": f"http://127.0.0.1:{cloud_port}",
        "LCIC_CLASS_URL": f"http://127.0.0.1:{cloud_port}/class.html",
        "LCIC_SDK_APP_ID": SDK_APP_ID,
        "LCIC_SECRET_ID": "AKIDbench",
        "LCIC_SECRET_KEY": secrets.token_hex(16),
        "LCIC_CALLBACK_KEY": CALLBACK_KEY,
        "REPLAY_HOSTS": f"127.0.0.1:{cloud_port}",
    }
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    start(stack, folder, "cloud").wait_until(lambda: is_listening(cloud_port))
    start(stack, folder, "web").wait_until(lambda: is_listening(port))
    worker = start(stack, folder, "worker")
    worker.wait_until(lambda: "ready." in worker.log.read_text(errors="replace"))
    return port, cloud_port


def start(stack: ExitStack, folder: Path, name: str) -> Child:
    command = procfile_commands(ROOT / "deploy" / "demo" / "Procfile")[name]
    child = Child(["sh", "-c", command], env=with_venv(os.environ), log=folder / f"{name}.log")
    stack.callback(child.stop)
    return child


def teacher_and_cookie() -> tuple[object, str]:
    from django.test import Client

    from accounts.enums import Role
    from accounts.services.people import create_person

    teacher = create_person(username="teacher", display_name="李静怡", roles=[Role.TEACHER])
    client = Client()
    client.force_login(teacher)
    return teacher, f"sessionid={client.cookies['sessionid'].value}"


def hold_class(number: int, teacher: object, cloud_port: int) -> tuple[int, str]:
    """Plan a lesson, hold and record its class; return the room's number and the replay's code."""
    from django.utils import timezone

    from classroom.client.rate_limits import Priority
    from replays.models import Replay
    from schedule.enums import RoomReason
    from schedule.models import Course
    from schedule.services.class_groups import get_or_add_class_group
    from schedule.services.lessons import LessonPlan, schedule_lesson
    from schedule.services.room_making import ensure_room

    now = timezone.now()
    starts_at = now.replace(microsecond=0) + dt.timedelta(hours=1 + number)
    lesson = schedule_lesson(
        LessonPlan(
            course=Course.objects.get_or_create(name="语文课")[0],
            teacher=teacher,
            class_groups=(get_or_add_class_group("一年级1班"),),
            starts_at=starts_at,
            ends_at=starts_at + dt.timedelta(minutes=45),
        )
    )
    room = ensure_room(lesson, priority=Priority.BACKGROUND, reason=RoomReason.AHEAD, at=now)
    for change in ("start", "end"):
        control(cloud_port, f"rooms/{room.number}/{change}")
    wait_until(lambda: is_recorded(cloud_port, room.number))
    return room.number, Replay.objects.get(lesson=lesson).code


def control(cloud_port: int, what: str, body: dict[str, object] | None = None) -> dict[str, object]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{cloud_port}/control/{what}",
        data=None if body is None and what == "state" else json.dumps(body or {}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def is_recorded(cloud_port: int, room_id: int) -> bool:
    (room,) = [each for each in control(cloud_port, "state")["rooms"] if each["RoomId"] == room_id]
    return any(each["State"] == "ready" for each in room["Recordings"])


def wait_until(is_so: object) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not is_so():
        if time.monotonic() > deadline:
            raise SystemExit("a class has no recording")
        time.sleep(0.05)


def callback_to_replay_ms(port: int, cookie: str, room_id: int, code: str) -> float:
    """Send the callback and wait until the replay plays."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    expires_s = int(time.time()) + 300
    body = {
        "SdkAppId": int(SDK_APP_ID),
        "Timestamp": int(time.time()),
        "ExpireTime": expires_s,
        "Sign": hashlib.md5(f"{CALLBACK_KEY}{expires_s}".encode()).hexdigest(),
        "EventType": "RecordFinish",
        "EventData": {"RoomId": room_id},
    }
    answer = ask(connection, "POST", "/callbacks/classroom/", body=json.dumps(body))
    if answer != 200:
        raise SystemExit(f"the callback was answered {answer}")
    accepted = time.perf_counter()
    while (status := ask(connection, "HEAD", f"/replays/{code}/play/", cookie=cookie)) != 302:
        if status != 409 or time.perf_counter() - accepted > WITHIN_S:
            raise SystemExit(f"the replay was answered {status}")
        time.sleep(POLL_S)
    connection.close()
    return (time.perf_counter() - accepted) * 1000


def ask(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    *,
    body: str | None = None,
    cookie: str = "",
) -> int:
    connection.request(method, path, body, {"Cookie": cookie, "Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    return answer.status


def floor_ms(room_id: int) -> float:
    """The three calls that one refresh makes, one after the other."""
    from classroom.client.rate_limits import Priority
    from classroom.enums import Source
    from classroom.snapshots import RoomSnapshot

    snapshot = RoomSnapshot(room_id, priority=Priority.INTERACTIVE, source=Source.COMMAND)
    started = time.perf_counter()
    if not (snapshot.is_ours and snapshot.listing and snapshot.recordings):
        raise SystemExit("the cloud does not know the class")
    return (time.perf_counter() - started) * 1000


def print_table(taken: list[float], floor: list[float]) -> None:
    print(f"From accepted callback to a replay that plays, {len(taken)} classes, in milliseconds")
    print(f"{'':22}{'median':>9}{'p95':>9}")
    rows = {"three calls alone": floor, "callback to replay": taken}
    numbers = {
        name: (statistics.median(times), statistics.quantiles(times, n=20)[-1])
        for name, times in rows.items()
    }
    for name, (median, p95) in numbers.items():
        print(f"{name:22}{median:>9.1f}{p95:>9.1f}")
    low, high = numbers.values()
    print(f"{'times the calls':22}{high[0] / low[0]:>9.1f}{high[1] / low[1]:>9.1f}")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="edu-bench-") as name, ExitStack() as stack:
        port, cloud_port = prepare(stack, Path(name))
        teacher, cookie = teacher_and_cookie()
        control(cloud_port, "callbacks", {"enabled": False})
        taken, floor = [], []
        for number in range(WARM_UP + CLASSES):
            room_id, code = hold_class(number, teacher, cloud_port)
            lowest = floor_ms(room_id)
            elapsed = callback_to_replay_ms(port, cookie, room_id, code)
            if number >= WARM_UP:
                floor.append(lowest)
                taken.append(elapsed)
        print_table(taken, floor)


if __name__ == "__main__":
    main()
