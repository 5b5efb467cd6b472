"""Values that fill in the form of a new lesson, by the address that leads to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TypeVar

from schedule.lessons.fields import NAMES_CHARS
from schedule.lessons.moments import NotReadable, read_date, read_time
from schedule.models import COURSE_NAME_CHARS

# A lesson that begins at a given hour is this long until somebody says otherwise.
USUAL_LENGTH = dt.timedelta(minutes=45)

Value = TypeVar("Value")


def prefilled(query: Mapping[str, str]) -> dict[str, str]:
    """Return what an address says of a new lesson; what is malformed counts as absent."""
    found = names_in(query)
    if (day := read_or_none(query.get("date", ""), read_date)) is not None:
        found["date"] = str(day)
    if (start := read_or_none(query.get("start", ""), read_time)) is not None:
        end = dt.datetime.combine(dt.date.min, start) + USUAL_LENGTH
        found |= {"start": f"{start:%H:%M}", "end": f"{end:%H:%M}"}
    return found


def names_in(query: Mapping[str, str]) -> dict[str, str]:
    found = {
        "course": query.get("course", "")[:COURSE_NAME_CHARS],
        "teacher": query.get("teacher", "")[:NAMES_CHARS],
        "class_groups": query.get("class_group", "")[:NAMES_CHARS],
    }
    return {name: text.replace("\0", "") for name, text in found.items()}


def read_or_none(text: str, read: Callable[[str], Value]) -> Value | None:
    try:
        return read(text)
    except NotReadable:
        return None
