"""The week of many on paper, an A4 page each; printing is the browser's."""

from __future__ import annotations

import datetime as dt

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.decorators import SignedInRequest
from accounts.models import SchoolSettings
from accounts.permissions import Action
from schedule import access
from schedule.lessons.access import get_class_groups_to_print
from schedule.terms.reading import term_week_of
from schedule.timetable.print_weeks import WeekOnPaper

# What `of` of an address says when each teacher gets a page, and not each class group.
OF_TEACHERS = "teachers"


@require_safe
def print_weeks(request: SignedInRequest, day: dt.date) -> HttpResponse:
    access.require(request.user, Action.SEE_ANY_TIMETABLE)
    school = SchoolSettings.load()
    names = [name for name in request.GET.getlist("class_group") if name]
    of_teachers = request.GET.get("of") == OF_TEACHERS
    week = WeekOnPaper(day, school, timezone.now(), term_week_of(day))
    if of_teachers:
        found = week.of_teachers()
    else:
        found = week.of_class_groups(get_class_groups_to_print(request.user, names))
    context = {
        "school": school,
        "day": day,
        "week": week,
        "of_term": week.of_term,
        "of_teachers": of_teachers,
        "is_chosen": bool(names) and not of_teachers,
        "sheets": found.sheets,
        "without_lessons": found.without_lessons,
    }
    return render(request, "schedule/print_weeks.html", context)
