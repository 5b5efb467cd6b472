"""The body of a callback, read strictly where something hangs on it and leniently elsewhere.

A JSON object with `SdkAppId`, `Timestamp`, `ExpireTime`, `Sign`, `EventType` and `EventData`. LCIC's own
table of these fields was not to be had; its sister products and the answers of GetRoomEvent agree
on the names. Integers may come as digits in text. Unknown fields and unknown types of events are taken.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn

from classroom.enums import EventKind
from edu_platform.lib.database import INT64

MAX_TYPE_CHARS = 128
DOCUMENT_ID = re.compile(r"[!-~]{1,128}")
# Far below Python's own limit, so that later readers of the data never hit it.
MAX_DEPTH = 100
# Anybody may send a mebibyte of brackets, and while it is parsed the process does nothing else. Real events
# have a dozen members; a list of everybody in a large class would still pass.
MAX_CONTAINERS = 2_000
MAX_COMMAS = 5_000
# Reading a number takes time by the square of its length.
LONG_NUMBER_DIGITS = 100
MAX_LONG_NUMBERS = 10
INT64_DIGITS = 19
MEMBER_TYPES = frozenset({"MemberJoin", "MemberQuit"})


class MalformedEnvelope(ValueError):
    """The body is not an event; the text says why, in words of ours alone."""


@dataclass(frozen=True)
class Envelope:
    """One delivery. Type and data are ASCII: escapes stand for all else, lone surrogates too.

    Data and digest are made only when somebody asks for them: most of what strangers send is refused before.
    """

    sdk_app_id: int
    timestamp_s: int
    expire_time_s: int
    signature: str
    event_type: str
    content: Mapping[str, Any]
    room_id: int | None
    # For events about documents only; empty when there is no usable id.
    document_id: str
    kind: EventKind

    @cached_property
    def data(self) -> str:
        return canonical(self.content)

    @cached_property
    def digest(self) -> str:
        """The same for every delivery of one event."""
        told = f'["{self.event_type}",{self.timestamp_s},{self.data}]'
        return hashlib.sha256(told.encode("ascii")).hexdigest()


def parse_envelope(body: bytes) -> Envelope:
    """Read a body.

    Raises:
        MalformedEnvelope: it has not the form of an event.
    """
    fields = _object(_load(body), "the body")
    event_type = _event_type(fields)
    given_data = fields.get("EventData")
    data = {} if given_data is None else _object(given_data, "EventData")
    if _is_too_deep(data):
        raise MalformedEnvelope("the body is nested too deeply")
    room_id = _room_id(data)
    kind = kind_of(event_type, data, room_id)
    return Envelope(
        sdk_app_id=_integer(fields, "SdkAppId"),
        timestamp_s=_integer(fields, "Timestamp"),
        expire_time_s=_integer(fields, "ExpireTime"),
        signature=_text(fields, "Sign"),
        event_type=event_type,
        content=data,
        room_id=room_id,
        document_id=_document_id(data) if kind is EventKind.DOCUMENT else "",
        kind=kind,
    )


def kind_of(event_type: str, data: Mapping[str, Any], room_id: int | None) -> EventKind:
    """Tell what an event is about. Few names are published, so its data tells as well."""
    if event_type in MEMBER_TYPES:
        return EventKind.MEMBER
    if event_type.startswith("Document") or data.get("DocumentId") not in (None, ""):
        return EventKind.DOCUMENT
    return EventKind.OTHER if room_id is None else EventKind.ROOM


def _load(body: bytes) -> object:
    try:
        # Strictly: lone surrogates are taken as escapes alone. Any number of them as bytes would be slow to read.
        text = body.decode(json.detect_encoding(body))
        _check_parts(text)
        numbers = _Numbers()
        return json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_float=numbers.real,
            parse_int=numbers.integer,
        )
    except MalformedEnvelope:
        raise
    except RecursionError as err:
        raise MalformedEnvelope("the body is nested too deeply") from err
    except ValueError as err:  # not JSON, not Unicode, or a number of thousands of digits
        raise MalformedEnvelope("the body is not JSON") from err


def _check_parts(text: str) -> None:
    """Count what makes parsing slow, wherever it stands, within texts too.

    Raises:
        MalformedEnvelope: there is more of it than any event has.
    """
    if text.count(",") > MAX_COMMAS:
        raise MalformedEnvelope("the body has too many parts")
    if text.count("[") + text.count("{") > MAX_CONTAINERS:
        raise MalformedEnvelope("the body is nested too deeply")


class _Numbers:
    """Reads the numbers of one body.

    Raises:
        MalformedEnvelope: too many of them are long, or one is no finite number.
    """

    def __init__(self) -> None:
        self._long_ones_left = MAX_LONG_NUMBERS

    def integer(self, digits: str) -> int:
        self._count_if_long(digits)
        return int(digits)

    def real(self, digits: str) -> float:
        self._count_if_long(digits)
        number = float(digits)
        if not math.isfinite(number):
            raise MalformedEnvelope("a number is too large")
        return number

    def _count_if_long(self, digits: str) -> None:
        if len(digits) > LONG_NUMBER_DIGITS:
            self._long_ones_left -= 1
            if self._long_ones_left < 0:
                raise MalformedEnvelope("the body has too many long numbers")


def _refuse_constant(_name: str) -> NoReturn:
    raise MalformedEnvelope("not a number")


def _is_too_deep(data: dict[str, Any]) -> bool:
    level: list[dict[str, Any] | list[Any]] = [data]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def canonical(value: object) -> str:
    return json.dumps(value, allow_nan=False, sort_keys=True, separators=(",", ":"))


def _object(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MalformedEnvelope(f"{what} is not an object")
    return value


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise MalformedEnvelope(f"{name} is missing or not text")
    return value


def _event_type(fields: Mapping[str, Any]) -> str:
    event_type = _text(fields, "EventType")
    # Escaped it is no shorter.
    escaped = canonical(event_type[: MAX_TYPE_CHARS + 1])[1:-1]
    if not 1 <= len(escaped) <= MAX_TYPE_CHARS:
        raise MalformedEnvelope(f"EventType is empty, or longer than {MAX_TYPE_CHARS} characters")
    return escaped


def _integer(fields: Mapping[str, Any], name: str) -> int:
    number = _as_integer(fields.get(name), name)
    if number is None:
        raise MalformedEnvelope(f"{name} is missing or not an integer")
    return number


def _room_id(data: Mapping[str, Any]) -> int | None:
    """The number of the room. Whatever cannot be one stays in the data and counts as none."""
    number = _as_integer(data.get("RoomId"), "EventData.RoomId")
    return number if number is not None and number > 0 else None


def _document_id(data: Mapping[str, Any]) -> str:
    """The document's id. Whatever cannot be one stays in the data and counts as none."""
    value = data.get("DocumentId")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    is_id = isinstance(value, str) and DOCUMENT_ID.fullmatch(value) is not None
    return str(value) if is_id else ""


def _as_integer(value: object, name: str) -> int | None:
    """An integer, or its digits in text; None for anything else.

    Raises:
        MalformedEnvelope: it does not fit into 64 bits.
    """
    if isinstance(value, str) and value.isascii() and value.isdigit():
        digits = value.lstrip("0") or "0"
        # Very long texts are never made a number of: that is slow, and refused by Python.
        value = int(digits) if len(digits) <= INT64_DIGITS else INT64.stop
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    if value not in INT64:
        raise MalformedEnvelope(f"{name} does not fit into 64 bits")
    return value
