"""Responses with a file: whole, or one range of its bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from localcloud.http.messages import FilePart, Request, Response

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


def respond(
    request: Request, path: Path, content_type: str, *, headers: Mapping[str, str] | None = None
) -> Response:
    """Send an existing file; several ranges at once, or a malformed one, are ignored."""
    size_bytes = path.stat().st_size
    sent = {"Accept-Ranges": "bytes", **(headers or {})}
    wanted = _RANGE.fullmatch(request.headers.get("range", "")) if request.method == "GET" else None
    if wanted is None or wanted[0] == "bytes=-":
        part = FilePart(path, 0, size_bytes)
        return Response(content_type=content_type, headers=sent, part=part)
    first, last = _ends(wanted[1], wanted[2], size_bytes)
    if first > last:
        sent["Content-Range"] = f"bytes */{size_bytes}"
        return Response(status=416, content_type=content_type, headers=sent)
    sent["Content-Range"] = f"bytes {first}-{last}/{size_bytes}"
    part = FilePart(path, first, last - first + 1)
    return Response(status=206, content_type=content_type, headers=sent, part=part)


def _ends(first: str, last: str, size_bytes: int) -> tuple[int, int]:
    """Return the first and last byte of a range; the first lies after the last when the range is empty."""
    if not first:
        return max(size_bytes - int(last), 0), size_bytes - 1
    return int(first), min(int(last or size_bytes), size_bytes - 1)
