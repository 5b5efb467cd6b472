"""The lines of the Procfile, run for real."""

from __future__ import annotations

import os
import signal
import socket
import time
from urllib.parse import urlsplit

import pytest
from celery import Celery

from deploy.services.processes import is_answering
from tests.support.site import Processes

pytestmark = pytest.mark.processes


def test_worker_does_what_was_queued(processes: Processes, valkey: str):
    worker = processes.start_worker()
    with Celery(broker=valkey) as queue:
        sent = queue.send_task("accounts.register_people")

    worker.wait_until(lambda: f"[{sent.id}] succeeded" in worker.log.read_text())

    worker.stop()
    assert "Warm shutdown" in worker.log.read_text()


def test_beat_runs_on_its_own(processes: Processes):
    beat = processes.start("beat")

    beat.wait_until(lambda: "beat: Starting" in beat.log.read_text())

    beat.stop()
    assert not beat.is_running


def test_web_lets_a_running_request_end(processes: Processes):
    """SIGTERM comes, to all and twice, while a body is half sent: the answer comes all the same."""
    url = processes.start_web()
    web = processes.last
    address = urlsplit(url)
    token = "a" * 32
    body = f"csrfmiddlewaretoken={token}&login=nobody&password=wrong".encode()
    head = (
        f"POST /accounts/login/ HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nCookie: csrftoken={token}\r\n\r\n"
    )
    with socket.create_connection((str(address.hostname), int(address.port or 0))) as connection:
        connection.sendall(head.encode() + body[:5])
        time.sleep(2)  # the request is being read by now, on a busy machine too
        web.ask_to_end(signal.SIGTERM)
        web.wait_until(lambda: not is_answering(f"{url}/healthz"))
        os.killpg(web.pid, signal.SIGTERM)
        time.sleep(1)
        connection.sendall(body[5:])
        answer = connection.recv(100)

    web.stop()
    assert answer.startswith(b"HTTP/1.1 200 "), web.log_tail()  # the form again, with its fault


def test_web_notices_sigterm_while_requests_keep_coming(processes: Processes):
    for _ in range(4):
        url = processes.start_web()

        give_up_at = time.monotonic() + 15  # it would be killed after 30
        processes.last.ask_to_end(signal.SIGTERM)
        while processes.last.is_running and time.monotonic() < give_up_at:
            is_answering(f"{url}/healthz")

        assert not processes.last.is_running
