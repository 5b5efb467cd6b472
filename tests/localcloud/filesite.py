"""A tiny web site that courseware is fetched from."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import quote


class Site:
    """Serves `files` by path, and notes each request as (method, path).

    `statuses` are answers other than 200, `hold` is called before each answer, `has_head` says whether HEAD is taken.
    """

    def __init__(self, port: int = 0) -> None:
        self.files: dict[str, bytes] = {}
        self.statuses: dict[str, int] = {}
        self.requests: list[tuple[str, str]] = []
        self.hold: Callable[[], object] = lambda: None
        self.has_head = True
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def put(self, name: str, content: bytes) -> str:
        """Serve a file and return its address, which nothing has encoded."""
        self.files["/" + quote(name, safe="?=")] = content
        return f"{self.url}/{name}"


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(405 if not site.has_head else 200)

        def do_GET(self) -> None:
            content = self._answer(200)
            try:
                self.wfile.write(content)
            except OSError:
                return  # who fetched it has enough

        def _answer(self, status: int) -> bytes:
            site.requests.append((self.command, self.path))
            site.hold()
            content = site.files.get(self.path, b"")
            missing = 200 if self.path in site.files else 404
            self.send_response(site.statuses.get(self.path, max(status, missing)))
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Location", f"{site.url}/elsewhere.pdf")
            try:
                self.end_headers()
            except OSError:
                return b""
            return content

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
