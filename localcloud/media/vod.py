"""The recordings' files: GET and HEAD /vod/<room>/<video>/..., whole or in one range of bytes.

An MP4 is f0.mp4, a play list index.m3u8 with 000.ts and so on beside it, or with v.f230.ts, of which start
and end name the bytes of a piece (as in the vendor's own play lists). As with the cloud's own addresses,
anybody who knows one may fetch it, from any site; with a key set (recording_settings.py), only by a signed
address. The pieces in a signed play list then carry the same signature: assumed, because a player adds none.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlencode

from localcloud.cloud import Cloud
from localcloud.http import file_responses
from localcloud.http.messages import FilePart, Request, Response, html_response
from localcloud.media import hotlinks, recording_videos
from localcloud.state import recording_settings, recordings

PATH = re.compile(r"/vod/([0-9]{1,18})/([0-9]{16})/(f0\.mp4|index\.m3u8|v\.f230\.ts|[0-9]{3}\.ts)")
_BYTE = re.compile(r"[0-9]{1,12}")
MP4_TYPE = "video/mp4"
PLAY_LIST_TYPE = "application/vnd.apple.mpegurl"
_TYPES = {".mp4": MP4_TYPE, ".m3u8": PLAY_LIST_TYPE, ".ts": "video/mp2t"}
_HEADERS = {"Access-Control-Allow-Origin": "*"}


def show(cloud: Cloud, request: Request) -> Response:
    """Send the file of a recording that is ready."""
    with cloud.lock:
        path = _path(cloud, request.path)
        key, now_s = recording_settings.load(cloud).vod_key, cloud.now_s()
    if key and not hotlinks.is_signed(key, request.path, request.query, now_s=now_s):
        return html_response("forbidden", status=403, headers=_HEADERS)
    if path is None or not path.is_file():
        return html_response("not found", status=404, headers=_HEADERS)
    if key and path.suffix == ".m3u8":
        return _signed_list(path, request)
    if path.name == recording_videos.PIECES_NAME and {"start", "end"} <= request.query.keys():
        return _piece(path, request)
    return file_responses.respond(request, path, _TYPES[path.suffix], headers=_HEADERS)


def _path(cloud: Cloud, path: str) -> Path | None:
    found = PATH.fullmatch(path)
    recording = recordings.find(cloud, found[2]) if found else None
    if not found or recording is None or recording.room_id != int(found[1]):
        return None
    if recording.state != recordings.READY or recording.kind not in recordings.FILES:
        return None
    return recordings.path_of(cloud, recording).with_name(found[3])


def _piece(path: Path, request: Request) -> Response:
    """Send the bytes that the query names, both ends included."""
    start, end = request.query["start"], request.query["end"]
    if not _BYTE.fullmatch(start) or not _BYTE.fullmatch(end):
        return html_response("bad request", status=400, headers=_HEADERS)
    first, last = int(start), min(int(end), path.stat().st_size - 1)
    if first > last:
        return html_response("not found", status=404, headers=_HEADERS)
    part = FilePart(path, first, last - first + 1)
    return Response(content_type=_TYPES[path.suffix], headers=_HEADERS, part=part)


def _signed_list(path: Path, request: Request) -> Response:
    query = urlencode(dict(request.query))
    signed = [
        line if line.startswith("#") or not line else f"{line}{'&' if '?' in line else '?'}{query}"
        for line in path.read_text().splitlines()
    ]
    body = "\n".join([*signed, ""]).encode()
    return Response(content_type=PLAY_LIST_TYPE, headers=_HEADERS, body=body)
