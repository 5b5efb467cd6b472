"""Error pages: why something was refused, and what to do, in the same form in every app."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from edu_platform.lib import trace_ids
from edu_platform.lib.http import without_line_of_django

# When to try again, where nobody told.
DEFAULT_RETRY_AFTER_S = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage:
    status: int
    title: str
    explanation: str
    advice: str
    # What the log calls this case; empty where it has nothing to say of it.
    reference: str = ""
    # 0 where trying again does not help, or nobody knows when it does.
    retry_after_s: int = 0


def new_reference() -> str:
    """Name this case for page and log: by the id of the request, under which the log has all that led there."""
    return trace_ids.request_id() or trace_ids.new_id()


def render_error(
    request: HttpRequest, template: str, error: ErrorPage, context: Mapping[str, object]
) -> HttpResponse:
    """Answer with the page: its template reads it as `error`. No cache keeps it."""
    response = render(request, template, {"error": error, **context}, status=error.status)
    if error.retry_after_s:
        response["Retry-After"] = str(error.retry_after_s)
    response["Cache-Control"] = "no-store"
    if error.reference:
        # It stands in the log under its reference. Django would log each as an error once more: thousands,
        # when a whole school waits for its turn.
        without_line_of_django(response)
    return response
