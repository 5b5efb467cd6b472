from __future__ import annotations

from django.urls import path, register_converter

from schedule import class_group_views, views
from schedule.week_grid import DayConverter

register_converter(DayConverter, "day")

app_name = "schedule"

urlpatterns = [
    path("", views.this_week, name="this_week"),
    path("<day:day>/", views.week, name="week"),
    path("after-class/", views.after_class, name="after_class"),
    path("class-groups/", class_group_views.class_groups, name="class_groups"),
    path("class-groups/<slug:code>/", class_group_views.class_group, name="class_group"),
    path(
        "class-groups/<slug:code>/start-passwords/",
        class_group_views.start_passwords,
        name="class_group_start_passwords",
    ),
    path("lessons/<slug:code>/", views.lesson, name="lesson"),
    path("lessons/<slug:code>/enter/", views.enter, name="enter"),
    path("lessons/<slug:code>/reopen/", views.reopen, name="reopen"),
]
