"""Uploads of courseware: their speed, what they need of memory, and what they do to the timetable.

One file of 500 MiB goes to the web server of the demo in parts as large as it takes, and to the same
server with a view that does nothing but copy the stream to the disk: in the same parts, and in one
request; in turn, so that whatever else the machine does slows all alike. Then the timetable is asked
while 30 people send at 100 kB/s each, and while nobody does.

    make bench    or    .venv/bin/python bench/upload.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

import base64
import http.client
import multiprocessing
import os
import queue
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import clients
import school
import table
from stack import Stack, percentile, process_tree
from table import Row

MIB = 1024 * 1024
FILE_BYTES = 500 * MIB
PART_BYTES = 16 * MIB
ROUNDS = 2
SENDERS = 30
SENDER_BYTES_S = 100_000
SENDS_A_SECOND = 10
SETTLE_S = 3
COUNTED_AFTER_S = 20
REQUESTS = 200
TIMEOUT_S = 120
CSRF_TOKEN = "a" * 32
UPLOADS = "/courseware/uploads/"
WEEK_PAGE = "/schedule/"
ONE_PART = b"\x00\x00\x00\x01" + secrets.token_bytes(PART_BYTES - 4)


# --- One large file ------------------------------------------------------------------------------


def parts() -> Iterator[bytes]:
    for offset in range(0, FILE_BYTES, PART_BYTES):
        yield ONE_PART[: FILE_BYTES - offset]


def send_plainly(port: int, *, in_parts: bool) -> float:
    """Send the file, in parts or in one request; return MiB a second."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    started = time.perf_counter()
    if in_parts:
        for part in parts():
            put(connection, part, len(part))
    else:
        put(connection, parts(), FILE_BYTES)
    connection.close()
    return FILE_BYTES / MIB / (time.perf_counter() - started)


def put(
    connection: http.client.HTTPConnection, body: bytes | Iterator[bytes], size_bytes: int
) -> None:
    connection.request("PUT", "/", body, {"Content-Length": str(size_bytes)})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 204:
        raise SystemExit(f"the plain view answered {answer.status}")


def send_resumably(port: int, cookie: str) -> float:
    """Send the file in parts, until it is courseware; return MiB a second."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    started = time.perf_counter()
    path = begin(connection, cookie, FILE_BYTES)
    offset = 0
    for part in parts():
        about = {
            "Upload-Offset": str(offset),
            "Content-Type": "application/offset+octet-stream",
        }
        answer = tus(connection, "PATCH", path, cookie, about, part)
        offset += len(part)
    speed = FILE_BYTES / MIB / (time.perf_counter() - started)
    if not (answer.headers["Content-Location"] or "").startswith("/courseware/"):
        raise SystemExit("the file has not become courseware")
    connection.close()
    return speed


def begin(connection: http.client.HTTPConnection, cookie: str, length: int) -> str:
    name = base64.b64encode(b"bench.h264").decode()
    about = {"Upload-Length": str(length), "Upload-Metadata": f"filename {name}"}
    answer = tus(connection, "POST", UPLOADS, cookie, about)
    return urlsplit(str(answer.headers["Location"])).path


def tus(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    cookie: str,
    about: dict[str, str],
    body: bytes | None = None,
) -> http.client.HTTPResponse:
    headers = {
        "Cookie": f"{cookie}; csrftoken={CSRF_TOKEN}",
        "X-CSRFToken": CSRF_TOKEN,
        "Tus-Resumable": "1.0.0",
    }
    connection.request(method, path, body, headers | about)
    answer = connection.getresponse()
    text = answer.read()
    if answer.status >= 300:
        raise SystemExit(f"{method} {path}: {answer.status} {text.decode()}")
    return answer


# --- Memory --------------------------------------------------------------------------------------


def memory_mib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB


@contextmanager
def watched_memory(stack: Stack) -> Iterator[list[float]]:
    """The largest growth of one web process while the block lasts, in a list of one."""
    before = {pid: memory_mib(pid) for pid in process_tree(stack.children["web"].pid)}
    growth, over = [0.0], threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            growth[0] = max([growth[0], *(memory_mib(pid) - was for pid, was in before.items())])

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield growth
    finally:
        over.set()
        watcher.join()


# --- Many slow senders ---------------------------------------------------------------------------


def send_slowly(port: int, cookie: str) -> None:
    """Send one part after the other at a fixed speed, until killed."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    path = begin(connection, cookie, 100 * MIB)
    offset = 0
    while True:
        about = {
            "Upload-Offset": str(offset),
            "Content-Type": "application/offset+octet-stream",
            "Content-Length": str(PART_BYTES),
        }
        tus(connection, "PATCH", path, cookie, about, dripping())  # type: ignore[arg-type]
        offset += PART_BYTES


