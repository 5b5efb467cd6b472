"""All addresses of attendance, from the site's root: those of a lesson lie below its page."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "attendance"

urlpatterns: list[URLPattern] = []
