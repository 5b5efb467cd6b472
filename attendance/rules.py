"""The rules by which attendance is counted: the school's, or those of a course, frozen for each lesson."""

from __future__ import annotations

from dataclasses import dataclass

MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class AttendanceRules:
    # Who comes later than this after the beginning is late.
    late_after_s: int
    # Who leaves more than this before the end leaves early.
    left_early_s: int
    # Who is there for a smaller share of the class is absent.
    absent_below_percent: int
