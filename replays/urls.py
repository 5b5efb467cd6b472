from __future__ import annotations

from django.urls import path

from replays import views

app_name = "replays"

urlpatterns = [
    path("", views.index, name="list"),
    path("<slug:code>/", views.detail, name="detail"),
    path("<slug:code>/play/", views.play, name="play"),
    path("<slug:code>/download/", views.download, name="download"),
]
