"""Messages to Sentry, by a real server that takes them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from deploy.services.processes import ROOT
from edu_platform.error_reports import cleaned
from edu_platform.lib import trace_ids
from tests.support.peers import Script, answering
from tests.support.reports import taking_reports

# A page that fails, asked for with everything that may be secret.
FAILING = """
import django, logging, os, urllib.request
django.setup()
from django.conf import settings
settings.ALLOWED_HOSTS = ["*"]
from schedule.feeds import views as feed
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
def peer() -> Iterator[Script]:
    """A server of others that a page asks."""
    with answering(Script()) as script:
        yield script


@pytest.mark.processes
def test_fault_of_a_page_is_told_without_secrets(peer: Script):
    with taking_reports() as (dsn, events):
        done = fail_at_a_page(dsn, peer)

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


def fail_at_a_page(dsn: str, peer: Script) -> subprocess.CompletedProcess[str]:
    env = {
        "DJANGO_SETTINGS_MODULE": "edu_platform.settings",
        "ENV_FILE": "/dev/null",
        "SECRET_KEY": "s3cr3t-key",
        "DATABASE_URL": "sqlite://:memory:",
        "SENTRY_DSN": dsn,
    }

    return subprocess.run(
        [sys.executable, "-c", FAILING, "s3cr3t-argument"],
        cwd=ROOT,
        env=env | {"PEER": peer.url},
        capture_output=True,
        text=True,
        check=True,
    )


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
