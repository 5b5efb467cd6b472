"""Ways to attendance from pages further down, for those who may go there."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import User
from attendance.access import may_export, sees_all_attendance
from attendance.overviews.person_terms import student_figures
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
    """Say on a student's page what the term was for them; two queries."""
    is_student = person.code is not None and person.has_role(Role.STUDENT)
    if not is_student or not sees_all_attendance(viewer):
        return None
    span = span_of("", today=timezone.localdate())
    figures = student_figures(person, span)
    if not figures.lessons:
        return None
    address = reverse("attendance:person", args=[person.code])
    content = {"span": span, "figures": figures, "address": address}
    return Panel("attendance/_person_panel.html", content)
