"""The pages that show where a lesson could be, and take it there."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.decorators import SignedInRequest
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE, UNPROCESSABLE, see_other, with_query
from schedule import access
from schedule.enums import ActionOrigin
from schedule.history.snapshots import snapshot_of
from schedule.hooks import change_notes
from schedule.lessons.begun import begun_of, frozen_in_words
from schedule.lessons.moments import NotReadable, read_date
from schedule.lessons.move_refusals import REFUSED, refused
from schedule.lessons.pages import told_in_words
from schedule.lessons.trying_again import trying_again
from schedule.models import Lesson
from schedule.places.forms import NoPlace, PlaceForm
from schedule.places.grid import days_of, rows_of
from schedule.places.lesson_places import places_of
from schedule.places.words import fault_in_words
from schedule.week_grid import (
    DAY,
    DAYS_A_WEEK,
    FIRST_LUNAR_DAY,
    LAST_LUNAR_DAY,
    monday_of,
    sunday_of,
    within_calendar,
)

WEEK = DAYS_A_WEEK * DAY
CANNOT_GO_THERE: tuple[type[Exception], ...] = (*REFUSED, NoPlace)


@require_http_methods(READ_AND_WRITE)
def lesson_places(request: SignedInRequest, code: str) -> HttpResponse:
    """Show the places of a lesson in a week; a POST takes it to one."""
    (lesson,) = access.get_lessons_to_plan(request.user, [code])
    if request.method != "POST":
        return _page(request, lesson, PlaceForm(lesson=lesson))
    # The form is read anew, and says so, where somebody leaves just now.
    return trying_again(lambda: _take_there(request, PlaceForm(request.POST, lesson=lesson)))


def _take_there(request: SignedInRequest, form: PlaceForm) -> HttpResponse:
    lesson = form.lesson
    if not form.is_valid():
        return _page(request, lesson, form, status=UNPROCESSABLE)
    try:
        form.save(form.action(by=request.user, origin=ActionOrigin.PAGE))
    except CANNOT_GO_THERE as err:
        refusal = _refused(err, form)
        (now,) = access.get_lessons_to_plan(request.user, [lesson.code])
        return _page(request, now, form, **refusal)
    messages.success(request, form.said())
    return see_other(reverse("schedule:lesson", args=[lesson.code]))


def _refused(err: Exception, form: PlaceForm) -> dict[str, Any]:
    """Return what the page says of the refusal, and its status."""
    if isinstance(err, NoPlace):
        return {"faults": [fault_in_words(err.kind)], "status": CONFLICT}
    return refused(err, form.wanted())


def _page(
    request: SignedInRequest, lesson: Lesson, form: PlaceForm, *, status: int = 200, **refusal: Any
) -> HttpResponse:
    """Render the lesson as it is now, with the places of the week that the address names."""
    now = timezone.now()
    before = snapshot_of(lesson)
    day = _day_asked(request) or max(_day_of(lesson.starts_at), _day_of(now))
    monday = monday_of(day)
    why_not = _why_not(lesson)
    context: dict[str, Any] = {
        "lesson": lesson,
        "form": form,
        "known": before.version(),
        "why_not": why_not,
        "notes": [] if why_not else change_notes(lesson),
        "told": told_in_words((before, before), at=now),
        "days": days_of(monday, _day_of(now)),
        "rows": [],
        **_around(request, monday),
        **refusal,
    }
    if not why_not:
        week = places_of(lesson, monday, at=now)
        context |= {"rows": rows_of(week), "of_term": week.school_days.of_term}
        context["is_outside_term"] = week.is_outside_term
    return render(request, "schedule/places/lesson.html", context, status=status)


def _why_not(lesson: Lesson) -> str:
    """Say why the lesson cannot move at all; empty where it can."""
    if lesson.is_cancelled:
        return _("The lesson was cancelled: undo the cancellation first.")
    begun = begun_of(lesson)
    return "" if begun is None else frozen_in_words(begun)


def _day_of(moment: dt.datetime) -> dt.date:
    return timezone.localdate(moment)


def _day_asked(request: SignedInRequest) -> dt.date | None:
    """Return the day whose week is asked for; a malformed one counts as absent."""
    try:
        return within_calendar(read_date(request.GET.get("week", "")))
    except NotReadable:
        return None


def _around(request: SignedInRequest, monday: dt.date) -> dict[str, Any]:
    """Return the ways to other weeks."""
    addresses = {
        name: with_query(request.path, {"week": day.isoformat()})
        for name, day in (("previous_url", monday - WEEK), ("next_url", monday + WEEK))
        if FIRST_LUNAR_DAY <= day <= LAST_LUNAR_DAY
    }
    return {"monday": monday, "sunday": sunday_of(monday), **addresses}
