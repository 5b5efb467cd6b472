"""A real server that takes what Sentry is told."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@contextmanager
def taking_reports() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The DSN of a server, and the events that it took."""
    events: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                sent = gzip.decompress(sent)
            lines = [json.loads(line) for line in sent.splitlines() if line]
            events.extend(line for line in lines if "exception" in line)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://key@127.0.0.1:{server.server_address[1]}/7", events
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
