"""Put the demo school's planner on duty on weekdays, so that alarms have somebody to go to."""

from __future__ import annotations

import datetime as dt

from attendance.models import DutyHours
from edu_platform.demo.roster import PLANNER
from edu_platform.demo.timetable import Rosters

WEEKDAYS = range(1, 6)
STARTS, ENDS = dt.time(7, 30), dt.time(18)


def keep_duty(rosters: Rosters) -> None:
    """Put the planner on duty, where the school has no hours on duty yet."""
    if not DutyHours.objects.exists():
        DutyHours.objects.bulk_create(
            DutyHours(person=rosters.users[PLANNER], weekday=weekday, starts=STARTS, ends=ENDS)
            for weekday in WEEKDAYS
        )
