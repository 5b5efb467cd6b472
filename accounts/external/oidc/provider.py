"""The provider's addresses and keys, as it names them itself; kept a short time in the process."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from accounts.external.oidc.asking import (
    NotTrusted,
    ProviderUnavailable,
    ask,
    is_known_place,
    origin_of,
    telling_of,
)
from edu_platform.lib.bounded_http import taken
from edu_platform.lib.database import release_database

PROVIDER_ID = "school"
WELL_KNOWN = "/.well-known/openid-configuration"
KEPT_S = 600
# A token signed by a key that we do not know makes us ask again, but nobody can make us ask all the time.
ASKED_AGAIN_AFTER_S = 30
# While the provider is down, people learn it at once.
PAUSE_AFTER_FAILURE_S = 5


@dataclass(frozen=True, slots=True)
class Addresses:
    """The provider's discovery document, as far as we need it; optional addresses are empty."""

    authorization: str
    token: str
    keys: str
    userinfo: str
    sign_out: str
    takes_secret_in_body: bool
    # RFC 9207: whether each answer by way of the browser names its issuer.
    names_issuer_in_answers: bool


def addresses() -> Addresses:
    """The addresses of the configured issuer.

    Raises:
        ProviderUnavailable: it does not say.
        NotTrusted: it speaks for another issuer, or leads to an origin that is not configured.
    """
    document = _documents.read(settings.OIDC_ISSUER.rstrip("/") + WELL_KNOWN, max_age_s=KEPT_S)
    if document.get("issuer") != settings.OIDC_ISSUER:
        raise NotTrusted("the discovery document names another issuer than OIDC_ISSUER")
    return Addresses(
        authorization=_address(document, "authorization_endpoint"),
        token=_address(document, "token_endpoint"),
        keys=_address(document, "jwks_uri"),
        userinfo=_address(document, "userinfo_endpoint", is_needed=False),
        sign_out=_address(document, "end_session_endpoint", is_needed=False),
        takes_secret_in_body=_takes_secret_in_body(document),
        names_issuer_in_answers=document.get("authorization_response_iss_parameter_supported")
        is True,
    )


def _address(document: dict[str, Any], name: str, *, is_needed: bool = True) -> str:
    address = document.get(name)
    if address is None and not is_needed:
        return ""
    if not isinstance(address, str) or not address:
        raise ProviderUnavailable(f"the discovery document has no {name}")
    if not is_known_place(address):
        raise NotTrusted(
            f"{name} lies at {origin_of(address)}: add it to OIDC_OTHER_ORIGINS if it is the provider's"
        )
    return address


def _takes_secret_in_body(document: dict[str, Any]) -> bool:
    # Without a list, only the other way is sure (OpenID Connect Discovery 1.0, section 3).
    methods = document.get("token_endpoint_auth_methods_supported")
    return isinstance(methods, list) and "client_secret_basic" not in methods


def keys(*, max_age_s: float = KEPT_S) -> list[dict[str, Any]]:
    """The provider's public keys, none older than this.

    Raises: as `addresses`.
    """
    listed = _documents.read(addresses().keys, max_age_s=max_age_s).get("keys")
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


@dataclass(slots=True)
class _Documents:
    """Documents by address; one thread fetches, and the others wait for what it gets."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    kept: dict[str, tuple[float, dict[str, Any]]] = field(default_factory=dict)
    failed_at: dict[str, float] = field(default_factory=dict)

    def read(self, address: str, *, max_age_s: float) -> dict[str, Any]:
        document = self._fresh(address, max_age_s)
        if document is not None:
            return document
        release_database()
        with telling_of(address), taken(self.lock):
            return self._fresh(address, max_age_s) or self._fetch(address)

    def _fresh(self, address: str, max_age_s: float) -> dict[str, Any] | None:
        at, document = self.kept.get(address, (0.0, None))
        return document if document and time.monotonic() - at < max_age_s else None

    def _fetch(self, address: str) -> dict[str, Any]:
        failed_at = self.failed_at.get(address)
        if failed_at is not None and time.monotonic() - failed_at < PAUSE_AFTER_FAILURE_S:
            raise ProviderUnavailable(f"{origin_of(address)} did not answer a moment ago")
        try:
            document = _document_at(address)
        except ProviderUnavailable:
            self.failed_at[address] = time.monotonic()
            raise
        self.kept[address] = (time.monotonic(), document)
        return document


def _document_at(address: str) -> dict[str, Any]:
    answer = ask("GET", address)
    if answer.status != 200 or not answer.document:
        raise ProviderUnavailable(f"{origin_of(address)} answers {answer.status}, and no document")
    return answer.document


_documents = _Documents()
