"""A real server of HTTP on this machine, which takes messages to groups, or does not."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class RobotServer:
    """Answers with `status` and `headers`, or only when told to while it `hangs`."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.hangs = False
        self.is_to_end = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                said = self.rfile.read(length)
                if server.hangs:
                    server.is_to_end.wait(timeout=60)
                    return
                server.taken.append(json.loads(said))
                self.send_response(server.status)
                for name, value in server.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Say nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.http.server_address[1]}/robot/s3cr3t-t0k3n"


@contextmanager
def running_robot() -> Iterator[RobotServer]:
    server = RobotServer()
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.is_to_end.set()
        server.http.shutdown()
        thread.join()
        server.http.server_close()
