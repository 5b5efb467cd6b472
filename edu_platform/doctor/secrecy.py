"""Keeping secrets out of what the doctor tells: servers repeat what they were given, and libraries what they read."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from django.conf import settings

from edu_platform.lib.text import OMITTED

# Shorter ones stand in ordinary words.
CHARS_AT_LEAST = 4


def without_secrets(text: str) -> str:
    # One may be the beginning of another.
    for secret in sorted(filter(_can_be_told_apart, _secrets()), key=len, reverse=True):
        text = text.replace(secret, OMITTED)
    return text


def _can_be_told_apart(secret: str) -> bool:
    return len(secret) >= CHARS_AT_LEAST


def _secrets() -> Iterator[str]:
    yield settings.SECRET_KEY
    yield settings.LCIC_SECRET_KEY
    yield from settings.LCIC_CALLBACK_KEY
    yield settings.LCIC_VOD_KEY
    yield settings.OIDC_CLIENT_SECRET
    yield from (key["key"] for key in settings.HANDOVER_KEYS.values())
    yield settings.METRICS_TOKEN
    yield settings.EMAIL_HOST_PASSWORD or ""
    yield str(settings.DATABASES["default"].get("PASSWORD") or "")
    password = urlsplit(settings.REDIS_URL).password or ""
    yield password
    yield unquote(password)
    yield str(settings.STORAGES["default"].get("OPTIONS", {}).get("secret_key", ""))
