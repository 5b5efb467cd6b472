"""The address of the timetable of the whole school, as pages further down lead to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from django.urls import reverse

from edu_platform.lib.http import with_query

NOTHING_MORE: Mapping[str, str] = MappingProxyType({})


class Span(StrEnum):
    """The days that it shows, as `span` of its address says them."""

    DAY = "day"
    WEEK = "week"


def school_week_address(day: dt.date | None = None, query: Mapping[str, str] = NOTHING_MORE) -> str:
    """Return where the week that holds a day is shown, else the present one, with what else the address asks for."""
    path = reverse("schedule:matrix_day", args=[day]) if day else reverse("schedule:matrix")
    return with_query(path, {**query, "span": Span.WEEK})
