"""Files that a transcode has made: GET and HEAD /doc/<task>_tiw/...

As with the cloud's own addresses, anybody who knows one may fetch it, from any site.
"""

from __future__ import annotations

import re

from localcloud.cloud import Cloud
from localcloud.http import file_responses
from localcloud.http.messages import Request, Response, html_response
from localcloud.media import slideshow
from localcloud.state import documents

# Every name that a transcode makes, so that no address can name another file.
PATH = re.compile(
    r"/doc/([0-9a-z]{20})_tiw/"
    r"(picture/[1-9][0-9]{0,3}\.jpg|h5/[1-9][0-9]{0,3}\.jpg|h5/(?:index\.html|page\.css|page\.js)"
    r"|cover\.jpg|media\.mp4|media\.mp3)"
)
_TYPES = {
    "jpg": "image/jpeg",
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "mp4": "video/mp4",
    "mp3": "audio/mpeg",
}
_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": slideshow.POLICY,
}


def show(cloud: Cloud, request: Request) -> Response:
    """Send one file of a finished transcode."""
    found = PATH.fullmatch(request.path)
    path = documents.folder_of(cloud, found[1]) / found[2] if found else None
    if path is None or not path.is_file():
        return html_response("not found", status=404)
    return file_responses.respond(
        request, path, _TYPES[path.suffix.removeprefix(".")], headers=_HEADERS
    )
