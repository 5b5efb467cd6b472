"""The secret addresses of guests, which need no sign-in."""

from __future__ import annotations

from django.urls import path

from schedule.guests.visiting import visit

app_name = "guests"

urlpatterns = [
    # Messengers cut the slash off: it is the same page, and no redirect tells the address once more.
    path("<str:token>", visit, name="visit"),
    path("<str:token>/", visit, name="visit"),
]
