"""What a transcode has made: GET and HEAD /doc/<task>_tiw/..., and the preview of dynamic courseware.

As with the cloud's own addresses, whoever knows one may fetch it, from any site. The preview's address has the form
seen in the cloud, /temp/preview.html?isppt=1&url=<TranscodeResult>&total=<Pages>; only our own results are shown.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from localcloud import documents, files, pages, slides
from localcloud.answers import Answer, Request, html_answer
from localcloud.cloud import Cloud

# Every name that a transcode makes, so that no address can mean another file.
PATH = re.compile(
    r"/doc/([0-9a-z]{20})_tiw/"
    r"(picture/[1-9][0-9]{0,3}\.jpg|h5/[1-9][0-9]{0,3}\.jpg|h5/(?:index\.html|page\.css|page\.js)"
    r"|cover\.jpg|media\.mp4|media\.mp3)"
)
PREVIEW_PATH = "/temp/preview.html"
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
    "Content-Security-Policy": slides.POLICY,
}


def show(cloud: Cloud, request: Request) -> Answer:
    """Answer one file of a finished transcode."""
    found = PATH.fullmatch(request.path)
    path = documents.folder_of(cloud, found[1]) / found[2] if found else None
    if path is None or not path.is_file():
        return html_answer("not found", status=404)
    return files.answer(request, path, _TYPES[path.suffix.removeprefix(".")], headers=_HEADERS)


def preview(cloud: Cloud, request: Request) -> Answer:
    """Frame the page of a dynamic courseware."""
    try:
        path = urlsplit(request.query.get("url", "")).path
    except ValueError:
        path = ""
    found = PATH.fullmatch(path)
    is_there = (
        found is not None
        and found[2] == documents.SLIDES
        and (documents.folder_of(cloud, found[1]) / documents.SLIDES).is_file()
    )
    if request.query.get("isppt") != "1" or not is_there:
        return html_answer("not found", status=404)
    frame = f'<iframe class="sheet" src="{path}" title="课件预览"></iframe>'
    main = f'<main class="wide" data-preview>{frame}</main>'
    return pages.page("课件预览", main, sources="frame-src 'self'; ", framed_by="*")
