"""Filters of a list: as its address has them, and the form above it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from edu_platform.lib.filter_forms import ListFilters


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed(ListFilters):
    q: str = ""
    from_day: dt.date | None = None
    to_day: dt.date | None = None
    number: int | None = None


def test_filters_stand_in_an_address_under_its_names():
    narrowed = Narrowed(q="数", from_day=dt.date(2026, 9, 1), number=0)

    assert narrowed.as_query() == {"q": "数", "from": "2026-09-01", "number": "0"}


def test_filters_without_values_leave_an_address_alone():
    assert Narrowed().is_empty
    assert Narrowed().as_query() == {}
    assert not Narrowed(number=0).is_empty
