"""The console: what the cloud holds, the last calls, and forms to switch faults and change rooms.

Plain forms, no scripts. A form counts only when the browser says that it comes from this origin.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from localcloud import consoleview, operations, switches
from localcloud.answers import Answer, Request, html_answer, redirect
from localcloud.cloud import Cloud
from localcloud.operations import ImpossibleError

HOME = "/console"


def show(cloud: Cloud, _request: Request) -> Answer:
    return consoleview.console_page(cloud)


def post(cloud: Cloud, request: Request) -> Answer:
    """Carry out one form and go back to the console."""
    if not _is_same_origin(request):
        return html_answer("forms of other origins are refused", status=403)
    try:
        for pattern, handle in FORMS:
            if found := re.fullmatch(pattern, request.path):
                handle(cloud, request, found)
                return redirect(HOME)
    except ImpossibleError as error:
        return html_answer(error.reason, status=error.status)
    except ValueError as error:  # a bad number, switch or setting
        return html_answer(escape(str(error)), status=400)
    return html_answer("no such form", status=404)


def _is_same_origin(request: Request) -> bool:
    """Trust what a browser cannot be made to send: the origin of the page that holds the form."""
    host = request.headers.get("host", "")
    origin = request.headers.get("origin")
    if origin not in {None, "null"}:
        return origin in {f"http://{host}", f"https://{host}"}
    return request.headers.get("sec-fetch-site") == "same-origin"


def _add_switch(cloud: Cloud, request: Request, _found: re.Match[str]) -> None:
    form = request.form()
    times, seconds = form.get("times", ""), form.get("seconds", "")
    switches.add(
        cloud,
        {
            "action": form.get("action", ""),
            "kind": form.get("kind", ""),
            "code": form.get("code") or None,
            "times": int(times) if times else None,
            "seconds": float(seconds) if seconds else None,
        },
    )


def _clear_switches(cloud: Cloud, _request: Request, _found: re.Match[str]) -> None:
    switches.clear(cloud)


def _clear_switch(cloud: Cloud, _request: Request, found: re.Match[str]) -> None:
    switches.clear(cloud, int(found[1]))


def _change_room(cloud: Cloud, _request: Request, found: re.Match[str]) -> None:
    operations.change_room(cloud, int(found[1]), found[2])


def _delete_user(cloud: Cloud, _request: Request, found: re.Match[str]) -> None:
    operations.delete_user(cloud, found[1])


def _set_limits(cloud: Cloud, request: Request, _found: re.Match[str]) -> None:
    operations.set_limits(cloud, request.form().get("enforce") == "1")


def _set_clock(cloud: Cloud, request: Request, _found: re.Match[str]) -> None:
    operations.set_clock(cloud, int(request.form().get("offset_s", "")))


def _set_words(cloud: Cloud, request: Request, _found: re.Match[str]) -> None:
    operations.set_words(cloud, request.form().get("refused", "").split())


def _reset(cloud: Cloud, _request: Request, _found: re.Match[str]) -> None:
    cloud.reset()


FORMS: tuple[tuple[str, Callable[[Cloud, Request, re.Match[str]], None]], ...] = (
    ("/console/switches", _add_switch),
    ("/console/switches/clear", _clear_switches),
    (r"/console/switches/([0-9]{1,18})/clear", _clear_switch),
    (r"/console/rooms/([0-9]{1,18})/(start|end|expire|delete)", _change_room),
    (r"/console/users/(\w{1,64})/delete", _delete_user),
    ("/console/limits", _set_limits),
    ("/console/clock", _set_clock),
    ("/console/words", _set_words),
    ("/console/reset", _reset),
)
