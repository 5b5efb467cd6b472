from __future__ import annotations

from django.urls import path

from schedule import views

app_name = "schedule"

urlpatterns = [
    path("", views.this_week, name="this_week"),
]
