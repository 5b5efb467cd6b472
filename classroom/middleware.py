from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from classroom.views import receive


class CallbackMiddleware:
    """Answers callbacks above what is there for people: sessions, languages, forms and sign-in.

    The cloud has none of these, and they take as long as storing its event does.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.path = reverse("classroom:callback")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info != self.path:
            return self.get_response(request)
        request.get_host()  # Refuses hosts that are not ours, as Django does for pages.
        response = receive(request)
        response["Content-Length"] = str(len(response.content))
        response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
        response["X-Frame-Options"] = "DENY"
        return response
