from __future__ import annotations

from django.urls import path, register_converter

from schedule import views
from schedule.week_grid import DayConverter

register_converter(DayConverter, "day")

app_name = "schedule"

urlpatterns = [
    path("", views.this_week, name="this_week"),
    path("<day:day>/", views.week, name="week"),
    path("after-class/", views.after_class, name="after_class"),
    path("lessons/<slug:code>/", views.lesson, name="lesson"),
    path("lessons/<slug:code>/enter/", views.enter, name="enter"),
    path("lessons/<slug:code>/reopen/", views.reopen, name="reopen"),
]
