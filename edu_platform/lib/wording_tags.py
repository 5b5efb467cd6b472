"""Filters that put words together as the language of the page does."""

from __future__ import annotations

import re

from django.template import Library
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from edu_platform.lib import formatting

register = Library()
register.filter("listed", formatting.listed)

CODE = re.compile(r"`([^`]+)`")


@register.filter
def with_code(text: object) -> SafeString:
    """Show what a sentence puts between backticks, such as a command, as code."""
    return mark_safe(CODE.sub(r"<code>\1</code>", escape(str(text))))  # noqa: S308 -- escaped before
