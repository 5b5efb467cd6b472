"""The lines of the Procfile, run for real."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deploy.services.processes import is_answering, process_tree
from tests.support.peers import Script, answering, foreign_port, refusing_port, silent_port
from tests.support.site import Processes
from tests.support.tasks import send_task

pytestmark = pytest.mark.processes


def test_worker_does_what_was_queued(processes: Processes, valkey: str):
    worker = processes.start_worker()
    sent = send_task(valkey, "accounts.register_people")

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
    """Four processes, loaded once, get it at the same time: a server that misses one signal in four is caught."""
    url = processes.start_web(WEB_CONCURRENCY="4", GUNICORN_CMD_ARGS="--preload")
    web = processes.last
    web.wait_until(lambda: sum(map(takes_signals_of_its_own, process_tree(web.pid))) == 4)

    give_up_at = time.monotonic() + 15  # they would be killed after 30
    web.ask_to_end(signal.SIGTERM)
    while web.is_running and time.monotonic() < give_up_at:
        is_answering(f"{url}/healthz")
        time.sleep(0.01)

    assert not web.is_running


def takes_signals_of_its_own(pid: int) -> bool:
    """Whether a web process is past its first moments: it catches SIGTERM, but not SIGHUP as its parent does."""
    status = Path(f"/proc/{pid}/status").read_text()
    (caught,) = re.findall(r"^SigCgt:\s*([0-9a-f]+)$", status, re.MULTILINE)
    catches = {each: bool(int(caught, 16) >> (each - 1) & 1) for each in signal.valid_signals()}
    return catches[signal.SIGTERM] and not catches[signal.SIGHUP]


def test_worker_does_at_once_what_the_file_of_variables_says(processes: Processes, tmp_path: Path):
    (tmp_path / "env").write_text("WORKER_CONCURRENCY=3\n")

    worker = processes.start_worker(ENV_FILE=str(tmp_path / "env"))

    assert len(process_tree(worker.pid)) == 1 + 3


def test_only_a_web_server_that_says_200_is_answering(valkey: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with answering(Script()) as ready, answering(Script(status=503)) as unready:
        assert is_answering(ready.url)
        assert not is_answering(unready.url)
    with silent_port() as silent, foreign_port() as foreign:
        for port in (silent, foreign, refusing_port()):
            assert not is_answering(f"http://127.0.0.1:{port}/")
