"""Those who send hold a bounded number of threads, and none of them for ever."""

from __future__ import annotations

import re
from contextlib import ExitStack
from typing import Any

import pytest
from django.test import RequestFactory

from courseware.uploads import bounded_body
from courseware.uploads.bounded_body import BoundedBody, TooManySenders, bounded
from courseware.views import file_responses
from deploy.services.processes import ROOT, procfile_commands
from edu_platform.lib import deadline_worker
from edu_platform.lib.slots import Slots
from replays import exports


@pytest.fixture(autouse=True)
def _own_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_body, "_slots", Slots())


def request_with(body: bytes) -> Any:
    return RequestFactory().generic("PATCH", "/", body)


def send(person_pk: int, total_s: float = 60.0) -> Any:
    return bounded(request_with(b"abc"), person_pk=person_pk, total_s=total_s)


def test_an_eighth_of_the_threads_never_waits_for_slow_peers():
    command = procfile_commands(ROOT / "Procfile")["web"]

    (threads,) = re.findall(r"--threads (\d+)", command)

    clients = (
        file_responses.CLIENTS_AT_MOST
        + file_responses.CLOUD_CLIENTS_AT_MOST
        + exports.EXPORTS_AT_MOST
    )
    slow = bounded_body.SENDERS_AT_MOST + clients + deadline_worker.SLOW_PEERS_AT_MOST
    assert int(threads) * 7 // 8 == slow


def test_places_are_given_once_and_come_free(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bounded_body, "SENDERS_AT_MOST", 2)

    with send(1), send(2), pytest.raises(TooManySenders), send(3):
        pass
    with send(3) as body:
        content = body.read(10)

    assert content == b"abc"


def test_one_person_does_not_take_all_places():
    with ExitStack() as stack:
        for _ in range(bounded_body.SENDERS_A_PERSON):
            stack.enter_context(send(1))

        with pytest.raises(TooManySenders), send(1):
            pass
        with send(2) as body:
            content = body.read(10)

    assert content == b"abc"


def test_body_ends_when_its_time_is_over():
    body = BoundedBody(request_with(b"abcdef"), total_s=60.0)

    before = body.read(3)
    body.end()

    assert (before, body.read(3), body.is_over) == (b"abc", b"", True)
