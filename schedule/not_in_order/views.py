"""The school's day: the start page of those who look after the school, and its buttons beside what is not in order."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.decorators import SignedInRequest
from accounts.models import User
from accounts.permissions import Action, may
from edu_platform.lib.http import own_path, require_post_or_explain, see_other, with_query
from edu_platform.lib.live_pages import (
    ASKS_EVERY,
    has_returned,
    is_current,
    is_for_script,
    known_version,
    render_live,
    timed_page,
    unchanged,
)
from schedule import access
from schedule.door.class_ends import look_at_left_class
from schedule.hooks import not_in_order
from schedule.lessons.access import TimetableChoice, get_timetable_choice
from schedule.lessons.choices import TimetableForm
from schedule.timetable import day as days
from schedule.timetable import page_facts, timetables
from schedule.timetable.day import DAY, SchoolDay
from schedule.timetable.forms import DayForm
from schedule.timetable.timetables import Timetable
from schedule.week_grid import FIRST_LUNAR_DAY, LAST_LUNAR_DAY
from schedule.work.reading import work_under_way

# How often the day asks while long work is under way.
WORK_FOLLOWED_EVERY = dt.timedelta(seconds=5)


@require_safe
def today(request: SignedInRequest) -> HttpResponse:
    """Today, or the day that the address names; the page follows the state of its lessons."""
    access.require(request.user, Action.SEE_SCHOOL_DAY)
    if has_returned(request):
        look_at_left_class(request.user)
    now = timezone.now()
    choice = get_timetable_choice(request.user, request.GET)
    day = DayForm(request.GET).chosen_day() or timezone.localdate(now)
    timetable = timetables.school_timetable(choice)
    facts = page_facts.day_facts(day, timetable)
    under_way = work_under_way(request.user)
    version = [fact.shown for fact in facts], under_way
    if is_current(known_version(request), version, at=now):
        return unchanged()
    viewer = timetables.viewer_of(request.user, is_own_timetable=False)
    school_day = days.day_of(day, (fact.lesson for fact in facts), viewer, now)
    context = {
        "school": viewer.school,
        "day": school_day,
        "choice": choice,
        # It is no part that is followed.
        "choice_form": None if is_for_script(request) else TimetableForm(request.GET),
        "under_way": under_way,
        **_to_do(request.user, choice, now, request.get_full_path()),
        "first_day": FIRST_LUNAR_DAY,
        "last_day": LAST_LUNAR_DAY,
        "time_zone": timezone.get_default_timezone_name(),
        **_addresses(school_day, choice, timetable),
    }
    followed = timed_page(
        request.get_full_path(),
        version,
        moments=page_facts.moments_of(school_day.cards, viewer.school, at=now),
        at=now,
        asks_every=WORK_FOLLOWED_EVERY if under_way else ASKS_EVERY,
        page=str(day),
    )
    return render_live(
        request, "schedule/today.html", "schedule/_today_parts.html", context, followed
    )


def _to_do(
    user: User, choice: TimetableChoice, now: dt.datetime, address: str
) -> dict[str, object]:
    return {
        "may_plan": may(Action.ADMINISTER, access.general_relations(user)),
        "drafts": days.drafts_to_come(now) if choice.sees_drafts else None,
        "not_in_order": not_in_order(user, now),
        "list_address": address,
    }


def _addresses(
    school_day: SchoolDay, choice: TimetableChoice, timetable: Timetable
) -> dict[str, object]:
    query = choice.as_query()
    next_day = None if school_day.count else days.next_day_with_lessons(school_day.date, timetable)
    return {
        "next_day": next_day,
        "next_day_url": _address(query, next_day),
        "previous_url": _address(query, school_day.date - DAY),
        "next_url": _address(query, school_day.date + DAY),
        "today_url": _address(query),
        "everything_url": _address({}, None if school_day.is_today else school_day.date),
        "week_url": _week_address(school_day.date, query),
    }


def _week_address(day: dt.date, query: dict[str, str]) -> str:
    """The week of who was chosen, else that of the whole school."""
    if query:
        return with_query(reverse("schedule:week", args=[day]), query)
    return with_query(reverse("schedule:matrix_day", args=[day]), {"span": "week"})


def _address(query: dict[str, str], day: dt.date | None = None) -> str:
    asked = query if day is None else {**query, "day": day.isoformat()}
    return with_query(reverse("schedule:today"), asked)


@require_post_or_explain("schedule:today")
def mend(request: SignedInRequest) -> HttpResponse:
    """Do what the button says, while that is still not in order, and lead back to its page."""
    access.require(request.user, Action.SEE_SCHOOL_DAY)
    kind, at = request.POST.get("kind", ""), timezone.now()
    lines = (line for line in not_in_order(request.user, at) if kind and line.kind == kind)
    runs = [line.remedy.run for line in lines if line.remedy and line.remedy.run]
    for run in runs:
        messages.success(request, run(at))
    if not runs:
        messages.info(request, _("There was nothing to be done: it is in order by now."))
    return see_other(own_path(request.POST.get("next")) or reverse("schedule:today"))
