"""Requests to the provider: to configured origins alone, and what may have come of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from allauth.socialaccount.providers.base.provider import ProviderException
from django.conf import settings

from edu_platform.lib.bounded_http import BoundedHttp, NoUsableAnswer

_server = BoundedHttp()


class SignInFailed(ProviderException):
    """Nobody is signed in; the text is for the log, and holds no secret."""


class ProviderUnavailable(SignInFailed):
    """The provider does not answer, or with nothing that can be used: it may later."""


class NotTrusted(SignInFailed):
    """An answer that is not what a provider says to us of somebody whom it has just signed in."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    # Empty when the answer holds no JSON object.
    document: dict[str, Any]


def is_known_place(address: str) -> bool:
    """Tell whether an address lies at the issuer's origin, or at one that the settings name."""
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
    """Make one request, without holding a connection of the database, and read the answer as JSON.

    Raises:
        ProviderUnavailable: no answer in time, a redirect, one that is too large, or a fault there.
        NotTrusted: the address is none of the configured ones.
    """
    if not is_known_place(address):
        raise NotTrusted(f"{origin_of(address)} is neither OIDC_ISSUER's nor in OIDC_OTHER_ORIGINS")
    with telling_of(address):
        answer = _server.ask(
            method, address, data=data, headers={"Accept": "application/json", **(headers or {})}
        )
    is_fault = answer.status >= 500 or answer.status == HTTPStatus.TOO_MANY_REQUESTS
    if is_fault or 300 <= answer.status < 400:
        raise ProviderUnavailable(f"{origin_of(address)} answers {answer.status}")
    return Answer(status=answer.status, document=_document(answer.body))


@contextmanager
def telling_of(address: str) -> Iterator[None]:
    """Say of whom there is no usable answer.

    Raises:
        ProviderUnavailable: there is none.
    """
    try:
        yield
    except NoUsableAnswer as err:
        raise ProviderUnavailable(f"{origin_of(address)}: {err}") from None


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
