"""Filling the demo school."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from accounts.models import SchoolSettings
from edu_platform.demo.changes import change_week
from edu_platform.demo.consents import keep_consents
from edu_platform.demo.duty import keep_duty
from edu_platform.demo.erasures import keep_erasure
from edu_platform.demo.families import keep_family_links
from edu_platform.demo.incidents import keep_incident
from edu_platform.demo.open_lessons import move_lessons
from edu_platform.demo.past_weeks import hold_unrecorded, plan_past_weeks
from edu_platform.demo.people import SIGN_INS, SignIn, keep_people
from edu_platform.demo.term import Terms, add_days_off, link_week, off_in, plan_own_weeks
from edu_platform.demo.timetable import WEEKS, Rosters, Taken, known_lessons, plan_week
from schedule.week_grid import monday_of

SCHOOL_NAME = "云山实验小学"


def fill_school(*, at: dt.datetime) -> tuple[SignIn, ...]:
    """Make what is missing of the demo school and move its lessons to now. Safe to repeat."""
    of_new_school = {"school_name": SCHOOL_NAME, "families_may_watch": True}
    SchoolSettings.objects.get_or_create(pk=1, defaults=of_new_school)
    today = timezone.localdate(at)
    rosters = Rosters(keep_people(today=today))
    keep_duty(rosters)
    keep_incident(rosters, today=today)
    keep_erasure(rosters)
    keep_consents(rosters, school=SCHOOL_NAME, at=at)
    keep_family_links(rosters, at=at)
    terms = Terms(rosters)
    taken = move_lessons(rosters, at=at)
    # First what has no rooms to be made: a worker begins with those of the others at once.
    plan_past_weeks(rosters, terms, today=today)
    for offset in WEEKS:
        _fill_week(monday_of(today) + dt.timedelta(weeks=offset), rosters, terms, taken, at)
    hold_unrecorded(at=at)
    return SIGN_INS


def _fill_week(
    monday: dt.date, rosters: Rosters, terms: Terms, taken: Taken, at: dt.datetime
) -> None:
    own_term = terms.own_term(monday)
    if own_term is not None:
        plan_own_weeks(own_term, [monday], at=at)
        return
    term, today = terms.of(monday), timezone.localdate(at)
    if term is not None and monday > today and not known_lessons(monday):
        add_days_off(term, monday, rosters, today=today)
    planned = plan_week(monday, rosters, taken, at=at, is_off=off_in(term))
    change_week(planned, monday, rosters, at=at)
    link_week(term, monday, rosters)
