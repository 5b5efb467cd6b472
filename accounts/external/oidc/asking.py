"""Requests to the provider: to configured hosts alone, without redirects, bounded in time and size."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from allauth.socialaccount.providers.base.provider import ProviderException
from django.conf import settings

from edu_platform.lib.database import release_database

CONNECT_TIMEOUT_S = 3.0
READ_TIMEOUT_S = 5.0
BODY_WITHIN_S = 5.0
ANSWER_BYTES_AT_MOST = 512 * 1024
PIECE_BYTES = 16 * 1024
# A provider that hangs keeps no more threads of a process than this, and those beyond wait so long.
AT_ONCE = 32
WAIT_FOR_PLACE_S = 2.0

_places = threading.BoundedSemaphore(AT_ONCE)


class SignInFailed(ProviderException):
    """Nobody is signed in; the text is for the log, and holds no secret."""


class ProviderUnavailable(SignInFailed):
    """The provider does not answer, or with nothing that can be used: it may later."""


class NotTrusted(SignInFailed):
    """What was said is not what a provider says to us of somebody whom it has just signed in."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    # Empty when the answer holds no JSON object.
    document: dict[str, Any]


def is_known_place(address: str) -> bool:
    """Whether an address lies at the issuer's origin, or at one that the settings name."""
    return origin_of(address) in {origin_of(settings.OIDC_ISSUER), *settings.OIDC_OTHER_ORIGINS}


def origin_of(address: str) -> str:
    """Scheme, host and port as they stand; a name or password before them makes it another one."""
    scheme, _, rest = address.partition("://")
    netloc = urlsplit(f"//{rest}").netloc
    return f"{scheme}://{netloc}".lower()


def ask(
    method: str,
    address: str,
    *,
    data: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    """Make one request, without holding a connection of the database.

    Raises:
        ProviderUnavailable: no answer in time, a redirect, one that is too large, or a fault there.
        NotTrusted: the address is none of the configured ones.
    """
    if not is_known_place(address):
        raise NotTrusted(f"{origin_of(address)} is neither OIDC_ISSUER's nor in OIDC_OTHER_ORIGINS")
    release_database()
    try:
        with (
            taken(_places),
            requests.request(
                method,
                address,
                data=data,
                headers={"Accept": "application/json", **(headers or {})},
                timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            body = _read(response)
            status = response.status_code
    except (requests.RequestException, ValueError) as err:
        # Without its text, which repeats addresses.
        raise ProviderUnavailable(f"{origin_of(address)}: {type(err).__name__}") from err
    if status >= 500 or status == 429 or 300 <= status < 400:
        raise ProviderUnavailable(f"{origin_of(address)} answers {status}")
    return Answer(status=status, document=_document(body))


@contextmanager
def taken(places: threading.BoundedSemaphore | threading.Lock) -> Iterator[None]:
    """Hold a place for as long as the block lasts.

    Raises:
        ProviderUnavailable: all places are held by those who wait for the provider.
    """
    if not places.acquire(timeout=WAIT_FOR_PLACE_S):
        raise ProviderUnavailable("too many wait for the provider")
    try:
        yield
    finally:
        places.release()


def _read(response: requests.Response) -> bytes:
    deadline = time.monotonic() + BODY_WITHIN_S
    body = bytearray()
    for piece in response.iter_content(PIECE_BYTES):
        body += piece
        if len(body) > ANSWER_BYTES_AT_MOST or time.monotonic() > deadline:
            raise ValueError("an answer without end")
    return bytes(body)


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
