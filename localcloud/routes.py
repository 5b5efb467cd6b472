"""Which part answers which address."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from localcloud import api, classpage, console, control, docfiles, playbackpage, vod
from localcloud.answers import Answer, Request, html_answer, redirect
from localcloud.cloud import Cloud

Handler = Callable[[Cloud, Request], Answer]


def _to_console(_cloud: Cloud, _request: Request) -> Answer:
    return redirect(console.HOME)


EXACT: dict[tuple[str, str], Handler] = {
    ("POST", "/"): api.answer,
    ("GET", "/"): _to_console,
    ("GET", "/console"): console.show,
    ("POST", "/class/start"): classpage.start,
    ("POST", "/class/end"): classpage.end,
    ("POST", "/class/leave"): classpage.leave,
    ("POST", "/class/record/start"): classpage.start_record,
    ("POST", "/class/record/stop"): classpage.stop_record,
    ("GET", "/class/left"): classpage.left,
    ("GET", docfiles.PREVIEW_PATH): docfiles.preview,
    ("GET", playbackpage.PATH): playbackpage.show,
    ("GET", playbackpage.MEDIA_PATH): playbackpage.show_media,
    ("HEAD", playbackpage.MEDIA_PATH): playbackpage.show_media,
}


def answer(cloud: Cloud, request: Request) -> Answer:
    if request.path.startswith(("/control", "/console")) and not _is_for_us(cloud, request):
        return html_answer("another host's name was asked for", status=421)
    return _handler(request)(cloud, request)


def _is_for_us(cloud: Cloud, request: Request) -> bool:
    """Refuse foreign host names on a loopback server: a web page could point its own name here."""
    name = urlsplit(f"http://{request.headers.get('host', '')}").hostname
    return not cloud.config.is_loopback or name in {"127.0.0.1", "localhost", "::1"}


def _handler(request: Request) -> Handler:
    exact = EXACT.get((request.method, request.path))
    if exact is not None:
        return exact
    if request.method in {"GET", "HEAD"} and vod.PATH.fullmatch(request.path):
        return vod.show
    if request.method in {"GET", "HEAD"} and docfiles.PATH.fullmatch(request.path):
        return docfiles.show
    if request.method == "HEAD":  # the rest has pages that act when they are looked at
        return _unknown
    if request.method == "GET" and classpage.PAGE_PATH.fullmatch(request.path):
        return classpage.show
    if request.path.startswith("/control/"):
        return control.answer
    if request.method == "POST" and request.path.startswith("/console/"):
        return console.post
    return _unknown


def _unknown(_cloud: Cloud, request: Request) -> Answer:
    patterns = (classpage.PAGE_PATH, vod.PATH, docfiles.PATH)
    known = any(path == request.path for _, path in EXACT) or any(
        pattern.fullmatch(request.path) for pattern in patterns
    )
    return html_answer("not found", status=404 if not known else 405)
