"""Every loop over due rows that there is, each as one case: see `tests/stories/test_due_work.py`."""

from __future__ import annotations

from tests.support.duework import accounts, attendance, courseware, replays, schedule
from tests.support.duework.case import DueCase

CASES: tuple[DueCase, ...] = (
    *accounts.CASES,
    *schedule.CASES,
    *replays.CASES,
    *courseware.CASES,
    *attendance.CASES,
)
