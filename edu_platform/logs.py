"""What may not stand in logs: addresses that open a file, a replay or an account to anyone who has them; and floods."""

from __future__ import annotations

import logging
import re
import time
from typing import Any

from edu_platform.lib.bounded_log import BoundedLog

logger = logging.getLogger(__name__)

# Slashes also as they stand in the query of another address, or in JSON.
SLASH = r"(?:\\?/|%(?:25)*2F)"
BEFORE_SECRET = "|".join(
    rf"{SLASH}+".join(way)
    for way in (
        ("courseware", "fetch"),
        ("replays", "shared"),
        ("schedule", "feeds"),
        ("accounts", "password", "reset", "key"),
        # Addresses of group robots.
        ("open-apis", "bot", "v2", "hook"),
    )
)
SECRET_ADDRESS = re.compile(
    rf"""((?:{BEFORE_SECRET}){SLASH}+)(?:(?!{SLASH})[^\s"'<>?#&])+""",
    re.IGNORECASE,
)
# What signs a person in, into the platform or into a class, in the query of the address that they come to; and what
# a group robot is asked by.
SECRET_VALUE = re.compile(
    r"""((?:ticket|token|webhook/send\?key)(?:=|%(?:25)*3D))(?:(?!%(?:25)*26)[^\s"'<>?#&])+""",
    re.IGNORECASE,
)
# The password in the address of a database, a broker or a mail server.
SECRET_LOGIN = re.compile(r"(://[^\s/:@]*:)[^\s/@]+(?=@)")
HIDDEN = r"\1***"
# More lines a minute about what anybody may cause are left out, in each process, and counted.
OUTSIDERS_LINES_A_MINUTE = 300


def install_redaction() -> None:
    """Redact every log record of this process, from any logger and for any handler.

    A filter would have to be on each handler: the web server and the workers have some of their own.
    """
    make = logging.getLogRecordFactory()
    if not isinstance(make, _Hiding):
        logging.setLogRecordFactory(_Hiding(make))


def without_secrets(text: str) -> str:
    for secret in (SECRET_ADDRESS, SECRET_VALUE, SECRET_LOGIN):
        text = secret.sub(HIDDEN, text)
    return text


def took_ms(request: object) -> int | None:
    """How long the request has taken so far; None where the platform did not see it begin."""
    began_s: float | None = getattr(request, "began_s", None)
    return None if began_s is None else round((time.monotonic() - began_s) * 1000)


class RefusalsWithoutTraces(logging.Filter):
    """Takes the trace from the line about a request that was refused: it is no fault, and anybody may cause it.

    Therefore it also leaves lines out when there are very many.
    """

    def __init__(self) -> None:
        super().__init__()
        self._refusals = BoundedLog(logger, "refused requests", OUTSIDERS_LINES_A_MINUTE)

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(("django.request", "django.security")):
            return True
        request = getattr(record, "request", None)
        if request is not None:
            request.has_line = True
        if not 400 <= getattr(record, "status_code", 500) < 500:
            return True
        record.exc_info = record.exc_text = None
        return self._refusals.admits()


class _Hiding:
    """Makes records as they were made before, and takes the secrets out of their texts."""

    def __init__(self, make: Any) -> None:
        self._make = make

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record: logging.LogRecord = self._make(*args, **kwargs)
        try:
            said = record.getMessage()
        except Exception:  # noqa: BLE001 -- nobody fails over what they log: its handler says what is wrong
            return record
        hidden = without_secrets(said)
        if hidden != said:
            record.msg, record.args = hidden, ()
        if record.exc_info and record.exc_info[0] is not None:
            # Set beforehand, it is what formatters print.
            traceback = logging.Formatter().formatException(record.exc_info)
            hidden = without_secrets(traceback)
            record.exc_text = hidden if hidden != traceback else None
        if record.stack_info:
            record.stack_info = without_secrets(record.stack_info)
        return record
