"""One's own timetable in one's own calendar: its address, and the file behind it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import SignedInRequest, open_with_start_password
from accounts.hooks import OwnLink
from accounts.models import User
from edu_platform.lib.http import READ_AND_WRITE, see_other
from edu_platform.lib.qr_codes import qr_code
from schedule.feeds import calendar_file
from schedule.feeds.reading import DAYS_AHEAD, DAYS_BACK, feed_of, find_feed
from schedule.feeds.writing import end_feed, make_token, note_fetched


def feed_links(_user: User) -> Iterator[OwnLink]:
    """For everybody's profile."""
    yield OwnLink(reverse("schedule:feed"), _("Calendar subscription"))


@require_http_methods(READ_AND_WRITE)
def feed(request: SignedInRequest) -> HttpResponse:
    """One's address: whether there is one; a new one is shown in the answer that made it, and never again."""
    if request.method != "POST":
        return _feed_page(request)
    if request.POST.get("revoke"):
        if end_feed(request.user):
            messages.success(request, _("The address no longer works."))
        return see_other(reverse("schedule:feed"))
    context = shown_address(make_token(request.user, at=timezone.now()))
    response = render(request, "schedule/feed_address.html", context)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _feed_page(request: SignedInRequest) -> HttpResponse:
    context = {"feed": feed_of(request.user), "back": DAYS_BACK, "ahead": DAYS_AHEAD}
    return render(request, "schedule/feed.html", context)


def shown_address(token: str) -> dict[str, object]:
    """Return what the page shows that shows a new address, once."""
    address = settings.PUBLIC_BASE_URL + reverse("schedule:feed_calendar", args=[token])
    # The same for programs that subscribe to it at a click.
    subscribing = address.replace(urlsplit(address).scheme, "webcal", 1)
    return {"address": address, "subscribing": subscribing, "qr_code": qr_code(subscribing)}


@login_not_required
@open_with_start_password
@csrf_exempt  # it changes nothing, and says so (405)
@require_safe
def feed_calendar(request: HttpRequest, token: str) -> HttpResponse:
    """The lessons of the person whose address it is, for calendars; one query while nothing has changed."""
    calendar_feed = find_feed(token, at=timezone.now())
    if calendar_feed is None:
        return _private(HttpResponse("404\n", status=404, content_type="text/plain"))
    tag = f'"{calendar_feed.version}"'
    unchanged = get_conditional_response(request, etag=tag)
    if unchanged is not None:
        return _private(unchanged, tag)
    if calendar_feed.fetched_on != calendar_feed.today:
        note_fetched(calendar_feed.pk, on=calendar_feed.today)
    content = calendar_file.written(
        calendar_feed.lessons(),
        person=calendar_feed.person,
        today=calendar_feed.today,
        has_addresses=not calendar_feed.is_of_family,
    )
    response = HttpResponse(content, content_type=calendar_file.CONTENT_TYPE)
    # Saved under a name without the secret.
    response["Content-Disposition"] = 'inline; filename="timetable.ics"'
    return _private(response, tag)


def _private(response: HttpResponse, tag: str = "") -> HttpResponse:
    if tag:
        response["ETag"] = tag
    response["Cache-Control"] = "private"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
