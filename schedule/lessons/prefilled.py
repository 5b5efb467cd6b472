"""What the form of a new lesson, or weekly lesson, is filled in with by the address that leads to it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from schedule.lessons.fields import NAMES_CHARS
from schedule.lessons.moments import NotReadable, read_date, read_time
from schedule.models import COURSE_NAME_CHARS
from schedule.terms.weeks import read_weeks
from schedule.terms.words import weeks_to_type

# Of a lesson that begins at a given hour, until somebody says otherwise.
USUAL_LENGTH = dt.timedelta(minutes=45)

Value = TypeVar("Value")


def prefilled(query: Mapping[str, str]) -> dict[str, str]:
    """What an address says of a new lesson; what is malformed counts as absent."""
    found = _names_in(query)
    if (day := _read(query.get("date", ""), read_date)) is not None:
        found["date"] = str(day)
    if (start := _read(query.get("start", ""), read_time)) is not None:
        end = dt.datetime.combine(dt.date.min, start) + USUAL_LENGTH
        found |= {"start": f"{start:%H:%M}", "end": f"{end:%H:%M}"}
    return found


def prefilled_weekly(query: Mapping[str, str]) -> dict[str, str]:
    """What an address says of a new weekly lesson; what is malformed counts as absent."""
    found = _names_in(query)
    for name in ("weekday", "first_bell"):
        if re.fullmatch(r"[0-9]{1,2}", text := query.get(name, "")):
            found[name] = text
    for name in ("start", "end"):
        if (time := _read(query.get(name, ""), read_time)) is not None:
            found[name] = f"{time:%H:%M}"
    if (weeks := _read(query.get("weeks", ""), read_weeks)) is not None:
        found["weeks"] = weeks_to_type(weeks)
    return found


def _names_in(query: Mapping[str, str]) -> dict[str, str]:
    found = {
        "course": query.get("course", "")[:COURSE_NAME_CHARS],
        "teacher": query.get("teacher", "")[:NAMES_CHARS],
        "class_groups": query.get("class_group", "")[:NAMES_CHARS],
    }
    return {name: text.replace("\0", "") for name, text in found.items()}


def _read(text: str, read: Callable[[str], Value]) -> Value | None:
    try:
        return read(text)
    except NotReadable:
        return None
