"""Show a moment as people say it, with the exact one for a pointer that rests on it and for those who listen."""

from __future__ import annotations

import datetime as dt

from django.template import Library
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from edu_platform.lib.formatting import NOTHING
from edu_platform.lib.moments import exact_text, near_text

register = Library()

# So long the pages' script (`static/js/times.js`) counts the minutes; then people remember the time of day.
COUNTED = dt.timedelta(hours=1)


@register.filter
def moment(value: dt.datetime | None) -> str | SafeString:
    """A moment that stays right while its page is not renewed; the script says how long ago it was."""
    return _element(value, is_counted=True)


@register.filter
def moment_by_clock(value: dt.datetime | None) -> str | SafeString:
    """A moment by the time of day alone, where a sentence says "since"."""
    return _element(value, is_counted=False)


def _element(value: dt.datetime | None, *, is_counted: bool) -> str | SafeString:
    if value is None:
        return NOTHING
    at, exact = timezone.now(), exact_text(value)
    text = near_text(value, at)
    title = f' title="{exact}"' if text != exact else ""
    is_counted = is_counted and dt.timedelta() <= at - value < COUNTED
    ago = f' data-ago="{(at - value).seconds}"' if is_counted else ""
    machine = timezone.localtime(value).isoformat(timespec="minutes")
    return mark_safe(f'<time datetime="{machine}"{title}{ago}>{text}</time>')  # noqa: S308 -- no text of people
