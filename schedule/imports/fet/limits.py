"""Bounds of a timetable from FET."""

from __future__ import annotations

# A page asks for each name, which takes a few milliseconds; no school has that many.
MAX_NAMES = 3000

# Seven days, and more hours than any day has.
MAX_DAYS_AND_HOURS = 57
