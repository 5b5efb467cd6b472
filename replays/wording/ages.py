"""How long ago something was, in words."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import ngettext

DAY_S, HOUR_S, MINUTE_S = 86_400, 3_600, 60


def age_text(age: dt.timedelta) -> str:
    """How long ago, in the largest unit that fits."""
    seconds = max(int(age.total_seconds()), 0)
    if seconds >= DAY_S:
        return ngettext("%(count)s day", "%(count)s days", seconds // DAY_S) % {
            "count": seconds // DAY_S
        }
    if seconds >= HOUR_S:
        return ngettext("%(count)s hour", "%(count)s hours", seconds // HOUR_S) % {
            "count": seconds // HOUR_S
        }
    return ngettext("%(count)s minute", "%(count)s minutes", seconds // MINUTE_S) % {
        "count": seconds // MINUTE_S
    }
