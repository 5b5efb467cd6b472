"""HTTP requests and responses as plain values, so that only server.py touches sockets."""

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
    """Bytes of a file, from `first` on; they are read while they are sent."""

    path: Path
    first: int
    length_bytes: int


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response; its body is bytes, or part of a file.

    `delay_s` delays it by so many seconds, `drop` closes the connection instead of sending it.
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


def json_response(content: Any, *, status: int = 200) -> Response:
    return Response(status=status, body=json.dumps(content).encode())


def html_response(
    text: str, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    return Response(
        status=status,
        content_type=HTML_TYPE,
        body=text.encode("utf-8", "replace"),
        headers=headers or {},
    )


def redirect(location: str) -> Response:
    return Response(status=303, content_type=HTML_TYPE, headers={"Location": location})
