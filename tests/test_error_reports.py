"""What Sentry is told, by a real server that takes it."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from deploy.services.processes import ROOT
from edu_platform.error_reports import cleaned
from edu_platform.lib import trace_ids
from tests.support.peers import Script, answering
from tests.support.site import Processes
from tests.support.tasks import send_task

# A page that fails, asked for with everything that may be secret.
FAILING = """
import django, logging, os, urllib.request
django.setup()
from django.conf import settings
settings.ALLOWED_HOSTS = ["*"]
from schedule.views import feed
def fail(token, at):
    password_in_variable = "s3cr3t-variable"
    urllib.request.urlopen(os.environ["PEER"]).close()
    raise ZeroDivisionError("postgres://edu:s3cr3t-login@db/edu /schedule/feeds/" + token)
feed.find_feed = fail
from wsgiref.util import setup_testing_defaults
from edu_platform.wsgi import application
environ = {
    "PATH_INFO": "/schedule/feeds/s3cr3t-feed.ics",
    "QUERY_STRING": "ticket=s3cr3t-ticket&name=s3cr3t-query",
    "HTTP_HOST": "testserver",
    "HTTP_COOKIE": "sessionid=s3cr3t-session",
    "HTTP_AUTHORIZATION": "Bearer s3cr3t-header",
}
setup_testing_defaults(environ)
answer = application(environ, lambda status, headers: print(status[:3], dict(headers)["X-Request-ID"]))
answer.close()
import sentry_sdk
sentry_sdk.flush()
"""


@pytest.fixture
def taken() -> Iterator[tuple[str, list[dict[str, Any]]]]:
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
    yield f"http://key@127.0.0.1:{server.server_address[1]}/7", events
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def peer() -> Iterator[Script]:
    """A server of others that a page asks."""
    with answering(Script()) as script:
        yield script


@pytest.mark.processes
def test_fault_of_a_page_is_told_without_secrets(
    taken: tuple[str, list[dict[str, Any]]], peer: Script
):
    dsn, events = taken
    env = {
        "DJANGO_SETTINGS_MODULE": "edu_platform.settings",
        "ENV_FILE": "/dev/null",
        "SECRET_KEY": "s3cr3t-key",
        "DATABASE_URL": "sqlite://:memory:",
        "SENTRY_DSN": dsn,
    }

    done = subprocess.run(
        [sys.executable, "-c", FAILING, "s3cr3t-argument"],
        cwd=ROOT,
        env=env | {"PEER": peer.url},
        capture_output=True,
        text=True,
        check=True,
    )

    status, request_id = done.stdout.split()
    (event,) = events
    fault = event["exception"]["values"][-1]
    assert status == "500"
    assert fault["type"] == "ZeroDivisionError"
    assert event["tags"]["request_id"] == request_id
    assert event["request"] == {"method": "GET", "url": "http://testserver/schedule/feeds/***"}
    assert "s3cr3t" not in json.dumps(event)
    assert "s3cr3t" not in done.stderr
    (asked,) = peer.seen
    assert not asked.keys() & {"sentry-trace", "baggage"}


@pytest.mark.processes
def test_fault_of_a_task_is_told_without_what_it_was_about(
    taken: tuple[str, list[dict[str, Any]]], processes: Processes
):
    dsn, events = taken
    processes.env["SENTRY_DSN"] = dsn
    worker = processes.start_worker()
    trace_ids.begin_request("1a2b3c4d")

    unknown = {"nonce": "s3cr3t-argument", "named": "王小明"}
    sent = send_task(processes.env["REDIS_URL"], "edu_platform.answer_doctor", kwargs=unknown)

    worker.wait_until(lambda: bool(events))
    (event,) = events
    fault = event["exception"]["values"][-1]
    assert (fault["type"], event["transaction"]) == ("TypeError", "edu_platform.answer_doctor")
    assert event["tags"]["request_id"] == "1a2b3c4d"
    assert event["tags"]["task_id"] == sent.id
    told = json.dumps(event, ensure_ascii=False)
    assert "s3cr3t" not in told
    assert "王小明" not in told


def test_person_and_form_stay_here():
    trace_ids.begin_request("1a2b3c4d")
    event: Any = {
        "user": {"username": "student1"},
        "server_name": "web-1",
        "request": {"url": "http://a/", "method": "POST", "data": "x", "cookies": {}, "env": {}},
        "extra": {"status": 500, "person": "student1", "sys.argv": ["manage.py", "student1"]},
    }

    assert cleaned(event, {}) == {
        "request": {"url": "http://a/", "method": "POST"},
        "extra": {"status": 500},
        "tags": {"request_id": "1a2b3c4d"},
    }
