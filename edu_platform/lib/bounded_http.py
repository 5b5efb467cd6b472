"""Requests to servers of others, such as the school's sign-in: without redirects, bounded in time and size, few at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from edu_platform.lib.database import release_database

CONNECT_TIMEOUT_S = 3.0
READ_TIMEOUT_S = 5.0  # between two pieces of an answer
ANSWER_WITHIN_S = 8.0  # all of it
ANSWER_BYTES_AT_MOST = 512 * 1024
PIECE_BYTES = 16 * 1024
# A server that hangs keeps no more threads of a process than this; those beyond wait this long.
AT_ONCE = 32
WAIT_FOR_PLACE_S = 2.0


class NoUsableAnswer(Exception):
    """The server is silent or fails, or its answer cannot be used; the text repeats nothing of either."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)  # of any casing


class BoundedHttp:
    """The way to ask one server; each has places of its own."""

    def __init__(self) -> None:
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def ask(
        self,
        method: str,
        address: str,
        *,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> Answer:
        """Make one request, without holding a connection of the database.

        Raises:
            NoUsableAnswer: none in time, one that is too large, or no place is free.
        """
        release_database()
        ends_at = time.monotonic() + ANSWER_WITHIN_S
        opened = _opened(method, address, params=params, data=data, headers=headers, auth=auth)
        try:
            with taken(self._places), opened as response:
                return Answer(response.status_code, _read(response, ends_at), response.headers)
        except (requests.RequestException, HTTPError, ValueError) as err:
            # Without its text, which repeats the address.
            raise NoUsableAnswer(type(err).__name__) from None


@contextmanager
def _opened(
    method: str,
    address: str,
    *,
    headers: Mapping[str, str] | None,
    **sent: Any,
) -> Iterator[requests.Response]:
    with requests.request(
        method,
        address,
        **sent,
        # Not compressed: what little comes may not grow.
        headers={**(headers or {}), "Accept-Encoding": "identity"},
        timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
        allow_redirects=False,
        stream=True,
    ) as response:
        yield response


def _read(response: requests.Response, ends_at: float) -> bytes:
    body = bytearray()
    # What has come by now, and not decompressed: waiting for whole pieces, a server that drips has no end.
    while piece := response.raw.read1(PIECE_BYTES, decode_content=False):
        body += piece
        if len(body) > ANSWER_BYTES_AT_MOST:
            raise NoUsableAnswer("too long an answer")
        if time.monotonic() > ends_at:
            raise NoUsableAnswer("too slow an answer")
    return bytes(body)


@contextmanager
def taken(places: threading.BoundedSemaphore | threading.Lock) -> Iterator[None]:
    """Hold a place while the block lasts.

    Raises:
        NoUsableAnswer: all are held by those who wait for the server.
    """
    if not places.acquire(timeout=WAIT_FOR_PLACE_S):
        raise NoUsableAnswer("too many wait for it")
    try:
        yield
    finally:
        places.release()
