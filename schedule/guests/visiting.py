"""The page of a guest's secret address: a lesson, its time, and one button."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.models import SchoolSettings
from accounts.visitors import for_visitors, too_many_guesses
from edu_platform.lib import guesses
from edu_platform.lib.error_pages import render_error
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE
from edu_platform.lib.live_pages import (
    is_current,
    known_version,
    render_live,
    timed_page,
    unchanged,
)
from schedule.door.clicks import go_in
from schedule.door.entry import EntryRefused
from schedule.door.error_pages import EntryErrorPage
from schedule.guests.access import NotToBeEntered, find_guest
from schedule.guests.door import check_guests_door, opens_at
from schedule.guests.entering import EnteringGuest
from schedule.guests.registration import GuestGone
from schedule.history.words import period_text, start_text
from schedule.models import Guest, Lesson

# The page of its address: it stands in none of its links and forms.
THIS_PAGE = ""
REFUSED = "schedule/guests/refused.html"


@for_visitors("schedule/guests/invalid.html")
@require_http_methods(READ_AND_WRITE)
def visit(request: HttpRequest, token: str) -> HttpResponse:
    """Show the lesson to its guest, and lead into the class by a POST: what looks ahead at links changes nothing."""
    if guesses.is_spent(request):
        return too_many_guesses(request, REFUSED)
    at = timezone.now()
    try:
        guest = find_guest(token, at=at)
    except NotToBeEntered:
        # Pages of guests follow their lesson to its end: that many leave one at once is no guessing.
        raise
    except Http404:
        guesses.note_wrong(request)
        raise
    is_open = _is_open(guest.lesson, at)
    if request.method == "POST" and is_open:
        return _enter(request, guest)
    return _page(request, guest, at, is_open=is_open)


def _is_open(lesson: Lesson, at: dt.datetime) -> bool:
    try:
        check_guests_door(lesson, at)
    except EntryRefused:
        return False
    return True


def _page(request: HttpRequest, guest: Guest, at: dt.datetime, *, is_open: bool) -> HttpResponse:
    lesson = guest.lesson
    opening = opens_at(lesson)
    hours = (str(lesson.starts_at), str(lesson.ends_at))
    people = (guest.name, lesson.teacher.display_name)
    shown = (*people, lesson.course.name, lesson.state, *hours)
    if is_current(known_version(request), shown, at=at):
        return unchanged()
    minutes = (lesson.ends_at - lesson.starts_at) // dt.timedelta(minutes=1)
    context = {
        "school": SchoolSettings.load(),
        "guest": guest,
        "lesson": lesson,
        "period": period_text(lesson.starts_at, lesson.ends_at),
        "duration": ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes},
        "is_open": is_open,
        "opens_at": opening,
        "opening": start_text(opening),
        "time_zone": timezone.get_default_timezone_name(),
    }
    followed = timed_page(THIS_PAGE, shown, moments=[opening, lesson.ends_at], at=at)
    return render_live(
        request,
        "schedule/guests/visit.html",
        "schedule/guests/_visit_parts.html",
        context,
        followed,
        status=CONFLICT if request.method == "POST" else 200,
    )


def _enter(request: HttpRequest, guest: Guest) -> HttpResponse:
    """Lead into the class, or say why not."""
    try:
        answer = go_in(EnteringGuest(guest), guest.lesson, request.POST.get("arrived", ""))
    except GuestGone as err:
        raise Http404 from err
    if not isinstance(answer, EntryErrorPage):
        return answer
    if answer.status == CONFLICT:
        answer = replace(answer, advice=_("Ask the person who invited you."))
    return render_error(request, REFUSED, answer, {"school": SchoolSettings.load()})
