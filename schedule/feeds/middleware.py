from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from edu_platform.lib import counters
from schedule.feeds.views import feed_calendar

RESULTS = {200: "sent", 304: "unchanged", 404: "not_found"}


class CalendarFeedMiddleware:
    """Answers calendars above what is there for people: sessions, languages, forms and sign-in.

    They have none of these, thousands ask again and again, and it takes longer than their answer does.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.before, self.after = reverse("schedule:feed_calendar", args=["*"]).split("*")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        token = path.removeprefix(self.before).removesuffix(self.after)
        if f"{self.before}{token}{self.after}" != path or "/" in token:
            return self.get_response(request)
        request.get_host()  # Refuses hosts that are not ours, as Django does for pages.
        response = feed_calendar(request, token)
        counters.FEEDS.labels(RESULTS.get(response.status_code, "refused")).inc()
        response["Content-Length"] = str(len(response.content))
        response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
        response["X-Frame-Options"] = "DENY"
        return response
