"""Replays below the address of a family, `/family/<token>/replays/`."""

from __future__ import annotations

from django.urls import path

from replays.views import family as views

app_name = "family_replays"

urlpatterns = [
    path("<slug:code>/", views.replay, name="replay"),
    path("<slug:code>/play/", views.play, name="play"),
    path("<slug:code>/play/<int:number>/<path:name>", views.play_part, name="play_part"),
]
