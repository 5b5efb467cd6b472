"""Reading the bodies of callbacks, large ones one after the other.

No known event comes near a large body, but anybody may send them: read and parsed by many threads at
once they would keep every page waiting. Small ones, which are what the cloud sends, never wait.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.http import HttpRequest

from classroom.envelope import MalformedEnvelope
from edu_platform.lib.formatting import MIB

MAX_BODY_BYTES = MIB
LARGE_BODY_BYTES = 64 * 1024
# How long a large body waits for its turn in this process.
TURN_WITHIN_S = 10.0
# After one that was refused the next one waits: most of the time is for those who do not flood us.
# A small one that was refused delays its answer as long, while a thread can be spared.
REST_S = 0.1

_turns = threading.Semaphore(1)


class BodyTooLarge(Exception):
    """More than any event needs; what lies beyond the limit was not read."""


class TooManyLarge(Exception):
    """So many large bodies are here already that this one cannot wait as well."""


@contextmanager
def body_of(request: HttpRequest) -> Iterator[bytes]:
    """Give the body's bytes; never more of them than show that it is too large.

    The block is for parsing and checking: for a large body it is entered by one request at a time, and
    ending it by an exception makes the next one wait, and for a small one the sender.

    Raises:
        BodyTooLarge: it says so itself, or turns out to be.
        TooManyLarge: it is large, and too many others are.
        MalformedEnvelope: it broke off.
    """
    body = _read(request)
    with ExitStack() as held:
        is_large = len(body) > LARGE_BODY_BYTES
        if is_large:
            held.enter_context(_turn())
        is_good = False
        try:
            yield body
            is_good = True
        finally:
            if not is_good and (is_large or _takes_place(request)):
                time.sleep(REST_S)


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=TURN_WITHIN_S):
        raise TooManyLarge
    try:
        yield
    finally:
        _turns.release()


def _read(request: HttpRequest) -> bytes:
    declared = request.META.get("CONTENT_LENGTH") or ""
    if _bytes_of(declared) > MAX_BODY_BYTES:
        raise BodyTooLarge
    if _bytes_of(declared) > LARGE_BODY_BYTES:
        _claim_wait(request)
    # A body sent in chunks has no length, and Django would take it for empty.
    is_chunked = not declared and request.META.get("wsgi.input_terminated")
    stream = request.META["wsgi.input"] if is_chunked else request
    try:
        body: bytes = stream.read(LARGE_BODY_BYTES + 1)
        if len(body) > LARGE_BODY_BYTES:
            _claim_wait(request)
            body += stream.read(MAX_BODY_BYTES + 1 - len(body))
    except OSError as err:
        raise MalformedEnvelope("the body broke off") from err
    if len(body) > MAX_BODY_BYTES:
        raise BodyTooLarge
    return body


def _bytes_of(declared: str) -> int:
    try:
        return int(declared or 0)
    except ValueError:
        return 0


def _claim_wait(request: HttpRequest) -> None:
    if _takes_place(request) is False:
        raise TooManyLarge


def _takes_place(request: HttpRequest) -> bool | None:
    """Make this request one of the few that may keep a thread waiting; None where no server counts them."""
    connection = request.META.get("gunicorn.socket")
    takes_place = getattr(connection, "takes_place", None)
    return None if takes_place is None else bool(takes_place())
