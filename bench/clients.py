"""Askers of a web server over kept connections, as light as they can be."""

from __future__ import annotations

import http.client
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus

TIMEOUT_S = 60
LENGTH = b"content-length: "


def ask(connection: http.client.HTTPConnection, path: str, cookie: str = "") -> bytes:
    """The body of a page."""
    connection.request("GET", path, headers={"Cookie": cookie})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != HTTPStatus.OK:
        raise SystemExit(f"{path} answered {answer.status}")
    return body


def statements(connection: http.client.HTTPConnection, path: str, cookie: str = "") -> int:
    """Count the statements that a page asks of the database, as `measured.py` tells."""
    connection.request("GET", path, headers={"Cookie": cookie, "X-Count-Statements": "1"})
    answer = connection.getresponse()
    answer.read()
    counted = re.search(r"\bstatements;dur=([\d.]+)", answer.headers["Server-Timing"] or "")
    if counted is None:
        raise SystemExit(f"{path} does not tell its statements")
    return int(float(counted[1]))


def connect(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)


def get(path: str, cookie: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode()


def post(path: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def a_second(
    port: int, requests_of: Callable[[int], Iterator[bytes]], *, clients: int, lasting_s: float
) -> float:
    """Count how many requests a second are answered 200 when so many clients ask one after the other."""
    counts, failures = [0] * clients, []

    def run(number: int) -> None:
        try:
            _keep_asking(port, requests_of(number), ends_at, counts, number)
        except OSError as err:
            failures.append(err)

    ends_at = time.monotonic() + lasting_s
    threads = [threading.Thread(target=run, args=(n,)) for n in range(clients)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if failures:
        raise SystemExit(f"a client was refused: {failures[0]}")
    return sum(counts) / lasting_s


def _keep_asking(
    port: int, requests: Iterator[bytes], ends_at: float, counts: list[int], number: int
) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as connection:
        for request in requests:
            connection.sendall(request)
            if (status := _status(connection)) != HTTPStatus.OK:
                raise ConnectionError(f"answered {status}")
            if time.monotonic() > ends_at:
                return
            counts[number] += 1


def _status(connection: socket.socket) -> int:
    """Read one answer, and return its status."""
    got = connection.recv(65536)
    while b"\r\n\r\n" not in got:
        got += _more(connection)
    head, _, body = got.partition(b"\r\n\r\n")
    at = head.lower().index(LENGTH) + len(LENGTH)
    left = int(head[at:].partition(b"\r\n")[0]) - len(body)
    while left > 0:
        left -= len(_more(connection))
    return int(head.split(b" ", 2)[1])


def _more(connection: socket.socket) -> bytes:
    got = connection.recv(65536)
    if not got:
        raise ConnectionError("the server hung up")
    return got
