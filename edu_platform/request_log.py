"""The id of each request, and its line in the log.

Every request has one line: this one, or Django's own where it was refused, which says why. Probes have none. Files of
the site itself, callbacks and calendars have none unless Django has one: programs ask for them without end, and
`/metrics` counts them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.signals import request_started
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from edu_platform.lib import trace_ids
from edu_platform.lib.bounded_log import BoundedLog
from edu_platform.logs import OUTSIDERS_LINES_A_MINUTE, took_ms

logger = logging.getLogger(__name__)

HEADER = "X-Request-ID"


class RequestLogMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        calendars, _after = reverse("schedule:feed_calendar", args=["*"]).split("*")
        self._asked_by_programs = (
            f"/{settings.STATIC_URL.strip('/')}/",
            reverse("classroom:callback"),
            calendars,
        )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        trace_ids.begin_request(_id_of(request))
        request.began_s = time.monotonic()  # type: ignore[attr-defined]
        response = self.get_response(request)
        response[HEADER] = trace_ids.request_id()
        _note_user(request)
        if self._is_to_be_told(request, response):
            _tell(request, response)
        return response

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        # Who asks is known by now, where anything wants to know.
        _note_user(request)

    def _is_to_be_told(self, request: HttpRequest, response: HttpResponse) -> bool:
        if request.path.startswith(self._asked_by_programs):
            return False
        if response.status_code < 400:
            return True
        # What is not marked yet, Django tells of when it comes out of here; some of our pages only say that it
        # should not.
        return getattr(response, "_has_been_logged", False) and not getattr(
            request, "has_line", False
        )


def _id_of(request: HttpRequest) -> str:
    """The id that a proxy of our own gave it, else a new one."""
    given = request.headers.get(HEADER, "") if settings.TRUSTED_PROXIES else ""
    return given if trace_ids.ACCEPTED.fullmatch(given) else trace_ids.new_id()


def _note_user(request: HttpRequest) -> None:
    # What Django keeps once somebody has looked: looking here would cost every request a query.
    user = getattr(request, "_cached_user", None)
    if user is not None and user.pk is not None:
        trace_ids.note_user(user.pk)


def _tell(request: HttpRequest, response: HttpResponse) -> None:
    path = request.path.encode("unicode_escape").decode()
    ms = took_ms(request)
    match = request.resolver_match
    fields = {
        "method": request.method,
        "path": path,
        "view": match.view_name if match is not None else "",
        "status": response.status_code,
        "ms": ms,
    }
    if "user_id" in trace_ids.current() or _outsiders.admits():
        words = (request.method, path, response.status_code, ms)
        logger.info("%s %s: %s in %s ms", *words, extra=fields)


def _forget_last_request(**_signal: object) -> None:
    trace_ids.end_request()


_outsiders = BoundedLog(logger, "requests of people not signed in", OUTSIDERS_LINES_A_MINUTE)
# Not at its end: what Django and the web server say of it then belongs to it still.
request_started.connect(_forget_last_request, dispatch_uid="edu_platform.request_log")
