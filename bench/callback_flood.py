"""A teacher's week page while strangers send callbacks as fast as they can, against the page alone.

Twenty-four senders keep sending bodies whose signature is wrong, each over a connection of its own; they
are as patient as the system lets them be, so that what they take from the page is the server's time and
not their own.
Beside them the cloud calls every tenth of a second, rightly signed. The ratio is what to compare
between versions and machines; the times are this machine's.

    make bench    or    .venv/bin/python bench/callback_flood.py
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import clients
import school
import table
from callbacks import CALLBACKS, signed
from stack import Child, Stack
from table import Row

SENDERS = 24
MEBIBYTE = 1024 * 1024
FLOOD_S = 8.0
ALONE_S = 6.0
WARM_UP_S = 3.0
CLOUD_CALLS_EVERY_S = 0.1
TIMEOUT_S = 60
SEND = "send"  # the word with which this file starts itself as the senders
WEEK_PAGE = "/schedule/"
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


def page_times_ms(port: int, cookie: str, lasting_s: float) -> list[float]:
    """Measure how long the page takes, asked again and again over one connection."""
    connection = clients.connect(port)
    ends_at, taken = time.monotonic() + lasting_s, []
    while time.monotonic() < ends_at:
        started = time.perf_counter()
        clients.ask(connection, WEEK_PAGE, cookie)
        taken.append((time.perf_counter() - started) * 1000)
    connection.close()
    return taken


@contextmanager
def cloud_calling(stack: Stack) -> Iterator[Counter[str]]:
    """The cloud's own callbacks; yields how many got which answer."""
    answers: Counter[str] = Counter()
    is_over = threading.Event()

    def call() -> None:
        while not is_over.wait(CLOUD_CALLS_EVERY_S):
            answers[call_once(stack)] += 1

    thread = threading.Thread(target=call)
    thread.start()
    try:
        yield answers
    finally:
        is_over.set()
        thread.join()


def call_once(stack: Stack) -> str:
    body = signed(stack.callback_key, "MemberJoin", time.time_ns() // 1000)
    connection = clients.connect(stack.port)
    try:
        connection.request("POST", CALLBACKS, body)
        return str(connection.getresponse().status)
    except (OSError, http.client.HTTPException) as err:
        return type(err).__name__
    finally:
        connection.close()


def counted(answers: Counter[str]) -> str:
    return ", ".join(f"{count} x {answer}" for answer, count in answers.most_common(3))


def rows() -> list[Row]:
    with Stack() as stack:
        (teacher,) = school.add_people(["teacher"], "teacher")
        cookie = school.cookie_of(teacher)
        stack.start_web()
        page_times_ms(stack.port, cookie, WARM_UP_S)
        alone = statistics.median(page_times_ms(stack.port, cookie, ALONE_S))
        return [row_beside(stack, cookie, name, alone) for name in BODIES]


def row_beside(stack: Stack, cookie: str, name: str, alone_ms: float) -> Row:
    with cloud_calling(stack) as heard, senders(stack.folder, stack.port, name) as log:
        start = len(log.read_text().split())
        taken = page_times_ms(stack.port, cookie, FLOOD_S)
        sent = Counter(log.read_text().split()[start:])
    print(f"Beside {name}: the senders got {counted(sent)}; the cloud {counted(heard)}", flush=True)
    what = f"week beside {SENDERS} senders of {name}, median"
    return Row(what=what, value=statistics.median(taken), unit="ms", floor=alone_ms)


if __name__ == "__main__":
    if sys.argv[1:2] == [SEND]:
        be_senders(int(sys.argv[2]), sys.argv[3])
    else:
        table.end_in(rows)
