from __future__ import annotations

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from edu_platform.help.topics import HelpLink, help_link


def help_for_page(request: HttpRequest) -> dict[str, object]:
    """Find the help on this page; worked out by pages that say so."""

    def find() -> HelpLink:
        match = request.resolver_match
        return help_link("" if match is None else match.view_name, getattr(request, "user", None))

    return {"help_link": SimpleLazyObject(find)}
