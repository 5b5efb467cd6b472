"""The yearly report, for administrators: the only door from a request to that of a year."""

from __future__ import annotations

from django.http import Http404
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Action
from edu_platform.yearly_report.report import Report, report_of
from edu_platform.yearly_report.years import year_of
from schedule.access import require


def get_report(user: User, number: int) -> Report:
    """Return the report of a year, for administrators.

    Raises:
        Http404: it is not for this person, the year is still to come, or nothing is kept of it.
    """
    require(user, Action.SEE_PRIVACY_REPORT)
    year = year_of(number, today=timezone.localdate())
    if year is None:
        raise Http404
    return report_of(year)
