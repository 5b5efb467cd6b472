"""The page that shows where a weekly lesson could be, and takes it there."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.decorators import SignedInRequest
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE, UNPROCESSABLE, see_other
from edu_platform.lib.versions import NotAsShown
from schedule.lessons.meanwhile import Meanwhile
from schedule.lessons.moving import NothingToSwap
from schedule.models import Term, WeeklyLesson
from schedule.places.grid import weekly_days, weekly_rows_of
from schedule.places.weekly_forms import WeeklyPlaceForm
from schedule.places.weekly_places import places_of_weekly
from schedule.terms.access import get_weekly_lesson_for
from schedule.terms.weekly_lessons.changes import WeeklyLessonOverlaps
from schedule.terms.weekly_lessons.forms import has_changed_in_words
from schedule.terms.weekly_lessons.lists import WeeklyLessonRow
from schedule.terms.weekly_lessons.views import (
    address_of_week,
    grid_in_address,
    taken_rows,
)
from schedule.terms.weekly_lessons.writing import plan_of


@require_http_methods(READ_AND_WRITE)
def weekly_lesson_places(request: SignedInRequest, code: str, weekly_lesson: str) -> HttpResponse:
    """Show the places of a weekly lesson; a POST takes it to one."""
    now = get_weekly_lesson_for(request.user, code, weekly_lesson)
    if request.method != "POST":
        return _page(request, now)
    form = WeeklyPlaceForm(request.POST, weekly_lesson=now)
    if not form.is_valid():
        return _page(request, now, faults=form.faults, status=UNPROCESSABLE)
    try:
        has_moved = form.save()
    except (WeeklyLesson.DoesNotExist, Term.DoesNotExist) as err:
        raise Http404 from err  # deleted meanwhile
    except (WeeklyLessonOverlaps, NotAsShown, NothingToSwap) as err:
        now = get_weekly_lesson_for(request.user, code, weekly_lesson)
        return _page(request, now, **_refused(now, err))
    if has_moved:
        messages.success(request, _("The weekly lesson was moved."))
    else:
        messages.info(request, _("Nothing was changed."))
    return see_other(address_of_week(request, now.term, now))


def _refused(weekly_lesson: WeeklyLesson, err: Exception) -> dict[str, Any]:
    """Return what the page says of the refusal, and its status."""
    if isinstance(err, WeeklyLessonOverlaps):
        return {"clashes": taken_rows(weekly_lesson.term, err), "status": CONFLICT}
    if isinstance(err, NotAsShown):
        advice = _("Nothing was saved. It is shown below as it is now.")
        meanwhile = Meanwhile(heading=has_changed_in_words(), advice=advice)
        return {"meanwhile": meanwhile, "status": CONFLICT}
    fault = _("Only two weekly lessons of a term, at different times, can be swapped.")
    return {"faults": [fault], "status": UNPROCESSABLE}


def _page(
    request: SignedInRequest, weekly_lesson: WeeklyLesson, *, status: int = 200, **refusal: Any
) -> HttpResponse:
    term = weekly_lesson.term
    context = {
        "term": term,
        "weekly_lesson": weekly_lesson,
        "row": WeeklyLessonRow(weekly_lesson, term.code, urlencode(grid_in_address(request))),
        "known": plan_of(weekly_lesson).version,
        "days": weekly_days(),
        "rows": weekly_rows_of(places_of_weekly(weekly_lesson), term.code),
        **refusal,
    }
    return render(request, "schedule/places/weekly_lesson.html", context, status=status)
