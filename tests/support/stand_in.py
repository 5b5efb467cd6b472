"""A server that says whatever a test wants, also what no real one would."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

POLL_S = 0.01  # how soon it notices that it is to stop


class StandIn:
    """Hands what is asked on a free port to `handle`."""

    def __init__(self) -> None:
        # Set when the test ends: until then a slow answer may wait.
        self.is_over = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.begin()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_S,))
        self._thread.start()

    def begin(self) -> None:
        """Forget what the test before wanted and asked."""
        self.asked: list[Any] = []
        self.headers: dict[str, str] = {}

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.is_over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class OneAnswer(StandIn):
    """Answers everything with `body`, unless `answer` does something else.

    `asked` holds paths and queries.
    """

    def begin(self) -> None:
        super().begin()
        self.status = 200
        self.body = b""
        self.answer: Callable[[BaseHTTPRequestHandler], None] | None = None

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        self.asked.append((parts.path, parse_qs(parts.query)))
        if self.answer is not None:
            self.answer(request)
        else:
            send(request, self.status, self.body, self.headers)


def send(
    request: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str]
) -> None:
    """Answer; a length among the headers is told instead of the body's own."""
    request.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)


class _Server(ThreadingHTTPServer):
    def handle_error(self, *arguments: Any) -> None:
        # An asker who has gone away did as they should.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(*arguments)


def _handler(stand_in: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            stand_in.handle(self)

        def do_POST(self) -> None:
            stand_in.handle(self)

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing: tests say what happened."""

    return Handler
