"""Filling the demo school."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from accounts.models import SchoolSettings
from edu_platform.demo.changes import change_week
from edu_platform.demo.open_lessons import move_lessons
from edu_platform.demo.people import SIGN_INS, SignIn, keep_people
from edu_platform.demo.term import keep_term
from edu_platform.demo.timetable import WEEKS, Rosters, plan_week
from schedule.week_grid import monday_of

SCHOOL_NAME = "云山实验小学"


def fill_school(*, at: dt.datetime) -> tuple[SignIn, ...]:
    """Make what is missing of the demo school and move its lessons to now. Safe to repeat."""
    SchoolSettings.objects.get_or_create(pk=1, defaults={"school_name": SCHOOL_NAME})
    today = timezone.localdate(at)
    rosters = Rosters(keep_people(today=today))
    taken = move_lessons(rosters, at=at)
    for offset in WEEKS:
        monday = monday_of(today) + dt.timedelta(weeks=offset)
        planned = plan_week(monday, rosters, taken, at=at)
        change_week(planned, monday, rosters)
    keep_term(rosters, today=today)
    return SIGN_INS
