"""The page of a family: the button of its link, a child's week, and the calendar that follows it."""

from __future__ import annotations

import datetime as dt
import math

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.list_views import Way
from accounts.models import SchoolSettings, User
from edu_platform.lib.error_pages import ErrorPage, render_error
from edu_platform.lib.http import READ_AND_WRITE, see_other
from edu_platform.lib.secret_tokens import token_at_start
from schedule.families.access import (
    Family,
    LinkNotFound,
    NotOpened,
    family_child,
    family_of,
    find_children,
)
from schedule.families.cookies import keep_opened, opened_browser
from schedule.families.page.child import child_week, class_places
from schedule.families.page.notices import notices_of_late
from schedule.families.page.opening import TooManyOpenings, count_opening, note_used
from schedule.families.visiting import REFUSED, about_child, for_families, page_address
from schedule.family_hooks import family_sections
from schedule.feeds.reading import DAYS_AHEAD, DAYS_BACK, feed_of
from schedule.feeds.views import shown_address
from schedule.feeds.writing import end_feed, make_token
from schedule.timetable.forms import DayForm
from schedule.week_grid import DAY, DAYS_A_WEEK, is_known_day, monday_of

WEEK = DAYS_A_WEEK * DAY
LANGUAGES = frozenset(code for code, _name in settings.LANGUAGES)


@for_families
@require_http_methods(READ_AND_WRITE)
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Show the button, and behind it the child's page; GET changes nothing before the button was pressed."""
    if request.method == "POST":
        return _open(request, token)
    try:
        family = family_of(request, token)
    except NotOpened:
        return render(request, "schedule/families/button.html")
    at = timezone.now()
    note_used(family.link, at=at)
    return render(request, "schedule/families/page.html", _page_context(request, family, token, at))


@for_families
def elsewhere(_request: HttpRequest, token: str) -> HttpResponse:
    """Lead an address with something else behind the secret part, or without the slash, to the one that is meant."""
    meant = token_at_start(token)
    if meant is None:
        raise LinkNotFound
    return see_other(page_address(meant))


def _open(request: HttpRequest, token: str) -> HttpResponse:
    """Make this browser one of the link's, or keep the language that is chosen in it."""
    children = find_children(token)
    link = children[0].link
    language = request.POST.get("language", "")
    response = see_other(request.get_full_path())
    if opened_browser(request, token) is None:
        try:
            count_opening(link, [row.person for row in children], at=timezone.now())
        except TooManyOpenings as refusal:
            return _opened_too_often(request, refusal.until)
    elif language not in LANGUAGES:
        return response
    keep_opened(response, link, language=language if language in LANGUAGES else "")
    return response


def _opened_too_often(request: HttpRequest, until: dt.datetime) -> HttpResponse:
    wait_s = max(1, math.ceil((until - timezone.now()).total_seconds()))
    minutes = math.ceil(wait_s / 60)
    advice = ngettext(
        "Open it again in %(count)s minute. If the link went to others by mistake, ask the class teacher for a new one.",
        "Open it again in %(count)s minutes. If the link went to others by mistake, ask the class teacher for a new one.",
        minutes,
    )
    error = ErrorPage(
        status=429,
        title=_("This link was opened very often"),
        explanation=_(
            "Within an hour it was opened in so many browsers that it opens in no further one for a while. Where it was opened before, it still works."
        ),
        advice=advice % {"count": minutes},
        retry_after_s=wait_s,
    )
    return render_error(request, REFUSED, error, {})


# --- The page of a child --------------------------------------------------------------------------


def _page_context(
    request: HttpRequest, family: Family, token: str, at: dt.datetime
) -> dict[str, object]:
    school, today = SchoolSettings.load(), timezone.localdate(at)
    address = page_address(token)
    day = DayForm({"day": request.GET.get("week")}).chosen_day() or today
    shown = child_week(family.child, day, school, at=at)
    return {
        "school": school,
        "child": family.child,
        "children": _children_ways(family, address),
        "shown": shown,
        "week": shown.week,
        "unusual_days": shown.of_term.unusual_days if shown.of_term else [],
        **_week_addresses(family.child, address, shown.week.monday, today),
        "notices": notices_of_late(family.child, school, at=at),
        "sections": family_sections(family.child, family.link, token, school, at),
        "places": class_places(family.child, today),
        "feed_address": _feed_address(address, family.child),
        "time_zone": timezone.get_default_timezone_name(),
    }


def _children_ways(family: Family, address: str) -> list[Way]:
    """Return the ways to the children; none of an only one."""
    if len(family.children) == 1:
        return []
    return [
        Way(about_child(address, child), child.display_name, child == family.child)
        for child in family.children
    ]


def _week_addresses(child: User, address: str, monday: dt.date, today: dt.date) -> dict[str, str]:
    """Return the ways to other weeks; none beyond the calendar."""
    weeks = {
        "previous_url": monday - WEEK,
        "next_url": monday + WEEK,
        "this_week_url": monday_of(today),
    }
    return {
        name: about_child(address, child, week=str(day)) if is_known_day(day) else ""
        for name, day in weeks.items()
    }


# --- The calendar of a child ----------------------------------------------------------------------


def _feed_address(page: str, child: User) -> str:
    """Return where a calendar for the child is made and ended, below the page of its family."""
    return about_child(f"{page}feed/", child)


@for_families
@require_http_methods(READ_AND_WRITE)
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Make or end the address by which a calendar follows the child; a new one is shown in the answer, once."""
    family = family_of(request, token)
    child_row, page_of_family = family_child(family), page_address(token)
    form_address = _feed_address(page_of_family, family.child)
    context: dict[str, object] = {
        "child": family.child,
        "page": about_child(page_of_family, family.child),
        "form_address": form_address,
        "back": DAYS_BACK,
        "ahead": DAYS_AHEAD,
    }
    if request.method != "POST":
        context["feed"] = feed_of(family.child, family_child=child_row)
        return render(request, "schedule/families/feed.html", context)
    if request.POST.get("revoke"):
        end_feed(family.child, family_child=child_row)
        return see_other(form_address)
    new_token = make_token(family.child, at=timezone.now(), family_child=child_row)
    context |= shown_address(new_token)
    return render(request, "schedule/families/feed_address.html", context)
