from __future__ import annotations

import datetime as dt

from django.urls import path, register_converter

from schedule import views
from schedule.week_grid import FIRST_LUNAR_DAY, LAST_LUNAR_DAY


class DayConverter:
    """A day in an address, as 2024-09-02, inside the years that the calendar knows."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> dt.date:
        day = dt.date.fromisoformat(value)  # a ValueError makes the address unknown
        if not FIRST_LUNAR_DAY <= day <= LAST_LUNAR_DAY:
            raise ValueError(value)
        return day

    def to_url(self, value: dt.date) -> str:
        return value.isoformat()


register_converter(DayConverter, "day")

app_name = "schedule"

urlpatterns = [
    path("", views.this_week, name="this_week"),
    path("<day:day>/", views.week, name="week"),
    path("lessons/<slug:code>/", views.lesson, name="lesson"),
    path("lessons/<slug:code>/enter/", views.enter, name="enter"),
    path("lessons/<slug:code>/reopen/", views.reopen, name="reopen"),
]
