"""The web server's worker.

Gthread, changed so that slow peers do not block what all connections share.
"""

from __future__ import annotations

import errno
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from gunicorn.http.errors import LimitRequestLine
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import TConn, ThreadWorker

from edu_platform.lib import process_counts

# How long a new, silent connection keeps a thread; then the loop waits for it.
FIRST_BYTES_S = 0.05
# How long the head of a request may take, its body, and reading the response, unless the view has
# limits of its own.
HEAD_TIME_S = 10.0
BODY_TIME_S = 60.0
ANSWER_TIME_S = 60.0
# How much of an unread body the original still reads, to keep the connection.
DRAINED_BYTES = 64 * 1024
# A peer that neither sends nor receives anything for this long is gone.
STILL_AT_MOST_S = 15.0
# How long a request may keep a thread waiting in total; beyond that, only this many at once.
FREE_WAIT_S = 1.0
SLOW_PEERS_AT_MOST = 16

# Whoever asks is not known yet, and no language either: what was typed is too long to be read.
ADDRESS_TOO_LONG = """<!doctype html>
<html lang="zh-Hans">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>地址太长</title>
<h1>地址太长</h1>
<p>请缩短要查找的内容，返回上一页再试，或者<a href="/">回到首页</a>。</p>
<div lang="en">
<h1>The address is too long</h1>
<p>Look for something shorter: go back and try again, or <a href="/">go to the start page</a>.</p>
</div>
</html>
""".encode()
ADDRESS_TOO_LONG_HEAD = (
    "HTTP/1.1 414 URI Too Long\r\nConnection: close\r\nContent-Type: text/html; charset=utf-8\r\n"
    "Content-Security-Policy: default-src 'none'\r\nX-Content-Type-Options: nosniff\r\n"
    f"Content-Length: {len(ADDRESS_TOO_LONG)}\r\n\r\n"
).encode()

_slow_places = threading.BoundedSemaphore(SLOW_PEERS_AT_MOST)


class DeadlineSocket(socket.socket):
    """A connection whose peer cannot keep a thread for ever, however little it sends or takes.

    A peer that is too slow is treated like one whose network broke.
    """

    _has_own_bounds = False
    _has_place = False
    _ends_at = 0.0
    _answer_ends_at: float | None = None
    _free_wait_s = 0.0

    def begin(self, head_time_s: float) -> None:
        """Wait for a request from now on."""
        self._has_own_bounds = False
        self._free_wait_s = FREE_WAIT_S
        self._answer_ends_at = None
        self.allow(head_time_s)

    def allow(self, time_s: float) -> None:
        """Have what is read from now on come within this time."""
        self._ends_at = time.monotonic() + time_s

    def end(self) -> None:
        """Give up what the request may have kept of the places for slow peers."""
        if self._has_place:
            self._has_place = False
            _slow_places.release()

    @contextmanager
    def own_bounds(self) -> Iterator[None]:
        """Leave it to the caller how long to wait: by a timeout, and places of its own."""
        self._has_own_bounds = True
        try:
            yield
        finally:
            self._has_own_bounds = False
            self.allow(BODY_TIME_S)

    def recv(self, size: int, flags: int = 0) -> bytes:
        if not self._has_own_bounds:
            self._wait(select.POLLIN, self._ends_at)
        return super().recv(size, flags)

    def sendall(self, data: Any, flags: int = 0) -> None:
        if self._has_own_bounds:
            return self._send_within_timeout(data, flags)
        if self._answer_ends_at is None:
            self._answer_ends_at = time.monotonic() + ANSWER_TIME_S
        view = memoryview(data)
        while view:
            self._wait(select.POLLOUT, self._answer_ends_at)
            try:
                sent = self.send(view, flags | socket.MSG_DONTWAIT)
            except BlockingIOError:
                continue
            view = view[sent:]
        return None

    def _send_within_timeout(self, data: Any, flags: int) -> None:
        try:
            super().sendall(data, flags)
        except TimeoutError as err:
            raise _too_slow() from err

    def _wait(self, event: int, ends_at: float) -> None:
        """Wait until there is something to read, or place to write.

        Raises:
            ConnectionResetError: the peer is too slow, or too many others are.
        """
        timeout_s = self.gettimeout()
        still_s = STILL_AT_MOST_S if timeout_s is None else timeout_s
        started = time.monotonic()
        if started >= ends_at:
            raise _too_slow()
        gives_up_at = min(ends_at, started + still_s)
        is_there = self._poll(event, min(started + self._free_wait_s, gives_up_at))
        self._free_wait_s = max(0.0, self._free_wait_s - (time.monotonic() - started))
        if not (is_there or (self.takes_place() and self._poll(event, gives_up_at))):
            raise _too_slow()

    def takes_place(self) -> bool:
        """Take one of the few places for requests that keep a thread waiting, until this one is over."""
        if not self._has_place:
            self._has_place = _slow_places.acquire(blocking=False)
        return self._has_place

    def _poll(self, event: int, until: float) -> bool:
        poller = select.poll()
        poller.register(self, event)
        return bool(poller.poll(max(0.0, until - time.monotonic()) * 1000))


