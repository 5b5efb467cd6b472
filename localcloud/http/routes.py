"""Addresses, and the modules that answer them."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from localcloud.api import endpoint
from localcloud.cloud import Cloud
from localcloud.control import console_forms, endpoints
from localcloud.http.messages import Request, Response, html_response, redirect
from localcloud.media import document_files, vod
from localcloud.pages import class_page, console, document_preview, playback_page
from localcloud.state import documents, recordings

Handler = Callable[[Cloud, Request], Response]


def _to_console(_cloud: Cloud, _request: Request) -> Response:
    return redirect(console_forms.HOME)


def _icon(_cloud: Cloud, _request: Request) -> Response:
    """Browsers ask for one beside every page, and call it an error when there is none."""
    return Response(content_type="image/svg+xml", body=b'<svg xmlns="http://www.w3.org/2000/svg"/>')


EXACT: dict[tuple[str, str], Handler] = {
    ("POST", "/"): endpoint.respond,
    ("GET", "/"): _to_console,
    ("GET", "/favicon.ico"): _icon,
    ("GET", "/console"): console.show,
    ("POST", "/class/start"): class_page.start,
    ("POST", "/class/end"): class_page.end,
    ("POST", "/class/leave"): class_page.leave,
    ("POST", class_page.CLOSED_PATH): class_page.closed,
    ("GET", "/class/left"): class_page.left,
    ("GET", class_page.STATUS_PATH): class_page.status,
    ("GET", documents.PREVIEW_PATH): document_preview.show,
    ("GET", recordings.PLAYBACK_PATH): playback_page.show,
    ("GET", playback_page.MEDIA_PATH): playback_page.show_media,
    ("POST", playback_page.REPORT_PATH): playback_page.report,
    ("HEAD", playback_page.MEDIA_PATH): playback_page.show_media,
}


def respond(cloud: Cloud, request: Request) -> Response:
    if request.path.startswith(("/control", "/console")) and not _has_own_host(cloud, request):
        return html_response("another host's name was asked for", status=421)
    return _handler(request)(cloud, request)


def _has_own_host(cloud: Cloud, request: Request) -> bool:
    """Refuse foreign host names on a loopback server: a web page could have its own name resolve to it."""
    name = urlsplit(f"http://{request.headers.get('host', '')}").hostname
    return not cloud.config.is_loopback or name in {"127.0.0.1", "localhost", "::1"}


def _handler(request: Request) -> Handler:
    exact = EXACT.get((request.method, request.path))
    if exact is not None:
        return exact
    if request.method in {"GET", "HEAD"} and vod.PATH.fullmatch(request.path):
        return vod.show
    if request.method in {"GET", "HEAD"} and document_files.PATH.fullmatch(request.path):
        return document_files.show
    if request.method == "HEAD":  # GET of the other pages has effects
        return _unknown
    if request.method == "GET" and class_page.PAGE_PATH.fullmatch(request.path):
        return class_page.show
    if request.path.startswith("/control/"):
        return endpoints.respond
    if request.method == "POST" and request.path.startswith("/console/"):
        return console_forms.post
    return _unknown


def _unknown(_cloud: Cloud, request: Request) -> Response:
    patterns = (class_page.PAGE_PATH, vod.PATH, document_files.PATH)
    known = any(path == request.path for _, path in EXACT) or any(
        pattern.fullmatch(request.path) for pattern in patterns
    )
    return html_response("not found", status=404 if not known else 405)
