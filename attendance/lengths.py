"""Lengths of time as pages write them: seconds are kept, minutes only ever written."""

from __future__ import annotations

from django.utils.translation import gettext as _

from attendance.rules import MINUTE_S
from edu_platform.lib.formatting import NOTHING


def length_text(seconds: int) -> str:
    """Return a length to the second; a dash where there is none."""
    if not seconds:
        return NOTHING
    minutes, rest = divmod(seconds, MINUTE_S)
    if not minutes:
        return _("%(seconds)s s") % {"seconds": rest}
    if not rest:
        return _("%(minutes)s min") % {"minutes": minutes}
    return _("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": rest}


def whole_minutes(seconds: int) -> int:
    """Return the minutes that are full."""
    return seconds // MINUTE_S
