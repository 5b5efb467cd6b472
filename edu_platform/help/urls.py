from __future__ import annotations

from django.urls import path

from edu_platform.help import views

app_name = "help"
urlpatterns = [
    path("", views.contents, name="contents"),
    path("<slug:name>/", views.page, name="page"),
    path("guides/<slug:name>/", views.guide, name="guide"),
]
