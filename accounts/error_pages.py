"""Error pages of signing in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from edu_platform.lib.error_pages import ErrorPage, render_error


def sign_in_refused(
    request: HttpRequest,
    *,
    status: int,
    title: str,
    explanation: str,
    advice: str,
    reference: str = "",
    retry_after_s: int = 0,
) -> HttpResponse:
    """Say why somebody was not signed in, and what to do; the page leads to the sign-in."""
    error = ErrorPage(
        status=status,
        title=title,
        explanation=explanation,
        advice=advice,
        reference=reference,
        retry_after_s=retry_after_s,
    )
    return render_error(request, "account/sign_in_refused.html", error, {})
