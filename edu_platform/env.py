"""Typed readers of the environment.

Each reader raises `ImproperlyConfigured` with the variable's name and the accepted form, so that a
wrong value stops the start instead of being guessed at. The real environment wins over `.env`.
"""

from __future__ import annotations

import re
import zoneinfo
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
HOST = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*(:[0-9]{1,5})?|\[[0-9a-f:]+\](:[0-9]{1,5})?")
FALSE_WORDS = frozenset({"0", "false", "no", "off"})


def read_dotenv(path: Path) -> None:
    """Add the variables of a `.env` file that the real environment does not have."""
    if path.is_file():
        environ.Env.read_env(path, overwrite=False)


def _refuse(name: str, accepted: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name}: not a value that can be used here. Accepted: {accepted}")


def text(name: str, default: str = "") -> str:
    """The value without blanks around it; one that is empty counts as not set."""
    # Read as it stands: the reader of django-environ would take `$word` for another variable's name.
    return str(environ.Env.ENVIRON.get(name, "")).strip() or default


def required_text(name: str, accepted: str) -> str:
    value = text(name)
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. Accepted: {accepted}")
    return value


def boolean(name: str, *, default: bool) -> bool:
    raw = text(name, "true" if default else "false").lower()
    if raw in TRUE_WORDS:
        return True
    if raw in FALSE_WORDS:
        return False
    raise _refuse(name, "true or false")


def integer(name: str, default: int, *, minimum: int, maximum: int) -> int:
    raw = text(name, str(default))
    if not re.fullmatch(r"-?[0-9]{1,20}", raw) or not minimum <= int(raw) <= maximum:
        raise _refuse(name, f"a whole number from {minimum} to {maximum}")
    return int(raw)


def words(name: str, default: str = "") -> list[str]:
    """Comma-separated words, blanks dropped."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def hosts(name: str, default: str) -> list[str]:
    """Comma-separated hosts: `host`, `host:port`, or `*.host` for all that is below it."""
    named = [word.lower() for word in words(name, default)]
    if not all(HOST.fullmatch(word) for word in named):
        raise _refuse(name, "host, host:port or *.host, comma-separated")
    return named


def secret_words(name: str) -> list[str]:
    """Comma-separated secrets, which are never repeated in a refusal."""
    secrets = words(name)
    try:
        ",".join(secrets).encode()
    except UnicodeEncodeError as err:
        raise _refuse(name, "text in UTF-8, comma-separated") from err
    return secrets


def url(name: str, default: str, *, schemes: tuple[str, ...] = ("https", "http")) -> str:
    """An absolute address without a trailing slash."""
    raw = text(name, default)
    accepted = " or ".join(f"{scheme}://host[:port][/path]" for scheme in schemes)
    try:
        parts = urlsplit(raw)
        has_host = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError as err:
        raise _refuse(name, accepted) from err
    if parts.scheme not in schemes or not has_host:
        raise _refuse(name, accepted)
    return raw.rstrip("/")


def choice(name: str, default: str, accepted: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in accepted:
        raise _refuse(name, ", ".join(accepted))
    return value


def time_zone(name: str, default: str) -> str:
    value = text(name, default)
    if value not in zoneinfo.available_timezones():
        raise _refuse(name, "a name such as Asia/Shanghai")
    return value


def database(name: str, default: str) -> dict[str, Any]:
    """Django's settings of one database: SQLite or PostgreSQL."""
    accepted = "sqlite:///path/to/file or postgres://user:password@host:port/name"
    try:
        config = cast("dict[str, Any]", environ.Env.db_url_config(text(name, default)))
    except (ValueError, ImproperlyConfigured) as err:
        raise _refuse(name, accepted) from err
    engine = str(config.get("ENGINE", "")).rsplit(".", 1)[-1]
    if engine not in {"sqlite3", "postgresql"} or not config["NAME"]:
        raise _refuse(name, accepted)
    return config


def email(name: str, default: str) -> dict[str, Any]:
    """Django's EMAIL_* settings."""
    try:
        return cast("dict[str, Any]", environ.Env.email_url_config(text(name, default)))
    except (ValueError, KeyError, ImproperlyConfigured) as err:
        raise _refuse(name, "consolemail:// or smtp+tls://user:password@host:587") from err
