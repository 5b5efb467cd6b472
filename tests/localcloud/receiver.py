"""A tiny receiver of callbacks."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class Receiver:
    """Keeps what it gets; answers the next of `statuses`, the last one for ever.

    `hold` is called with each body before the answer, to make it slow.
    """

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.content_types: list[str] = []
        self.received_at: list[float] = []
        self.statuses = [200]
        self.hold: Callable[[dict[str, Any]], object] = lambda body: None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_port}/callbacks/classroom/"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def types(self) -> list[str]:
        return [each["EventType"] for each in self.received]

    def take(self, body: dict[str, Any], content_type: str) -> int:
        self.received.append(body)
        self.content_types.append(content_type)
        self.received_at.append(time.monotonic())
        status = self.statuses[0]
        if len(self.statuses) > 1:
            del self.statuses[0]
        self.hold(body)
        return status


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.take(json.loads(body), self.headers["Content-Type"])
            self.send_response(status)
            self.send_header("Content-Length", "0")
            if 300 <= status < 400:
                self.send_header("Location", receiver.url)
            try:
                self.end_headers()
            except OSError:
                return  # the sender has given up waiting

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
