"""Answers with a file: whole, or one range of its bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from localcloud.http.messages import Answer, FilePart, Request

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


def answer(
    request: Request, path: Path, content_type: str, *, headers: Mapping[str, str] | None = None
) -> Answer:
    """Answer a file that is there; several ranges at once, or a malformed one, count as none."""
    size_bytes = path.stat().st_size
    sent = {"Accept-Ranges": "bytes", **(headers or {})}
    wanted = _RANGE.fullmatch(request.headers.get("range", "")) if request.method == "GET" else None
    if wanted is None or wanted[0] == "bytes=-":
        part = FilePart(path, 0, size_bytes)
        return Answer(content_type=content_type, headers=sent, part=part)
    first, last = _ends(wanted[1], wanted[2], size_bytes)
    if first > last:
        sent["Content-Range"] = f"bytes */{size_bytes}"
        return Answer(status=416, content_type=content_type, headers=sent)
    sent["Content-Range"] = f"bytes {first}-{last}/{size_bytes}"
    part = FilePart(path, first, last - first + 1)
    return Answer(status=206, content_type=content_type, headers=sent, part=part)


def _ends(first: str, last: str, size_bytes: int) -> tuple[int, int]:
    """Return the first and last byte that are wanted; the first lies after the last when there are none."""
    if not first:
        return max(size_bytes - int(last), 0), size_bytes - 1
    return int(first), min(int(last or size_bytes), size_bytes - 1)
