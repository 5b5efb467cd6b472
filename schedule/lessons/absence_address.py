"""Addresses of pages that stand above lessons, and to which the pages below lead."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse

from accounts.models import User
from edu_platform.lib.http import with_query


def absence_query(teacher: User, first: dt.date, last: dt.date) -> dict[str, str]:
    """Return what the page of absences reads of its address; both days are included."""
    return {"teacher": teacher.username, "from": first.isoformat(), "to": last.isoformat()}


def absence_address(teacher: User, first: dt.date, last: dt.date) -> str:
    return with_query(reverse("schedule:absences"), absence_query(teacher, first, last))
