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
from accounts.visitors import follows_browser, for_visitors, too_many_guesses
from edu_platform.lib import guesses
from edu_platform.lib.error_pages import ErrorPage, render_error
from edu_platform.lib.formatting import moment_text
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE, without_line_of_django
from edu_platform.lib.live_pages import (
    is_current,
    known_version,
    render_live,
    timed_page,
    unchanged,
)
from edu_platform.lib.secret_tokens import token_at_start
from schedule.door.clicks import go_in
from schedule.door.entry import EntryRefused
from schedule.door.error_pages import EntryErrorPage
from schedule.guests.access import LessonOver, NotToBeEntered, find_guest
from schedule.guests.door import check_guests_door, ended_room, opens_at
from schedule.guests.entering import EnteringGuest
from schedule.guests.registration import GuestGone
from schedule.history.words import period_text, start_text
from schedule.models import Guest, Lesson, Room

# Links and forms of the page lead to itself without its address, which is a secret.
THIS_PAGE = ""
REFUSED = "schedule/guests/refused.html"


@follows_browser
@for_visitors("schedule/guests/invalid.html")
@require_http_methods(READ_AND_WRITE)
def visit(request: HttpRequest, token: str) -> HttpResponse:
    """Show the lesson to its guest, and lead into the class by a POST: what looks ahead at links changes nothing."""
    # Guesses are counted by the token alone, without what a messenger has put behind it.
    token = token_at_start(token) or token
    if guesses.is_spent(request, token):
        return too_many_guesses(request, REFUSED)
    at = timezone.now()
    try:
        guest = find_guest(token, at=at)
    except LessonOver as over:
        # Pages of guests follow their lesson to its end: that many leave one at once is no guessing.
        return _over(request, over.lesson)
    except NotToBeEntered:
        raise
    except Http404:
        guesses.note_wrong(request, token)
        raise
    guesses.note_right(request, token)
    ended = ended_room(guest.lesson)
    is_open = _is_open(guest.lesson, ended, at)
    if request.method == "POST" and is_open:
        return _enter(request, guest)
    return _page(request, guest, ended, at, is_open=is_open)


def _is_open(lesson: Lesson, ended: Room | None, at: dt.datetime) -> bool:
    if ended is not None:
        return False
    try:
        check_guests_door(lesson, at)
    except EntryRefused:
        return False
    return True


def _page(
    request: HttpRequest, guest: Guest, ended: Room | None, at: dt.datetime, *, is_open: bool
) -> HttpResponse:
    lesson, opening = guest.lesson, opens_at(guest.lesson)
    ended_at = None if ended is None else ended.real_ended_at
    shown = _shown_facts(guest, ended)
    if is_current(known_version(request), shown, at=at):
        return unchanged()
    context = {
        "school": SchoolSettings.load(),
        "guest": guest,
        "lesson": lesson,
        "period": period_text(lesson.starts_at, lesson.ends_at),
        "duration": _duration_text(lesson),
        "is_open": is_open,
        "has_ended": ended is not None,
        "ended_at": "" if ended_at is None else moment_text(ended_at, at),
        "was_moved": _was_moved(guest),
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


def _shown_facts(guest: Guest, ended: Room | None) -> tuple[object, ...]:
    """Return what the page follows: with other facts it is shown anew."""
    lesson = guest.lesson
    people = (guest.name, lesson.teacher.display_name)
    hours = (str(lesson.starts_at), str(lesson.ends_at))
    end = (ended is not None, str(None if ended is None else ended.real_ended_at))
    return (*people, lesson.course.name, lesson.state, *hours, *end)


def _duration_text(lesson: Lesson) -> str:
    minutes = (lesson.ends_at - lesson.starts_at) // dt.timedelta(minutes=1)
    return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}


def _was_moved(guest: Guest) -> bool:
    """Return whether the lesson was moved, and not back, since the guest heard its time."""
    moved_at = guest.lesson.moved_at
    return moved_at is not None and moved_at > guest.invited_at


def _over(request: HttpRequest, lesson: Lesson) -> HttpResponse:
    page = ErrorPage(
        status=404,
        title=_("This lesson is over"),
        explanation=_("Its time was %(period)s, and your link was for this lesson alone.")
        % {"period": period_text(lesson.starts_at, lesson.ends_at)},
        advice=_(
            "If it goes on, or comes again, ask the person who invited you. You need do nothing else."
        ),
    )
    context = {"school": SchoolSettings.load()}
    return without_line_of_django(render_error(request, REFUSED, page, context))


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
