from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def refuse_locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: object = None
) -> HttpResponse:
    """Say for how long a name is locked, and what to do meanwhile."""
    minutes = round(settings.AXES_COOLOFF_TIME * 60)
    refusal = render(request, "account/locked_out.html", {"minutes": minutes}, status=429)
    refusal["Retry-After"] = str(minutes * 60)
    return refusal
