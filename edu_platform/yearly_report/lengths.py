"""Say how long something is kept."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import ngettext

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)


def length_in_words(length: dt.timedelta) -> str:
    """Return the length in days, or in hours or minutes where it is no whole number of these."""
    if length % DAY == dt.timedelta():
        return ngettext("%(count)s day", "%(count)s days", length.days) % {"count": length.days}
    hours, minutes = length // HOUR, length // MINUTE
    if length % HOUR == dt.timedelta():
        return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
    return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
