"""Typed readers of the environment.

Each reader raises `ImproperlyConfigured` with the variable's name and the accepted form, so that a
wrong value stops the start instead of being guessed at. The real environment wins over `.env`.
"""

from __future__ import annotations

import json
import os
import re
import zoneinfo
from ipaddress import ip_address
from pathlib import Path
from typing import Any, cast
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import environ
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.core.exceptions import ImproperlyConfigured

from edu_platform.lib.apprise_plugins import speaks_http

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
HOST = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*(:[0-9]{1,5})?|\[[0-9a-f:]+\](:[0-9]{1,5})?")
FALSE_WORDS = frozenset({"0", "false", "no", "off"})


# Every name that was asked for, set or not.
read_names: set[str] = set()


def read_dotenv(path: Path) -> None:
    """Add the variables of a `.env` file that the real environment does not have."""
    if path.is_file():
        environ.Env.read_env(path, overwrite=False)


def dotenv_path() -> Path:
    """Tests and the demo name no file, so that nobody's real cloud is theirs."""
    return Path(os.environ.get("ENV_FILE", Path(__file__).resolve().parent.parent / ".env"))


def _refuse(name: str, accepted: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name}: not a value that can be used here. Accepted: {accepted}")


def text(name: str, default: str = "") -> str:
    """The value without blanks around it; one that is empty counts as not set."""
    read_names.add(name)
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


def secret(name: str, *, shortest: int) -> str:
    """A secret that somebody sends in a header, never repeated in a refusal; empty when not set."""
    value = text(name)
    if value and not re.fullmatch(rf"[!-~]{{{shortest},}}", value):
        raise _refuse(
            name, f"at least {shortest} letters, digits and signs of ASCII, without blanks"
        )
    return value


def sentry_dsn(name: str) -> str:
    """The address at which Sentry takes errors, never repeated in a refusal; empty when not set."""
    value = text(name)
    try:
        parts = urlsplit(value)
        is_whole = parts.scheme in {"http", "https"} and bool(parts.username and parts.hostname)
        has_project = parts.path.rpartition("/")[2].isdecimal() and parts.port != 0
    except ValueError:
        is_whole = has_project = False
    if value and not (is_whole and has_project):
        raise _refuse(name, "https://key@host/number, as Sentry's project shows it")
    return value


def letters_and_digits(name: str, *, shortest: int, longest: int, is_needed: bool) -> str:
    """A secret of letters and digits, which is never repeated in a refusal; empty when not needed."""
    accepted = f"{shortest} to {longest} letters (a to z, A to Z) and digits"
    secret = required_text(name, accepted) if is_needed else text(name)
    if secret and not re.fullmatch(rf"[A-Za-z0-9]{{{shortest},{longest}}}", secret):
        raise _refuse(name, accepted)
    return secret


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


LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def issuer(name: str) -> str:
    """The issuer of OpenID Connect as it stands, since tokens name it letter for letter; or nothing.

    In the clear only from this machine: who stands between would say who comes.
    """
    value = text(name)
    if not value:
        return ""
    url(name, "")
    parts = urlsplit(value)
    is_safe = parts.scheme == "https" or parts.hostname in LOOPBACK
    if not is_safe or "@" in parts.netloc or "?" in value or "#" in value:
        raise _refuse(
            name, "https://host[:port][/path], letter for letter as the provider names itself"
        )
    return value


def cas_server(name: str) -> str:
    """The address of a CAS server without a trailing slash, or nothing; in the clear only from this machine."""
    value = url(name, "") if text(name) else ""
    parts = urlsplit(value)
    is_safe = parts.scheme == "https" or parts.hostname in LOOPBACK
    if value and (not is_safe or "@" in parts.netloc or "?" in value or "#" in value):
        raise _refuse(name, "https://host[:port][/path], below which /login lies")
    return value


def origins(name: str) -> list[str]:
    """Comma-separated origins: `https://host[:port]`."""
    named = [word.lower() for word in words(name)]
    for origin in named:
        scheme, _, host = origin.partition("://")
        if scheme != "https" or not HOST.fullmatch(host) or host.startswith("*"):
            raise _refuse(name, "https://host[:port], comma-separated")
    return named


def require_together(*names: str) -> None:
    """Refuse some of several variables without the others."""
    missing = [name for name in names if not text(name)]
    if missing and len(missing) < len(names):
        given = next(name for name in names if text(name))
        raise ImproperlyConfigured(
            f"{missing[0]} is not set, but {given} is. Accepted: {', '.join(names)} together, or none of them"
        )


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


