"""Ways to attendance from pages further down, for those who may go there."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from attendance.access import may_export, sees_all_attendance
from attendance.overviews.person_terms import person_term
from attendance.overviews.spans import span_of
from edu_platform.lib.http import with_query
from schedule.hooks import PageLink, Panel
from schedule.models import ClassGroup


def month_file_link(user: User, first_day: dt.date) -> PageLink | None:
    """Lead from the hours of a month to its lessons, person by person."""
    if not may_export(user):
        return None
    path = reverse("attendance:lessons_xlsx")
    return PageLink(with_query(path, {"month": f"{first_day:%Y-%m}"}), _("Attendance as XLSX"))


def class_group_link(user: User, class_group: ClassGroup) -> PageLink:
    """Lead from the page of a class group; who opens that one, as planner or class teacher, may open this one."""
    address = reverse("attendance:class_group", args=[class_group.code])
    return PageLink(address, _("Attendance"))


def person_panel(person: User, viewer: User) -> Panel | None:
    """Say on somebody's page what the term was for them; two queries."""
    if person.code is None or not sees_all_attendance(viewer):
        return None
    term = person_term(person, span_of("", today=timezone.localdate()))
    if not term.attended:
        return None
    address = reverse("attendance:person", args=[person.code])
    return Panel("attendance/_person_panel.html", {"term": term, "address": address})