def dripping() -> Iterator[bytes]:
    size = SENDER_BYTES_S // SENDS_A_SECOND
    for at in range(0, PART_BYTES, size):
        yield ONE_PART[at : at + size]
        time.sleep(1 / SENDS_A_SECOND)


def send_all_slowly(port: int, cookies: list[str]) -> None:
    """Send for all of these sessions until killed; end as soon as one of the senders does.

    What ends a thread, even `SystemExit`, ends no process: the main thread waits to be told of it.
    """
    endings: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()

    def send(cookie: str) -> None:
        try:
            send_slowly(port, cookie)
        except BaseException as err:  # noqa: BLE001 -- whatever it is, it ends the process as well
            endings.put(err)
        else:
            endings.put(None)

    for cookie in cookies:
        threading.Thread(target=send, args=(cookie,), daemon=True).start()
    raise SystemExit(f"a sender ended: {endings.get()!r}")


@contextmanager
def slow_senders(port: int, cookies: list[str]) -> Iterator[None]:
    """People who send while the block lasts; afterwards the bench fails if one of them did not."""
    senders = multiprocessing.get_context("spawn").Process(
        target=send_all_slowly, args=(port, cookies), daemon=True
    )
    senders.start()
    try:
        time.sleep(SETTLE_S)
        started = time.perf_counter()
        yield
        lasted_s = time.perf_counter() - started
        if not senders.is_alive():
            raise SystemExit(f"the senders ended while they were needed: {senders.exitcode}")
    finally:
        senders.kill()
        senders.join()
    check_growth(len(cookies), least_bytes=int(SENDER_BYTES_S * lasted_s / 2))


def check_growth(count: int, *, least_bytes: int) -> None:
    """Check that so many uploads have grown; the server counts a part when its sender is gone."""
    from courseware.models import Upload

    by = time.monotonic() + COUNTED_AFTER_S
    while True:
        offsets = Upload.objects.filter(courseware=None).values_list("offset_bytes", flat=True)
        grown = sum(offset >= least_bytes for offset in offsets)
        if grown == count:
            return
        if time.monotonic() > by:
            raise SystemExit(f"only {grown} of {count} uploads grew by {least_bytes} bytes")
        time.sleep(0.2)


def week_page_ms(port: int, cookie: str) -> list[float]:
    connection, taken = clients.connect(port), []
    for _ in range(REQUESTS):
        started = time.perf_counter()
        clients.ask(connection, WEEK_PAGE, cookie)
        taken.append((time.perf_counter() - started) * 1000)
    connection.close()
    return taken


def cookies_of_senders() -> list[str]:
    """The cookies of ten teachers' sessions, each three times: so many uploads one may have open."""
    people = school.add_people([f"s{number}" for number in range(SENDERS // 3)], "teacher")
    return [school.cookie_of(each) for each in people for _upload in range(3)]


# --- All of it -----------------------------------------------------------------------------------


def file_rows(stack: Stack, cookie: str) -> list[Row]:
    speeds: dict[str, list[float]] = {"ours": [], "same": [], "one": []}
    plain_port = stack.start_web("bare:copy", name="plain")
    send_resumably(stack.port, cookie)  # warms up
    with watched_memory(stack) as growth:
        for _ in range(ROUNDS):
            speeds["one"].append(send_plainly(plain_port, in_parts=False))
            speeds["same"].append(send_plainly(plain_port, in_parts=True))
            speeds["ours"].append(send_resumably(stack.port, cookie))
    stack.end("plain")
    ours, same, one = (max(speeds[name]) for name in ("ours", "same", "one"))
    what = f"upload of {FILE_BYTES // MIB} MiB in parts"
    return [
        Row(what=what, value=ours, unit="MiB/s", floor=same),
        Row(what="  against one request", value=ours, unit="MiB/s", floor=one),
        Row(what="  growth of the largest web process", value=growth[0], unit="MiB"),
    ]


def week_row(stack: Stack, cookie: str) -> Row:
    week_page_ms(stack.port, cookie)  # warms up
    idle = week_page_ms(stack.port, cookie)
    with slow_senders(stack.port, cookies_of_senders()):
        busy = week_page_ms(stack.port, cookie)
    what = f"week beside {SENDERS} slow uploads, p95"
    return Row(what=what, value=percentile(busy, 0.95), unit="ms", floor=percentile(idle, 0.95))


def rows() -> list[Row]:
    with Stack() as stack:
        (teacher,) = school.add_people(["teacher"], "teacher")
        cookie = school.cookie_of(teacher)
        stack.start_web()
        return [*file_rows(stack, cookie), week_row(stack, cookie)]


if __name__ == "__main__":
    table.end_in(rows)