def _too_slow() -> OSError:
    return ConnectionResetError(errno.ECONNRESET, "the peer is too slow")


class DeadlineThreadWorker(ThreadWorker):
    """Limits how long a peer keeps a thread, and closes its connection in that thread.

    The original waits for ever for the rest of a request: a few hundred connections that send a byte
    and no more would hold all threads.

    Before a connection is closed, what its peer still sends is read for a while, so that the answer
    is not lost. The original does so in the loop that accepts all connections: a few peers who
    send on slowly, and never read their refusal, would keep everybody waiting.
    """

    def init_process(self) -> None:
        # The system's own way to send files knows nothing of the bounds.
        self.cfg.set("sendfile", value=False)
        process_counts.begin(process_counts.WEB, main_pid=self.ppid)
        super().init_process()  # type: ignore[no-untyped-call] # it has no types

    def handle(self, conn: Any) -> Any:
        if not isinstance(conn.sock, DeadlineSocket):
            conn.sock = DeadlineSocket(fileno=conn.sock.detach())
            conn.wait_for_data = partial(_is_there_soon, conn)
        conn.sock.begin(HEAD_TIME_S)
        try:
            goes_on = super().handle(conn)  # type: ignore[no-untyped-call] # it has no types
            if goes_on is False:
                conn.close(graceful=True)
                conn.close = _is_closed_already
            return goes_on
        finally:
            conn.sock.end()

    def handle_request(self, req: Any, conn: Any) -> Any:
        conn.sock.allow(BODY_TIME_S)
        req.should_close = partial(_should_close, req, req.should_close)
        return super().handle_request(req, conn)  # type: ignore[no-untyped-call] # it has no types

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer a request line that is too long in words; all else as the original does."""
        if not isinstance(exc, LimitRequestLine):
            super().handle_error(req, client, addr, exc)  # type: ignore[no-untyped-call] # it has no types
            return
        self.log.warning("an address from %s is too long: %s", (addr or ("",))[0], exc)
        with suppress(OSError):
            write_nonblock(client, ADDRESS_TOO_LONG_HEAD + ADDRESS_TOO_LONG)  # type: ignore[no-untyped-call] # as above


def _should_close(req: Any, original: Callable[[], bool]) -> bool:
    """Tell whether the connection ends with this request, so that the answer says so.

    The original promises to keep it, and then closes it over a body that it would have to read.
    """
    reader = req.body.reader
    is_chunked = getattr(reader, "parser", None) is not None
    return original() or is_chunked or getattr(reader, "length", 0) >= DRAINED_BYTES


def _is_there_soon(conn: Any, _time_s: float) -> bool:
    """Wait for the first bytes, as the original does for longer."""
    return bool(TConn.wait_for_data(conn, FIRST_BYTES_S))  # type: ignore[no-untyped-call] # it has no types


def _is_closed_already(*, graceful: bool = False) -> None:
    """Close nothing, where the loop closes a connection that is closed already."""
