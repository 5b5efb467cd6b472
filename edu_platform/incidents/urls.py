from __future__ import annotations

from django.urls import path

from edu_platform.incidents import views

app_name = "incidents"

urlpatterns = [
    path("", views.incidents, name="incidents"),
    path("new/", views.new, name="new"),
    path("<slug:code>/", views.incident, name="incident"),
    path("<slug:code>/change/", views.change, name="change"),
]
