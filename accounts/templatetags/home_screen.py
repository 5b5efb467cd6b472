"""Tell a phone, on every page, how it keeps the platform on its home screen."""

from __future__ import annotations

from django import template
from django.template import Context

from accounts.services.home_screen import icon_address

register = template.Library()


@register.simple_tag(takes_context=True)
def apple_icon(context: Context) -> str:
    """Return where Apple's phones find the icon; pages of requests that nobody could read know no school."""
    school = context.get("school")
    return icon_address(str(school.logo) if school else "", "apple")
