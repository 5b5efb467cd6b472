"""The timetable of a teacher with 40 lessons this week, against a view that does nothing.

Both are asked in turn over one kept connection to the web server of the demo (two processes), on an
SQLite file of its own, so that whatever else the machine does slows both alike. The ratio is what
to compare between versions and machines; the times are this machine's.

    make bench    or    .venv/bin/python bench/week_page.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the folder
from __future__ import annotations

import datetime as dt
import http.client
import os
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import django  # noqa: E402 -- the root must be on the path first
from django.core.management import call_command  # noqa: E402

from deploy.services.processes import (  # noqa: E402
    Child,
    free_port,
    is_listening,
    procfile_commands,
    with_venv,
)
from deploy.services.valkey import Valkey  # noqa: E402

LESSONS = 40
LESSONS_A_DAY = 8
WARM_UP = 30
REQUESTS = 300
TIMEOUT_S = 10
EMPTY_VIEW = "/healthz"
WEEK_PAGE = "/schedule/"


def prepare(folder: Path, port: int, redis_url: str) -> None:
    """Set the environment, which the web server inherits, and make an empty database."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "edu_platform.settings",
        "ENV_FILE": os.devnull,
        "SECRET_KEY": secrets.token_urlsafe(64),
        "DATABASE_URL": f"sqlite:///{folder / 'bench.sqlite3'}",
        "REDIS_URL": redis_url,
        "MEDIA_ROOT": str(folder / "media"),
        "STATIC_ROOT": str(folder / "static"),
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
        "PORT": str(port),
    }
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)


def plan_full_week() -> str:
    """Give one teacher 40 lessons this week, and return the cookie of their session."""
    from django.test import Client

    from accounts.enums import Role
    from accounts.services.people import create_person
    from schedule.services.class_groups import get_or_add_class_group

    teacher = create_person(username="teacher", display_name="李静怡", roles=[Role.TEACHER])
    group = get_or_add_class_group("一年级1班")
    for number in range(LESSONS):
        plan_lesson(number, teacher, group)
    client = Client()
    client.force_login(teacher)
    return f"sessionid={client.cookies['sessionid'].value}"


def plan_lesson(number: int, teacher: object, group: object) -> None:
    from django.utils import timezone

    from schedule.models import Course
    from schedule.services.lessons import LessonPlan, schedule_lesson
    from schedule.week_grid import monday_of, start_of_day

    day, hour = divmod(number, LESSONS_A_DAY)
    starts_at = start_of_day(monday_of(timezone.localdate())) + dt.timedelta(
        days=day, hours=8 + hour
    )
    schedule_lesson(
        LessonPlan(
            course=Course.objects.get_or_create(name=f"语文课{hour}")[0],
            teacher=teacher,
            class_groups=(group,),
            starts_at=starts_at,
            ends_at=starts_at + dt.timedelta(minutes=45),
        )
    )


@contextmanager
def web_server(folder: Path, port: int) -> Iterator[None]:
    command = procfile_commands(ROOT / "deploy" / "demo" / "Procfile")["web"]
    web = Child(["sh", "-c", command], env=with_venv(os.environ), log=folder / "web.log")
    try:
        web.wait_until(lambda: is_listening(port))
        yield
    finally:
        web.stop()


def measure(port: int, cookie: str) -> dict[str, list[float]]:
    """The times in milliseconds of each path, asked in turn."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    times: dict[str, list[float]] = {EMPTY_VIEW: [], WEEK_PAGE: []}
    for number in range(WARM_UP + REQUESTS):
        for path, taken in times.items():
            elapsed_ms, body = ask(connection, path, cookie)
            if number >= WARM_UP:
                taken.append(elapsed_ms)
            elif path == WEEK_PAGE and body.count(b"/schedule/lessons/") < LESSONS:
                raise SystemExit(f"{path} does not show {LESSONS} lessons")
    connection.close()
    return times


def ask(connection: http.client.HTTPConnection, path: str, cookie: str) -> tuple[float, bytes]:
    started = time.perf_counter()
    connection.request("GET", path, headers={"Cookie": cookie, "Accept-Language": "zh-CN"})
    answer = connection.getresponse()
    body = answer.read()
    elapsed_ms = (time.perf_counter() - started) * 1000
    if answer.status != 200:
        raise SystemExit(f"{path} answered {answer.status}")
    return elapsed_ms, body


def print_table(times: dict[str, list[float]]) -> None:
    numbers = {
        path: (statistics.median(taken), statistics.quantiles(taken, n=20)[-1])
        for path, taken in times.items()
    }
    print(f"Timetable with {LESSONS} lessons, {REQUESTS} requests each, in milliseconds")
    print(f"{'':22}{'median':>9}{'p95':>9}")
    for path, (median, p95) in numbers.items():
        print(f"{path:22}{median:>9.2f}{p95:>9.2f}")
    empty, page = numbers[EMPTY_VIEW], numbers[WEEK_PAGE]
    print(f"{'times the empty view':22}{page[0] / empty[0]:>9.1f}{page[1] / empty[1]:>9.1f}")


def main() -> None:
    port = int(os.environ.get("PORT") or free_port())
    with tempfile.TemporaryDirectory(prefix="edu-bench-") as name:
        folder = Path(name)
        valkey = Valkey(folder / "valkey", durable=False)
        try:
            prepare(folder, port, valkey.url)
            cookie = plan_full_week()
            with web_server(folder, port):
                print_table(measure(port, cookie))
        finally:
            valkey.stop()


if __name__ == "__main__":
    main()
