"""The way to how classes start, from the hours of a month."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import Action, may
from edu_platform.lib.http import with_query
from schedule.access import general_relations
from schedule.hooks import PageLink
from schedule.hours.months import Month
from schedule.week_grid import DAY


def class_starts_link(user: User, first_day: dt.date) -> PageLink | None:
    """Lead from the hours of a month to how its classes started."""
    if not may(Action.SEE_CLASS_STARTS, general_relations(user)):
        return None
    last_day = Month.holding(first_day).ends_at.date() - DAY
    query = {"from": first_day.isoformat(), "to": last_day.isoformat()}
    return PageLink(with_query(reverse("attendance:class_starts"), query), _("How classes start"))
