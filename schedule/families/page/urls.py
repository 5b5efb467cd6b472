from __future__ import annotations

from django.urls import path

from schedule.families.page import views

app_name = "families"
urlpatterns = [
    path("", views.elsewhere, {"token": ""}, name="all"),
    path("<str:token>/", views.page, name="page"),
    path("<str:token>/feed/", views.feed, name="feed"),
]
