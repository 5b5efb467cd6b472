"""Things that may not stand in logs: secrets, people by their names, and floods."""

from __future__ import annotations

import logging
import re
import time
from typing import Any
from urllib.parse import unquote

from edu_platform.lib.bounded_log import BoundedLog

logger = logging.getLogger(__name__)

# Slashes also as they stand in the query of another address, or in JSON.
SLASH = r"(?:\\?/|%(?:25)*2F)"
BEGINS_PATH = rf"(?:{SLASH}|(?<![\w-]))"
BEFORE_SECRET = "|".join(
    rf"{SLASH}+".join(way)
    for way in (
        ("courseware", "fetch"),
        ("replays", "shared"),
        ("schedule", "feeds"),
        ("schedule", "now", "wall"),
        ("accounts", "password", "reset", "key"),
        # Addresses of group robots.
        ("open-apis", "bot", "v2", "hook"),
        # These have one step alone: a longer word that ends so is none of them.
        (BEGINS_PATH + "guest",),
        # What mails lead to, before the pages of families.
        (BEGINS_PATH + "family", "confirm"),
        (BEGINS_PATH + "family", "stop"),
        (BEGINS_PATH + "family",),
    )
)
SECRET_ADDRESS = re.compile(
    rf"""((?:{BEFORE_SECRET}){SLASH}+)(?:(?!{SLASH})[^\s"'<>?#&])+""",
    re.IGNORECASE,
)
# By these signs an address may be spelt otherwise than plainly: the platform, or a server before it, may read it so.
ODD_SPELLINGS = ("%", "/.")
WORD = re.compile(r"""[^\s"'<>]+""")
SLASHES = re.compile(r"(?:\\?/)+")
ENCODED_AT_MOST = 5
# What signs somebody in or opens something, by its name: in the query of an address, also where that stands in
# another one, in JSON and in Python. The code of a sign-in elsewhere has a name that much else has, but in a query.
OPENING_NAME = (
    r"(?:ticket|token|password|secret|signature|(?<![a-z])sign|sessionid|webhook/send\?key)"
)
SECRET_VALUE = re.compile(
    rf"""((?:{OPENING_NAME}|(?:[?&]|%(?:25)*(?:3F|26))code)(?:=|%(?:25)*3D))(?:(?!%(?:25)*26)[^\s"'<>?#&])+""",
    re.IGNORECASE,
)
SECRET_FIELD = re.compile(
    rf"""({OPENING_NAME}\\?["']\s*:\s*\\?["'])[^"'\\]+""",
    re.IGNORECASE,
)
# As they stand in a request.
SECRET_HEADER = re.compile(
    r"""(\b(?:authorization|cookie)\\?["']?\s*:\s*(?:\\?["'])?)[^\r\n"'\\]+""",
    re.IGNORECASE,
)
# The password in the address of a database, a broker or a mail server; it may have an @ of its own.
SECRET_LOGIN = re.compile(r"(://[^\s/:@]*:)[^\s/]+(?=@)")
# What is no address of the web, a file or a server of ours is one of a group robot, a secret from its scheme on.
ADDRESS_OF_ROBOT = re.compile(
    r"""(?<![a-z0-9+.-])((?!(?:https?|wss?|file|rediss?|postgres(?:ql)?|sqlite|smtp|s3)\b|\w*mail:)[a-z][a-z0-9+.-]*://)[^\s"'<>]+""",
    re.IGNORECASE,
)
# What PostgreSQL adds to a refusal, in its language: the values of the row, people's names and password hashes among
# them.
ROW_OF_DATABASE = re.compile(r"((?:DETAIL|详细信息|描述):\s+)[^\n]+")
SECRETS = (
    *(SECRET_ADDRESS, SECRET_VALUE, SECRET_FIELD, SECRET_HEADER, SECRET_LOGIN),
    *(ADDRESS_OF_ROBOT, ROW_OF_DATABASE),
)
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
    if any(sign in text for sign in ODD_SPELLINGS):
        text = WORD.sub(_without_oddly_spelt_secret, text)
    for secret in SECRETS:
        text = secret.sub(HIDDEN, text)
    return text


def _without_oddly_spelt_secret(word: re.Match[str]) -> str:
    """Return a word of a text, plainly spelt where only that shows that it holds a secret address."""
    spelt = word.group()
    if not any(sign in spelt for sign in ODD_SPELLINGS):
        return spelt
    as_it_is = _plainly_spelt(SECRET_ADDRESS.sub(HIDDEN, spelt))
    hidden = SECRET_ADDRESS.sub(HIDDEN, _plainly_spelt(spelt))
    return spelt if hidden == as_it_is else hidden


def _plainly_spelt(address: str) -> str:
    """Return an address without characters that stand for others, doubled slashes, and ways to and fro."""
    for _time in range(ENCODED_AT_MOST):
        decoded = unquote(address)
        if decoded == address:
            break
        address = decoded
    steps: list[str] = []
    for step in SLASHES.split(address):
        if step == "..":
            del steps[-1:]
        elif step != ".":
            steps.append(step)
    return "/".join(steps)


def took_ms(request: object) -> int | None:
    """Return how long the request has taken so far; None where the platform did not see it begin."""
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
        # Most refusals' records were made without these: see `_is_of_refusal`.
        record.exc_info = record.exc_text = None
        return self._refusals.admits()


def _is_of_refusal(record: logging.LogRecord) -> bool:
    """Tell whether Django says here that it refused a request: of what fails it says so as an error."""
    return record.name == "django.request" and record.levelno == logging.WARNING


class _Hiding:
    """Makes records as they were made before, and takes the secrets out of their texts, and traces of refusals."""

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
        if _is_of_refusal(record):
            # Anybody may cause many; the trace would be put into words, and thrown away.
            record.exc_info = None
        elif record.exc_info and record.exc_info[0] is not None:
            # Set beforehand, it is what formatters print.
            traceback = logging.Formatter().formatException(record.exc_info)
            hidden = without_secrets(traceback)
            record.exc_text = hidden if hidden != traceback else None
        if record.stack_info:
            record.stack_info = without_secrets(record.stack_info)
        return record
