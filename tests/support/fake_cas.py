"""A CAS server that says whatever a test wants, also what no real one would."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

NAMESPACE = 'xmlns:cas="http://www.yale.edu/tp/cas"'


def response(inside: str, *, before: str = "") -> bytes:
    return f"{before}<cas:serviceResponse {NAMESPACE}>{inside}</cas:serviceResponse>".encode()


def success(user: str = "li.ming", attributes: str = "", *, before: str = "") -> bytes:
    return response(
        "<cas:authenticationSuccess>"
        f"<cas:user>{user}</cas:user><cas:attributes>{attributes}</cas:attributes>"
        "</cas:authenticationSuccess>",
        before=before,
    )


def failure(code: str) -> bytes:
    return response(
        f'<cas:authenticationFailure code="{code}">of ticket</cas:authenticationFailure>'
    )


class FakeCas:
    """Answers all with `body`, unless `answer` does something else; `asked` holds paths and queries."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.status = 200
        self.body = b""
        self.headers: dict[str, str] = {}
        self.answer: Callable[[BaseHTTPRequestHandler], None] | None = None
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        # Set when the test ends: until then a slow answer may wait.
        self.is_over = threading.Event()

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        self.asked.append((parts.path, parse_qs(parts.query)))
        if self.answer is not None:
            self.answer(handler)
            return
        handler.send_response(self.status)
        for name, value in {"Content-Length": str(len(self.body)), **self.headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(self.body)


@contextmanager
def running_fake() -> Iterator[FakeCas]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fake.handle(self)

        def log_message(self, *_arguments: Any) -> None:
            """Nobody reads it."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_arguments: Any) -> None:
            """The asker has gone away, as they should."""

    server = Server(("127.0.0.1", 0), Handler)
    fake = FakeCas(f"http://127.0.0.1:{server.server_address[1]}/cas")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fake
    finally:
        fake.is_over.set()
        server.shutdown()
        thread.join()
        server.server_close()
