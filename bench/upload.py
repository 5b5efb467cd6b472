"""Uploads of courseware: their speed, what they need of memory, and what they do to the timetable.

One file of 500 MiB goes to the web server of the demo in parts as large as it takes, and to the same
server with a view that does nothing but copy the stream to the disk: in the same parts, and in one
request; in turn, so that whatever else the machine does slows all alike. Then the timetable is asked while 30 people
send at 100 kB/s each, and while nobody does.

    make bench    or    .venv/bin/python bench/upload.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the folder
from __future__ import annotations

import base64
import http.client
import multiprocessing
import os
import queue
import secrets
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from deploy.services.processes import (  # noqa: E402 -- the root must be on the path first
    Child,
    free_port,
    is_listening,
    procfile_commands,
    with_venv,
)

MIB = 1024 * 1024
FILE_BYTES = 500 * MIB
PART_BYTES = 16 * MIB
PIECE_BYTES = 64 * 1024
ROUNDS = 3
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


def plain(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The view to compare with: the stream goes to the disk, and that is all."""
    name = Path(os.environ["PLAIN_FOLDER"]) / secrets.token_hex(8)
    with name.open("wb") as file:
        shutil.copyfileobj(environ["wsgi.input"], file, PIECE_BYTES)
    name.unlink()
    start_response("204 No Content", [])
    return []


@contextmanager
def plain_server(folder: Path) -> Iterator[int]:
    """The web server of the demo with the plain view instead of the platform."""
    port = free_port()
    command = procfile_commands(ROOT / "deploy" / "demo" / "Procfile")["web"]
    places = {"PORT": str(port), "PLAIN_FOLDER": str(folder), "PYTHONPATH": str(ROOT / "bench")}
    web = Child(
        ["sh", "-c", command.replace("edu_platform.wsgi:application", "upload:plain")],
        env=with_venv(os.environ | places),
        log=folder / "plain.log",
    )
    try:
        web.wait_until(lambda: is_listening(port))
        yield port
    finally:
        web.stop()


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


def web_processes(port: int) -> list[int]:
    """The processes of the platform's web server; found by the port in their environment."""
    mark = f"PORT={port}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:  # not ours to read, or gone
            continue
    return found


def memory_mib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB


@contextmanager
def watched_memory(port: int) -> Iterator[list[float]]:
    """The largest growth of one web process while the block lasts, in a list of one."""
    before = {pid: memory_mib(pid) for pid in web_processes(port)}
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
    from week_page import ask

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    times = [ask(connection, WEEK_PAGE, cookie)[0] for _ in range(REQUESTS)]
    connection.close()
    return times


def p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def cookies_of_senders() -> list[str]:
    """The cookies of ten teachers' sessions, each three times: so many uploads one may have open."""
    from django.test import Client

    from accounts.enums import Role
    from accounts.services.people import create_person

    cookies = []
    for number in range(SENDERS // 3):
        client = Client()
        client.force_login(
            create_person(username=f"t{number}", display_name="李静怡", roles=[Role.TEACHER])
        )
        cookies += [f"sessionid={client.cookies['sessionid'].value}"] * 3
    return cookies


# --- All of it -----------------------------------------------------------------------------------


def measure_file(folder: Path, port: int, cookie: str) -> None:
    speeds: dict[str, list[float]] = {"ours": [], "same": [], "one": []}
    send_resumably(port, cookie)  # warms up
    with plain_server(folder) as plain_port, watched_memory(port) as growth:
        for _ in range(ROUNDS):
            speeds["one"].append(send_plainly(plain_port, in_parts=False))
            speeds["same"].append(send_plainly(plain_port, in_parts=True))
            speeds["ours"].append(send_resumably(port, cookie))
    ours, same, one = (statistics.median(speeds[name]) for name in ("ours", "same", "one"))
    print(f"A file of {FILE_BYTES // MIB} MiB, median of {ROUNDS}{'MiB/s':>12}{'ours':>8}")
    print(f"{'in parts, until it is courseware':34}{ours:>7.0f}")
    print(f"{'plain view, in the same parts':34}{same:>7.0f}{ours / same:>8.0%}")
    print(f"{'plain view, in one request':34}{one:>7.0f}{ours / one:>8.0%}")
    print(f"{'growth of the largest web process':34}{growth[0]:>7.1f} MiB")


def measure_week_page(port: int, cookie: str) -> None:
    week_page_ms(port, cookie)  # warms up
    idle = week_page_ms(port, cookie)
    with slow_senders(port, cookies_of_senders()):
        busy = week_page_ms(port, cookie)
    print(f"Timetable, {REQUESTS} requests each, in milliseconds{'median':>10}{'p95':>9}")
    for name, times in (("idle", idle), (f"{SENDERS} slow senders", busy)):
        print(f"{name:50}{statistics.median(times):>9.2f}{p95(times):>9.2f}")
    print(f"{'times the idle page':50}{'':9}{p95(busy) / p95(idle):>9.1f}")


def main() -> None:
    from week_page import plan_full_week, prepare, web_server

    from deploy.services.valkey import Valkey

    port = int(os.environ.get("PORT") or free_port())
    with tempfile.TemporaryDirectory(prefix="edu-bench-") as name:
        folder = Path(name)
        valkey = Valkey(folder / "valkey", durable=False)
        try:
            prepare(folder, port, valkey.url)
            cookie = plan_full_week()
            with web_server(folder, port):
                measure_file(folder, port, cookie)
                measure_week_page(port, cookie)
        finally:
            valkey.stop()


if __name__ == "__main__":
    main()
