"""The recordings' files: GET and HEAD /vod/<room>/<video>/f0.mp4, whole or in one range of bytes.

As with the cloud's own addresses, whoever knows one may fetch it.
"""

from __future__ import annotations

import re

from localcloud import recordings
from localcloud.answers import Answer, FilePart, Request, html_answer
from localcloud.cloud import Cloud

PATH = re.compile(r"/vod/([0-9]{1,18})/([0-9]{16})/f0\.mp4")
MP4_TYPE = "video/mp4"
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


def show(cloud: Cloud, request: Request) -> Answer:
    """Answer the file; several ranges at once, or a malformed one, count as none."""
    found = PATH.fullmatch(request.path)
    with cloud.lock:
        recording = recordings.find(cloud, found[2]) if found else None
    if not found or recording is None or recording.room_id != int(found[1]):
        return html_answer("not found", status=404)
    path = recordings.path_of(cloud, recording)
    if recording.state != recordings.READY or not path.is_file():
        return html_answer("not found", status=404)
    size_bytes = path.stat().st_size
    headers = {"Accept-Ranges": "bytes"}
    wanted = _RANGE.fullmatch(request.headers.get("range", "")) if request.method == "GET" else None
    if wanted is None or wanted[0] == "bytes=-":
        part = FilePart(path, 0, size_bytes)
        return Answer(content_type=MP4_TYPE, headers=headers, part=part)
    first, last = _ends(wanted[1], wanted[2], size_bytes)
    if first > last:
        headers["Content-Range"] = f"bytes */{size_bytes}"
        return Answer(status=416, content_type=MP4_TYPE, headers=headers)
    headers["Content-Range"] = f"bytes {first}-{last}/{size_bytes}"
    part = FilePart(path, first, last - first + 1)
    return Answer(status=206, content_type=MP4_TYPE, headers=headers, part=part)


def _ends(first: str, last: str, size_bytes: int) -> tuple[int, int]:
    """Return the first and last byte that are wanted; the first lies after the last when there are none."""
    if not first:
        return max(size_bytes - int(last), 0), size_bytes - 1
    return int(first), min(int(last or size_bytes), size_bytes - 1)
