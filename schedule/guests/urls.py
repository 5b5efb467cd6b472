"""The secret addresses of guests, which need no sign-in."""

from __future__ import annotations

from django.urls import path, re_path

from schedule.guests.visiting import visit

app_name = "guests"

urlpatterns = [
    # Messengers cut the slash off, or put what follows in a sentence behind it: it is the same page, and no redirect tells
    # the address once more.
    re_path(r"^(?P<token>.+)$", visit, name="visit"),
    path("<str:token>/", visit, name="visit"),
]
