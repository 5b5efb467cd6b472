"""Large callbacks are read one after the other, and keep neither small ones nor pages waiting."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory

from classroom import callback_body, views
from classroom.callback_body import LARGE_BODY_BYTES, MAX_BODY_BYTES, TooManyLarge, body_of
from classroom.envelope import Envelope, MalformedEnvelope, parse_envelope
from tests.support.callbacks import PATH
from tests.support.threads import all_at_once

SMALL, LARGE = b" " * LARGE_BODY_BYTES, b" " * (LARGE_BODY_BYTES + 1)


class Connection:
    """A connection of the web server, which has a place for a waiting request or not."""

    def __init__(self, *, has_place: bool) -> None:
        self.has_place = has_place
        self.asked = 0

    def takes_place(self) -> bool:
        self.asked += 1
        return self.has_place


class Counted(io.BytesIO):
    bytes_read = 0

    def read(self, *sizes: Any) -> bytes:
        came = super().read(*sizes)
        self.bytes_read += len(came)
        return came


def request_with(
    body: bytes, *, connection: Connection | None = None, is_chunked: bool = False
) -> tuple[WSGIRequest, Counted]:
    stream = Counted(body)
    environ: dict[str, Any] = {"REQUEST_METHOD": "POST", "PATH_INFO": PATH, "wsgi.input": stream}
    length = {"wsgi.input_terminated": True} if is_chunked else {"CONTENT_LENGTH": str(len(body))}
    request = RequestFactory().request(**environ | length)
    if connection is not None:
        request.META["gunicorn.socket"] = connection
    return request, stream


@pytest.fixture(autouse=True)
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note how long it was waited after refused bodies, without waiting."""
    rested: list[float] = []
    monkeypatch.setattr("classroom.callback_body.time.sleep", rested.append)
    return rested


@pytest.mark.parametrize("is_chunked", [False, True])
@pytest.mark.parametrize("body", [b"", SMALL, LARGE, b" " * MAX_BODY_BYTES])
def test_body_is_read_whole(body: bytes, is_chunked: bool):
    request, _stream = request_with(body, is_chunked=is_chunked)

    with body_of(request) as came:
        assert came == body


class Parsing:
    """Takes its time, and notes how many are at it at once."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.now = self.most = 0
        self.may_end = threading.Event()

    def __call__(self, body: bytes) -> Envelope:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.may_end.wait(0.05)
        with self.lock:
            self.now -= 1
        return parse_envelope(body)


@pytest.fixture
def parsing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Parsing]:
    slow = Parsing()
    monkeypatch.setattr(views, "parse_envelope", slow)
    yield slow
    slow.may_end.set()


@pytest.mark.parametrize(("body", "most"), [(LARGE, 1), (SMALL, 6)])
def test_large_ones_are_parsed_one_after_the_other(parsing: Parsing, body: bytes, most: int):
    answers = all_at_once(lambda _: views.receive(request_with(body)[0]).status_code, range(6))

    assert answers == [400] * 6
    assert parsing.most == most


def test_small_one_does_not_wait_for_a_large_one():
    with body_of(request_with(LARGE)[0]), body_of(request_with(SMALL)[0]) as came:
        assert came == SMALL


def test_large_one_waits_for_its_turn_only_so_long(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(callback_body, "TURN_WITHIN_S", 0.01)

    with body_of(request_with(LARGE)[0]):
        answer = views.receive(request_with(LARGE)[0])

    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert json.loads(answer.content) == {
        "error_code": 503,
        "error": "too many large bodies at once",
    }


@pytest.mark.parametrize("is_chunked", [False, True])
def test_large_one_for_whom_no_place_is_left_is_not_read(is_chunked: bool):
    connection = Connection(has_place=False)
    request, stream = request_with(
        b" " * MAX_BODY_BYTES, connection=connection, is_chunked=is_chunked
    )

    with pytest.raises(TooManyLarge), body_of(request):
        pass

    assert stream.bytes_read == (LARGE_BODY_BYTES + 1 if is_chunked else 0)


def test_refusal_of_a_small_one_does_not_wait_when_no_thread_can_be_spared(rests: list[float]):
    request, _stream = request_with(SMALL, connection=Connection(has_place=False))

    with pytest.raises(MalformedEnvelope), body_of(request):
        raise MalformedEnvelope("")

    assert rests == []


def test_small_one_needs_no_place():
    connection = Connection(has_place=False)

    with body_of(request_with(SMALL, connection=connection)[0]):
        assert connection.asked == 0


@pytest.mark.parametrize(
    ("body", "is_refused", "rested"),
    [
        (LARGE, True, [callback_body.REST_S]),
        (LARGE, False, []),
        (SMALL, True, [callback_body.REST_S]),
        (SMALL, False, []),
    ],
)
def test_after_one_that_is_refused_it_is_waited(
    rests: list[float], body: bytes, is_refused: bool, rested: list[float]
):
    with ExitStack() as stack:
        if is_refused:
            stack.enter_context(pytest.raises(MalformedEnvelope))
        with body_of(request_with(body, connection=Connection(has_place=True))[0]):
            if is_refused:
                raise MalformedEnvelope("")

    assert rests == rested
    with body_of(request_with(LARGE)[0]):
        pass
