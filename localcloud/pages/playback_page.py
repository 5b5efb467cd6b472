"""The cloud's own player of signalling replays: GET /playback/index.html?classid&token[&title][&report].

The real one rebuilds the class from its signals; here a small video replaces it, which is no file of the API:
it has an address of its own and needs the same token. With `report=true` the page keeps a record of the visit: a
script says how long the film has played.
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
from localcloud.state import play_records, recordings, rooms, tokens
from localcloud.state.recordings import Recording

MEDIA_PATH = "/playback/class.mp4"
REPORT_PATH = "/playback/report"
SCRIPT = (templating.TEMPLATES / "playback" / "report.js").read_text(encoding="utf-8")


def show(cloud: Cloud, request: Request) -> Response:
    with cloud.lock:
        status, playback = _opened(cloud, request.query)
        title = _title(cloud, request.query, playback)
        session = play_records.new_session(cloud, playback.room_id) if playback is not None else ""
    if playback is None:
        return templating.page("playback/refused.html", status=status, framed_by="*", reason=status)
    query = {name: request.query[name] for name in ("classid", "token")}
    keeps_record = request.query.get("report") == "true"
    scripts = f"script-src {templating.source_of(SCRIPT)}; connect-src 'self'; "
    return templating.page(
        "playback/player.html",
        sources=f"media-src 'self'; {scripts if keeps_record else ''}",
        framed_by="*",
        title=title,
        playback=playback,
        keeps_record=keeps_record,
        media_url=f"{MEDIA_PATH}?{urlencode(query)}",
        report_url=f"{REPORT_PATH}?{urlencode({**query, 'session': session})}",
        script=SCRIPT,
    )


def report(cloud: Cloud, request: Request) -> Response:
    """Keep for how many milliseconds a visit has played; asked by its page."""
    fields = request.query
    played = fields.get("ms", "")
    with cloud.transaction():
        status, playback = _opened(cloud, fields)
        is_sound = re.fullmatch(r"[0-9]{1,9}", played) and fields.get("session")
        if playback is None or not is_sound:
            return html_response("no record", status=status if playback is None else 400)
        user_id = tokens.playback_viewer(cloud, fields["token"])
        play_records.note(cloud, fields["session"], playback.room_id, user_id, int(played))
    return Response(status=204)


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