HANDOVER_FORM = (
    '{"<key id>": {"alg": "HS256" or "RS256", "key": "a secret of at least 32 bytes, or a public key in PEM '
    'of at least 2048 bits", "iss": "who signs, in at most 255 characters"}}'
)
# RFC 7518: a key for HS256 is as long as its hash (3.2), one for RS256 has so many bits (3.3).
HS256_KEY_BYTES_AT_LEAST = 32
RS256_KEY_BITS_AT_LEAST = 2048
ISSUER_CHARS_AT_MOST = 255


def handover_keys(name: str) -> dict[str, dict[str, str]]:
    """The keys of hand-over tickets by key id, each for one algorithm; a refusal repeats none of them."""
    refusal = _refuse(name, HANDOVER_FORM)
    try:
        keys = json.loads(text(name, "{}"))
    except ValueError as err:
        raise refusal from err
    if not isinstance(keys, dict) or not all(_is_handover_key(key) for key in keys.values()):
        raise refusal
    return keys


def _is_handover_key(key: object) -> bool:
    if not isinstance(key, dict) or set(key) != {"alg", "key", "iss"}:
        return False
    if not all(isinstance(value, str) and value for value in key.values()):
        return False
    if len(key["iss"]) > ISSUER_CHARS_AT_MOST:
        return False
    secret = key["key"].encode("utf-8", "replace")
    if key["alg"] == "HS256":
        # A public key is no secret, whatever its length.
        return b"-----BEGIN " not in secret and len(secret) >= HS256_KEY_BYTES_AT_LEAST
    return key["alg"] == "RS256" and _is_public_rsa_key(secret)


def _is_public_rsa_key(pem: bytes) -> bool:
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        return False
    return isinstance(key, RSAPublicKey) and key.key_size >= RS256_KEY_BITS_AT_LEAST


DISK = {"BACKEND": "edu_platform.lib.disk_storage.WholeFileStorage"}
STORAGE_FORM = "s3://KEY:SECRET@HOST[:PORT]/BUCKET?region=R&tls=0|1, or nothing for the disk"
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def storage(name: str) -> dict[str, Any]:
    """Django's settings of the storage for files: an S3 (COS, MinIO), or the disk when nothing is set."""
    raw = text(name)
    if not raw:
        return dict(DISK)
    try:
        parts = urlsplit(raw)
        has_port = parts.port is None or parts.port > 0
        query = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError as err:
        raise _refuse(name, STORAGE_FORM) from err
    bucket, tls = parts.path.removeprefix("/"), query.get("tls", ["1"])
    is_complete = parts.scheme == "s3" and parts.hostname and parts.username and parts.password
    is_known = query.keys() <= {"region", "tls"} and tls in (["0"], ["1"])
    if not (is_complete and has_port and is_known and BUCKET.fullmatch(bucket)):
        raise _refuse(name, STORAGE_FORM)
    return _s3(parts, bucket=bucket, region=query.get("region", [""])[0], tls=tls == ["1"])


def _s3(parts: SplitResult, *, bucket: str, region: str, tls: bool) -> dict[str, Any]:
    host = parts.netloc.rpartition("@")[2]
    options = {
        "access_key": unquote(parts.username or ""),
        "secret_key": unquote(parts.password or ""),
        "bucket_name": bucket,
        "endpoint_url": f"{'https' if tls else 'http'}://{host}",
        "region_name": region or "us-east-1",
        "addressing_style": "path" if _is_bare(parts) else "virtual",
        "file_overwrite": False,
    }
    return {"BACKEND": "edu_platform.lib.s3_storage.ObjectStorage", "OPTIONS": options}


def _is_bare(parts: SplitResult) -> bool:
    """Tell whether no name of a bucket can stand before the host: an address, a port, or a short name."""
    host = parts.hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return parts.port is not None or "." not in host
    return True


NOTIFY_FORM = (
    "schemas of apprise that speak HTTP, comma-separated, such as wecombot, dingtalk, feishu"
)


def notify_schemas(name: str, default: str) -> list[str]:
    """Return where messages to groups may go: comma-separated schemas of apprise, of the services that speak HTTP."""
    named = [word.lower() for word in words(name, default)]
    if not named or not all(speaks_http(schema) for schema in named):
        raise _refuse(name, NOTIFY_FORM)
    return named


def origin_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
