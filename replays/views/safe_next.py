"""The page to return to."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def address_back(request: HttpRequest, default: str) -> str:
    """The `next` of a form, if it is one of the replays' pages."""
    wanted = request.POST.get("next", "") or request.GET.get("next", "")
    is_ours = wanted.startswith(reverse("replays:list")) and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts=None
    )
    return wanted if is_ours and wanted.isprintable() and wanted.isascii() else default
