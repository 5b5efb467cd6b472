"""The cloud's own player of signalling replays: GET /playback/index.html?classid&token[&title][&report].

The real one rebuilds the class from its signals; here a small video replaces it, which is no file of the API:
it has an address of its own and needs the same token. With `report=true` the page says that it keeps a record;
none is kept here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlencode

from localcloud import templating
from localcloud.cloud import Cloud
from localcloud.http import file_responses
from localcloud.http.messages import Request, Response, html_response
from localcloud.media.vod import MP4_TYPE
from localcloud.state import recordings, rooms, tokens
from localcloud.state.recordings import Recording

MEDIA_PATH = "/playback/class.mp4"


def show(cloud: Cloud, request: Request) -> Response:
    with cloud.lock:
        status, playback = _opened(cloud, request.query)
        title = _title(cloud, request.query, playback)
    if playback is None:
        return templating.page("playback/refused.html", status=status, framed_by="*", reason=status)
    query = {name: request.query[name] for name in ("classid", "token")}
    return templating.page(
        "playback/player.html",
        sources="media-src 'self'; ",
        framed_by="*",
        title=title,
        playback=playback,
        keeps_record=request.query.get("report") == "true",
        media_url=f"{MEDIA_PATH}?{urlencode(query)}",
    )


def show_media(cloud: Cloud, request: Request) -> Response:
    with cloud.lock:
        status, playback = _opened(cloud, request.query)
        path = recordings.path_of(cloud, playback) if playback is not None else None
    if path is None or not path.is_file():
        return html_response("no replay", status=status if path is None else 404)
    return file_responses.respond(request, path, MP4_TYPE)


def _opened(cloud: Cloud, fields: Mapping[str, str]) -> tuple[int, Recording | None]:
    """Check token and room, in this order: without a valid token nothing is said of the room."""
    class_id = fields.get("classid", "")
    room_id = int(class_id) if re.fullmatch(r"[0-9]{1,18}", class_id) else 0
    if not tokens.opens_playback(cloud, fields.get("token", ""), room_id=room_id):
        return 403, None
    found = recordings.playbacks(cloud, room_id)
    return (200, found[-1]) if found else (404, None)


def _title(cloud: Cloud, fields: Mapping[str, str], playback: Recording | None) -> str:
    room = rooms.find(cloud, playback.room_id) if playback is not None else None
    return fields.get("title") or (str(room.fields["Name"]) if room is not None else "")
