"""Addresses of one's own consent; those of class groups and of the text are among the timetable's."""

from __future__ import annotations

from django.urls import path

from schedule.consents import own_views

app_name = "own_consent"

urlpatterns = [
    path("", own_views.consent, name="consent"),
    path("withdraw/", own_views.withdraw, name="withdraw"),
    path("print/", own_views.print_own, name="print"),
]
