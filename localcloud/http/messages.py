"""HTTP requests and answers as plain values, so that only server.py touches sockets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

# The SDK reads errors only when the type is exactly this: a charset suffix would hide every error.
JSON_TYPE = "application/json"
HTML_TYPE = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; header names are lower-case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def form(self) -> dict[str, str]:
        """Return the fields of a url-encoded form, the last one of each name."""
        return first_values(self.body.decode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class FilePart:
    """Bytes of a file, from `first` on, which are read only while they are sent."""

    path: Path
    first: int
    length_bytes: int


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; its body are bytes, or part of a file.

    `delay_s` holds the answer back that long, `drop` closes the connection in its place.
    """

    status: int = 200
    content_type: str = JSON_TYPE
    body: bytes = b""
    part: FilePart | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0
    drop: bool = False

    @property
    def length_bytes(self) -> int:
        return len(self.body) if self.part is None else self.part.length_bytes


def first_values(encoded: str) -> dict[str, str]:
    fields = parse_qs(encoded, keep_blank_values=True)
    return {name: values[0] for name, values in fields.items()}


def json_answer(content: Any, *, status: int = 200) -> Answer:
    return Answer(status=status, body=json.dumps(content).encode())


def html_answer(
    text: str, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Answer:
    return Answer(
        status=status,
        content_type=HTML_TYPE,
        body=text.encode("utf-8", "replace"),
        headers=headers or {},
    )


def redirect(location: str) -> Answer:
    return Answer(status=303, content_type=HTML_TYPE, headers={"Location": location})
