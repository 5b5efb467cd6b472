"""Addresses by which the school looks after family links; they lie beside those of people and of class groups."""

from __future__ import annotations

from django.urls import path

from schedule.families import managing_views, slips_views

app_name = "family_links"

urlpatterns = [
    path("people/<slug:code>/family-links/", managing_views.links, name="links"),
    path("people/<slug:code>/family-links/<slug:link>/end/", managing_views.end, name="end"),
    # Before the class groups themselves, whose codes are longer words.
    path("class-groups/family-slips/", slips_views.several, name="several_slips"),
    path("class-groups/<slug:code>/family-slips/", slips_views.slips, name="slips"),
    path(
        "schedule/class-groups/<slug:code>/family-slips/", slips_views.own_slips, name="own_slips"
    ),
    path("schedule/family-slips/<slug:code>/", slips_views.sheets, name="sheets"),
    path("schedule/family-slips/<slug:code>/done/", slips_views.done, name="sheets_done"),
]
