"""A server that keeps silent, drips or pours keeps nobody for long."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from edu_platform.lib import bounded_http
from edu_platform.lib.bounded_http import BoundedHttp, NoUsableAnswer, taken
from tests.support.stand_in import OneAnswer

SECRET = "ST-a-secret"


@pytest.fixture
def fake() -> Iterator[OneAnswer]:
    with OneAnswer() as running:
        yield running


def ask(fake: OneAnswer) -> bytes:
    return BoundedHttp().ask("GET", fake.url, params={"ticket": SECRET}).body


def test_answer_is_told_as_it_came(fake: OneAnswer):
    fake.status, fake.body = 403, b"\x1f\x8b\x08\x00"
    fake.headers = {"Content-Encoding": "gzip"}

    answer = BoundedHttp().ask("GET", fake.url)

    assert (answer.status, answer.body) == (403, fake.body)


def test_redirects_are_not_followed(fake: OneAnswer):
    fake.status, fake.headers = 302, {"Location": f"{fake.url}/elsewhere"}

    assert BoundedHttp().ask("GET", fake.url).status == 302
    assert len(fake.asked) == 1


def test_nobody_listens():
    with pytest.raises(NoUsableAnswer, match=r"^ConnectionError$"):
        BoundedHttp().ask("GET", "http://127.0.0.1:9/", params={"ticket": SECRET})


def test_silence(fake: OneAnswer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bounded_http, "READ_TIMEOUT_S", 0.05)

    def wait(_handler: BaseHTTPRequestHandler) -> None:
        fake.is_over.wait()

    fake.answer = wait

    with pytest.raises(NoUsableAnswer, match=r"^ReadTimeout$"):
        ask(fake)


@pytest.mark.parametrize("headers", [{}, {"Content-Length": "100000"}])
def test_answer_that_drips(
    fake: OneAnswer, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bounded_http, "ANSWER_WITHIN_S", 0.1)

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        while not fake.is_over.wait(0.005):
            handler.wfile.write(b" ")

    fake.answer = drip

    with pytest.raises(NoUsableAnswer, match="too slow"):
        ask(fake)


def test_answer_without_end(fake: OneAnswer):
    def pour(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not fake.is_over.is_set():
            handler.wfile.write(b"<a>" * 1000)

    fake.answer = pour

    with pytest.raises(NoUsableAnswer, match="too long"):
        ask(fake)


def test_answer_that_breaks_off(fake: OneAnswer):
    fake.body, fake.headers = b"half", {"Content-Length": "100000"}

    with pytest.raises(NoUsableAnswer):
        ask(fake)


def test_server_that_hangs_keeps_few_threads(fake: OneAnswer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bounded_http, "AT_ONCE", 1)
    monkeypatch.setattr(bounded_http, "WAIT_FOR_PLACE_S", 0.01)
    server = BoundedHttp()

    with taken(server._places), pytest.raises(NoUsableAnswer, match="too many"):
        server.ask("GET", fake.url)

    assert fake.asked == []
    assert server.ask("GET", fake.url).status == 200
    assert BoundedHttp().ask("GET", fake.url).status == 200


def test_waiting_holds_no_connection_of_the_database(
    fake: OneAnswer, monkeypatch: pytest.MonkeyPatch
):
    released = threading.Event()
    monkeypatch.setattr(bounded_http, "release_database", released.set)

    ask(fake)

    assert released.is_set()
