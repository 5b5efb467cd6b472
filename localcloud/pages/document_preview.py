"""The preview of dynamic courseware: GET /temp/preview.html?isppt=1&url=<TranscodeResult>&total=<Pages>.

The address has the form seen in the cloud. Only results of this cloud are shown.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from localcloud import templating
from localcloud.cloud import Cloud
from localcloud.http.messages import Request, Response, html_response
from localcloud.media import document_files
from localcloud.state import documents


def show(cloud: Cloud, request: Request) -> Response:
    """Frame the page of dynamic courseware."""
    try:
        path = urlsplit(request.query.get("url", "")).path
    except ValueError:
        path = ""
    found = document_files.PATH.fullmatch(path)
    is_there = (
        found is not None
        and found[2] == documents.SLIDES
        and (documents.folder_of(cloud, found[1]) / documents.SLIDES).is_file()
    )
    if request.query.get("isppt") != "1" or not is_there:
        return html_response("not found", status=404)
    return templating.page(
        "document_preview.html",
        sources="frame-src 'self'; ",
        framed_by="*",
        url=path,
    )
