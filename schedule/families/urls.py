"""Addresses by which the school looks after family links; they lie beside those of people and of class groups."""

from __future__ import annotations

from django.urls import path

from schedule.families.managing import views as managing
from schedule.families.slips import views as slips

app_name = "family_links"

urlpatterns = [
    path("people/<slug:code>/family-links/", managing.links, name="links"),
    path("people/<slug:code>/family-links/<slug:link>/end/", managing.end, name="end"),
    # Before the class groups themselves, whose codes are longer words.
    path("class-groups/family-slips/", slips.several, name="several_slips"),
    path("class-groups/<slug:code>/family-slips/", slips.slips, name="slips"),
    path("schedule/class-groups/<slug:code>/family-slips/", slips.own_slips, name="own_slips"),
    path("schedule/family-slips/<slug:code>/", slips.sheets, name="sheets"),
    path("schedule/family-slips/<slug:code>/done/", slips.done, name="sheets_done"),
]
