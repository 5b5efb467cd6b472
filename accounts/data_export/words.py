"""Put what is kept of people into words: values, times, and who receives it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from edu_platform.lib.formatting import NOTHING, in_parts, listed
from edu_platform.lib.personal_data import Held, Keeping

DAY = dt.timedelta(days=1)
DAYS_A_YEAR, DAYS_A_LEAP_YEAR = 365, 366


def times_in_words(lines: Iterable[Held], in_force: dt.timedelta | None = None) -> str:
    """Say how long it is kept; the columns of one table may differ. `in_force`: the length, where the school sets it."""
    return in_parts(dict.fromkeys(_time(line.kept, in_force) for line in lines))


def _time(line_time: Keeping | dt.timedelta, in_force: dt.timedelta | None) -> str:
    if not isinstance(line_time, dt.timedelta):
        return str(line_time.label)
    length = in_force or line_time
    days, hours = length.days, round(length.total_seconds() / 3600)
    if years := _whole_years(days):
        return ngettext("for %(count)s year", "for %(count)s years", years) % {"count": years}
    if days and length % DAY == dt.timedelta():
        return ngettext("for %(count)s day", "for %(count)s days", days) % {"count": days}
    return ngettext("for %(count)s hour", "for %(count)s hours", hours) % {"count": max(hours, 1)}


def _whole_years(days: int) -> int:
    """Return how many years these days are, each with 365 or 366; 0 where they are more or less than that."""
    years = days // DAYS_A_YEAR
    return years if days <= years * DAYS_A_LEAP_YEAR else 0


def receivers_in_words(lines: Iterable[Held]) -> str:
    receivers = dict.fromkeys(receiver for line in lines for receiver in line.receivers)
    return in_parts(str(receiver.label) for receiver in receivers) or _("nobody else")


def value_in_words(field: Any, value: Any) -> str:
    """Return a value as a page shows it; the field is that of its column, if it has one."""
    if value is None or value in ("", [], {}):
        return NOTHING
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, dt.datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, list) and not any(isinstance(entry, list | dict) for entry in value):
        return listed(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    choices = dict(field.flatchoices) if field is not None else {}
    return str(choices.get(value, value))
