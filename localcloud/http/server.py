"""The HTTP server: sockets, keep-alive, threads, and a stop that no open connection delays."""

from __future__ import annotations

import socket
import socketserver
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from localcloud import background
from localcloud.cloud import Cloud
from localcloud.config import Config
from localcloud.http import routes
from localcloud.http.messages import FilePart, Request, Response, first_values, html_response
from localcloud.pages import class_page

MAX_BODY_BYTES = 10 * 1024 * 1024
IDLE_S = 75
CHUNK_BYTES = 64 * 1024
JOIN_S = 1.0  # for background threads at a stop; one that waits for a receiver is left behind


class CloudServer(socketserver.ThreadingMixIn, HTTPServer):
    """One thread per connection. Threads are daemons: a held connection cannot keep the process alive."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, cloud: Cloud) -> None:
        if ":" in cloud.config.host:
            self.address_family = socket.AF_INET6
        self.cloud = cloud
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__((cloud.config.host, cloud.config.port), CloudHandler)

    def server_bind(self) -> None:
        # HTTPServer's own version asks the name service for the host's name, which may take seconds.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.cloud.config.host, self.socket.getsockname()[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log nothing about clients that disconnected, or about connections that a stop has closed."""
        error = sys.exception()
        if not isinstance(error, ConnectionError) and not self.cloud.stopping.is_set():
            traceback.print_exc(file=sys.stderr)

    def close_connections(self) -> None:
        """Close open connections, so that clients with keep-alive notice the stop at once."""
        with self._open_lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # already closed by the other side


class CloudHandler(BaseHTTPRequestHandler):
    """Turns one HTTP request into a Request, and a Response into bytes."""

    server: CloudServer
    protocol_version = "HTTP/1.1"
    server_version = "localcloud"
    sys_version = ""
    timeout = IDLE_S
    disable_nagle_algorithm = True

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return a moment as heads tell it; without one, the cloud's own."""
        return super().date_time_string(
            self.server.cloud.time_s() if timestamp is None else timestamp
        )

    def do_GET(self) -> None:
        self._respond()

    def do_HEAD(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond()

    def do_DELETE(self) -> None:
        self._respond()

    def _respond(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not length.isdecimal():
            self._send(html_response("a Content-Length is needed", status=411), close=True)
            return
        if int(length) > MAX_BODY_BYTES:
            self._send(html_response("the body is too large", status=413), close=True)
            return
        request = self._request(self.rfile.read(int(length)))
        self._send(self._handled(request))

    def _request(self, body: bytes) -> Request:
        path, _, query = self.path.partition("?")
        return Request(
            method=self.command,
            path=path,
            query=first_values(query),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
        )

    def _handled(self, request: Request) -> Response:
        try:
            return routes.respond(self.server.cloud, request)
        except Exception:  # noqa: BLE001 -- the last resort: a 500 to the client, the trace to the developer
            if self.server.cloud.stopping.is_set():  # the state file is closed already
                return Response(drop=True)
            traceback.print_exc(file=sys.stderr)
            return html_response("internal error", status=500)

    def _send(self, response: Response, *, close: bool = False) -> None:
        if response.delay_s:
            stopped = self.server.cloud.stopping.wait(response.delay_s)
            close = close or stopped
        if response.drop:
            self.close_connection = True
            return
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(response.length_bytes))
        for name, value in response.headers.items():
            self.send_header(name, value)
        if close:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command == "HEAD":
            return
        if response.part is None:
            self.wfile.write(response.body)
        else:
            self._send_part(response.part)

    def _send_part(self, part: FilePart) -> None:
        left_bytes = part.length_bytes
        try:
            with part.path.open("rb") as file:
                file.seek(part.first)
                while left_bytes and (chunk := file.read(min(CHUNK_BYTES, left_bytes))):
                    self.wfile.write(chunk)
                    left_bytes -= len(chunk)
        except FileNotFoundError:
            pass  # deleted meanwhile: the head is sent, so closing the connection is the only signal left
        if left_bytes:
            self.close_connection = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        # Without the query, which holds tokens; a malformed request has neither path nor headers.
        path = getattr(self, "path", "-").partition("?")[0]
        if path == class_page.STATUS_PATH:
            return  # each open page asks every two seconds
        headers = getattr(self, "headers", None) or {}
        action = headers.get("X-TC-Action", "")
        sys.stderr.write(f"{self.command} {path} {action} {int(code)}\n")

    def log_error(self, *_args: Any) -> None:
        """Log nothing: the standard text quotes the request line, which holds tokens."""


@dataclass(frozen=True, slots=True)
class RunningCloud:
    """A cloud that listens; `stop` may be called once or more."""

    base_url: str
    cloud: Cloud
    _server: CloudServer
    _background: list[threading.Thread]

    def stop(self) -> None:
        """Stop listening, close all connections, close the state file."""
        if self.cloud.stopping.is_set():
            return
        self.cloud.stopping.set()
        self.cloud.wakeups.notify()
        self._server.shutdown()
        self._server.server_close()
        self._server.close_connections()
        until_s = time.monotonic() + JOIN_S
        for thread in self._background:
            thread.join(max(until_s - time.monotonic(), 0))
        self.cloud.close()


def start(config: Config) -> RunningCloud:
    """Start a cloud in threads of this process and return when it listens.

    Raises:
        OSError: the port is taken.
    """
    cloud = Cloud(config)
    try:
        server = CloudServer(cloud)
    except OSError:
        cloud.close()
        raise
    host = f"[{config.host}]" if ":" in config.host else config.host
    cloud.base_url = f"http://{host}:{server.server_port}"
    threading.Thread(
        target=server.serve_forever, args=(0.05,), name="localcloud", daemon=True
    ).start()
    return RunningCloud(cloud.base_url, cloud, server, background.start(cloud))
