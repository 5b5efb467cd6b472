"""Put what is kept of people into words: values, times, and who receives it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from edu_platform.lib.formatting import NOTHING, in_parts
from edu_platform.lib.personal_data import Held, Keeping

DAYS_A_YEAR = 365


def times_in_words(lines: Iterable[Held], in_force: dt.timedelta | None = None) -> str:
    """Say how long it is kept; the columns of one table may differ. `in_force`: the length, where the school sets it."""
    return in_parts(dict.fromkeys(_time(line.kept, in_force) for line in lines))


def _time(kept: Keeping | dt.timedelta, in_force: dt.timedelta | None) -> str:
    if not isinstance(kept, dt.timedelta):
        return str(kept.label)
    kept = in_force or kept
    years, days, hours = kept.days // DAYS_A_YEAR, kept.days, round(kept.total_seconds() / 3600)
    if years:
        return ngettext("for %(count)s year", "for %(count)s years", years) % {"count": years}
    if days:
        return ngettext("for %(count)s day", "for %(count)s days", days) % {"count": days}
    return ngettext("for %(count)s hour", "for %(count)s hours", hours) % {"count": max(hours, 1)}


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
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    choices = dict(field.flatchoices) if field is not None else {}
    return str(choices.get(value, value))
