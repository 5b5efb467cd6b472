"""A teacher's week page while strangers send callbacks as fast as they can, against the page alone.

The web server is the one of the Procfile (two processes) on a PostgreSQL of its own. Twenty-four senders
keep sending bodies whose signature is wrong, each over a connection of its own; they are as patient as
the system lets them be, so that what they take from the page is the server's time and not their own.
Beside them the cloud calls every tenth of a second, rightly signed. The ratio is what to compare
between versions and machines; the times are this machine's.

    make bench    or    .venv/bin/python bench/callback_flood.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the folder
from __future__ import annotations

import hashlib
import http.client
import json
import os
import secrets
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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

SENDERS = 24
MEBIBYTE = 1024 * 1024
FLOOD_S = 15.0
ALONE_S = 8.0
WARM_UP_S = 3.0
CLOUD_CALLS_EVERY_S = 0.1
TIMEOUT_S = 60
SEND = "send"  # the word with which this file starts itself as the senders
WEEK_PAGE = "/schedule/"
CALLBACKS = "/callbacks/classroom/"
CALLBACK_KEY = secrets.token_hex(16)
SDK_APP_ID = "3520371"
SMALL_BYTES = 60 * 1024
# What stands in the data again and again, and how large the body is: refused as it stands, parsed before
# it is refused, and too small to take turns.
BODIES = {
    "empty lists": ("[],", MEBIBYTE),
    "escapes": ("\\n", MEBIBYTE),
    "small bodies": ("\\n", SMALL_BYTES),
}


def body_of(part: str, size_bytes: int) -> bytes:
    """A body with a wrong signature."""
    head, tail = ('{"a":[', "0]}") if part.endswith(",") else ('{"a":"', '"}')
    fields = {"SdkAppId": 1, "Timestamp": 1, "ExpireTime": 1, "Sign": "0" * 32, "EventType": "x"}
    start = json.dumps(fields)[:-1] + ', "EventData": ' + head
    times = (size_bytes - len(start) - len(tail) - 1) // len(part)
    return f"{start}{part * times}{tail}}}".encode()


def send_without_end(port: int, body: bytes) -> None:
    """Send a body again and again, and let nothing that the server does end it."""
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
        try:
            while True:
                connection.request("POST", CALLBACKS, body)
                answer = connection.getresponse()
                answer.read()
                sys.stdout.write(f"{answer.status}\n")
        except (OSError, http.client.HTTPException) as err:
            sys.stdout.write(f"{type(err).__name__}\n")
        finally:
            connection.close()


def be_senders(port: int, name: str) -> None:
    os.nice(19)
    body = body_of(*BODIES[name])
    sys.stdout.reconfigure(write_through=True)
    for _ in range(SENDERS):
        threading.Thread(target=send_without_end, args=(port, body), daemon=True).start()
    threading.Event().wait()


@contextmanager
def senders(folder: Path, port: int, name: str) -> Iterator[Path]:
    """The senders at work; what they were answered is in the file, a line each."""
    log = folder / f"{name}.log"
    child = Child([sys.executable, __file__, SEND, str(port), name], env=os.environ, log=log)
    try:
        time.sleep(WARM_UP_S)
        yield log
    finally:
        child.stop()


def prepare(stack: ExitStack, folder: Path) -> int:
    """Set the environment, which the web server inherits, and start it; return its port."""
    port = free_port()
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
        "WEB_CONCURRENCY": "2",
        "LCIC_SDK_APP_ID": SDK_APP_ID,
        "LCIC_CALLBACK_KEY": CALLBACK_KEY,
    }
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    command = procfile_commands(ROOT / "Procfile")["web"]
    web = Child(["sh", "-c", command], env=with_venv(os.environ), log=folder / "web.log")
    stack.callback(web.stop)
    web.wait_until(lambda: is_listening(port))
    return port


def cookie_of_teacher() -> str:
    from django.test import Client

    from accounts.enums import Role
    from accounts.services.people import create_person

    teacher = create_person(username="teacher", display_name="李静怡", roles=[Role.TEACHER])
    client = Client()
    client.force_login(teacher)
    return f"sessionid={client.cookies['sessionid'].value}"


def page_times_ms(port: int, cookie: str, lasting_s: float) -> list[float]:
    """How long the page takes, asked again and again over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    ends_at, taken = time.monotonic() + lasting_s, []
    while time.monotonic() < ends_at:
        started = time.perf_counter()
        connection.request("GET", WEEK_PAGE, headers={"Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        taken.append((time.perf_counter() - started) * 1000)
        if answer.status != 200:
            raise SystemExit(f"{WEEK_PAGE} answered {answer.status}")
    connection.close()
    return taken


@contextmanager
def cloud_calling(port: int) -> Iterator[Counter[str]]:
    """The cloud's own callbacks; yields how many got which answer."""
    answers: Counter[str] = Counter()
    is_over = threading.Event()

    def call() -> None:
        while not is_over.wait(CLOUD_CALLS_EVERY_S):
            answers[call_once(port)] += 1

    thread = threading.Thread(target=call)
    thread.start()
    try:
        yield answers
    finally:
        is_over.set()
        thread.join()


def call_once(port: int) -> str:
    expires_s = int(time.time()) + 300
    body = {
        "SdkAppId": int(SDK_APP_ID),
        "Timestamp": time.time_ns(),
        "ExpireTime": expires_s,
        "Sign": hashlib.md5(f"{CALLBACK_KEY}{expires_s}".encode()).hexdigest(),
        "EventType": "MemberJoin",
        "EventData": {"RoomId": 1, "UserId": "u"},
    }
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request("POST", CALLBACKS, json.dumps(body))
        return str(connection.getresponse().status)
    except (OSError, http.client.HTTPException) as err:
        return type(err).__name__
    finally:
        connection.close()


def counted(answers: Counter[str]) -> str:
    return ", ".join(f"{count} x {answer}" for answer, count in answers.most_common(3))


def measure(folder: Path, port: int, cookie: str) -> None:
    page_times_ms(port, cookie, WARM_UP_S)
    alone = page_times_ms(port, cookie, ALONE_S)
    print(f"Timetable beside {SENDERS} senders of callbacks, in milliseconds")
    print(f"{'':22}{'median':>9}{'p95':>9}{'times':>7}  the senders' answers; the cloud's")
    print_row("alone", alone, alone, "")
    for name in BODIES:
        with cloud_calling(port) as heard, senders(folder, port, name) as log:
            start = len(log.read_text().split())
            taken = page_times_ms(port, cookie, FLOOD_S)
            sent = Counter(log.read_text().split()[start:])
        print_row(f"beside {name}", taken, alone, f"{counted(sent)}; {counted(heard)}")


def print_row(name: str, taken: list[float], alone: list[float], answers: str) -> None:
    median, p95 = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
    times = median / statistics.median(alone)
    print(f"{name:22}{median:>9.1f}{p95:>9.1f}{times:>7.1f}  {answers}", flush=True)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="edu-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        port = prepare(stack, folder)
        measure(folder, port, cookie_of_teacher())


if __name__ == "__main__":
    if sys.argv[1:2] == [SEND]:
        be_senders(int(sys.argv[2]), sys.argv[3])
    else:
        main()
