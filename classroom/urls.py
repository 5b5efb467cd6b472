from __future__ import annotations

from django.urls import path

from classroom import views

app_name = "classroom"

urlpatterns = [path("", views.receive, name="callback")]
