"""The lines of the Procfile, run for real."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from deploy.services.processes import Child, is_answering, process_tree
from edu_platform.lib import trace_ids
from tests.support.peers import Script, answering, foreign_port, refusing_port, silent_port
from tests.support.reports import taking_reports
from tests.support.site import Processes
from tests.support.tasks import send_task

pytestmark = pytest.mark.processes


def test_worker_does_at_once_what_the_file_of_variables_says(
    processes: Processes, valkey: str, tmp_path: Path
):
    """It works in three processes, tells of faults, and ends when it is asked."""
    with taking_reports() as (dsn, events):
        (tmp_path / "env").write_text(f"WORKER_CONCURRENCY=3\nSENTRY_DSN={dsn}\n")

        worker = processes.start_worker(ENV_FILE=str(tmp_path / "env"))

        assert len(process_tree(worker.pid)) == 1 + 3
        sent = send_task(valkey, "accounts.register_people")
        worker.wait_until(lambda: f"[{sent.id}] succeeded" in worker.log.read_text())
        fault_of_a_task_is_told_without_what_it_was_about(worker, valkey, events)
        worker.stop()
        assert "Warm shutdown" in worker.log.read_text()


def fault_of_a_task_is_told_without_what_it_was_about(
    worker: Child, valkey: str, events: list[dict[str, Any]]
) -> None:
    trace_ids.begin_request("1a2b3c4d")
    unknown = {"nonce": "s3cr3t-argument", "named": "王小明"}
    sent = send_task(valkey, "edu_platform.answer_doctor", kwargs=unknown)

    worker.wait_until(lambda: bool(events))
    (event,) = events
    fault = event["exception"]["values"][-1]
    assert (fault["type"], event["transaction"]) == ("TypeError", "edu_platform.answer_doctor")
    assert event["tags"]["request_id"] == "1a2b3c4d"
    assert event["tags"]["task_id"] == sent.id
    told = json.dumps(event, ensure_ascii=False)
    assert "s3cr3t" not in told
    assert "王小明" not in told


def test_web_notices_sigterm_and_lets_a_running_request_end(processes: Processes):
    """It comes while a body is half sent and other requests keep coming, and to all of them once more.

    Four processes, loaded once, get it at the same time: a server that misses one signal in four is caught.
    """
    url = processes.start_web(WEB_CONCURRENCY="4", GUNICORN_CMD_ARGS="--preload")
    web = processes.last
    web.wait_until(lambda: len(serving(web)) == 4)
    address = urlsplit(url)
    with socket.create_connection((str(address.hostname), int(address.port or 0))) as connection:
        head, body = sign_in_request(address.netloc)
        connection.sendall(head + body[:5])
        time.sleep(2)  # the request is being read by now, on a busy machine too
        give_up_at = time.monotonic() + 15  # they would be killed after 30

        web.ask_to_end(signal.SIGTERM)
        while len(serving(web)) > 1 and time.monotonic() < give_up_at:
            is_answering(f"{url}/healthz")
            time.sleep(0.01)

        assert len(serving(web)) == 1  # who reads the request
        os.killpg(web.pid, signal.SIGTERM)
        time.sleep(1)
        connection.sendall(body[5:])
        answer = connection.recv(100)

    while web.is_running and time.monotonic() < give_up_at:
        time.sleep(0.01)
    assert answer.startswith(b"HTTP/1.1 200 "), web.log_tail()  # the form again, with its fault
    assert not web.is_running


def sign_in_request(host: str) -> tuple[bytes, bytes]:
    token = "a" * 32
    body = f"csrfmiddlewaretoken={token}&login=nobody&password=wrong"
    head = (
        f"POST /accounts/login/ HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nCookie: csrftoken={token}\r\n\r\n"
    )
    return head.encode(), body.encode()


def serving(web: Child) -> list[int]:
    """The processes of a web server that are past their first moments, and have not ended."""
    return [pid for pid in process_tree(web.pid) if takes_signals_of_its_own(pid)]


def takes_signals_of_its_own(pid: int) -> bool:
    """Tell whether a web process is past its first moments: it catches SIGTERM, but not SIGHUP as its parent does."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:  # it ended meanwhile
        return False
    (caught,) = re.findall(r"^SigCgt:\s*([0-9a-f]+)$", status, re.MULTILINE)
    catches = {each: bool(int(caught, 16) >> (each - 1) & 1) for each in signal.valid_signals()}
    return catches[signal.SIGTERM] and not catches[signal.SIGHUP]


def test_only_a_web_server_that_says_200_is_answering(valkey: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with answering(Script()) as ready, answering(Script(status=503)) as unready:
        assert is_answering(ready.url)
        assert not is_answering(unready.url)
    with silent_port() as silent, foreign_port() as foreign:
        for port in (silent, foreign, refusing_port()):
            assert not is_answering(f"http://127.0.0.1:{port}/")
