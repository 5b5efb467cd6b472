"""All addresses of attendance, from the site's root: those of a lesson lie below its page."""

from __future__ import annotations

from django.urls import URLPattern, path

from attendance.month_export_views import lessons_xlsx
from attendance.overviews import views as overviews

app_name = "attendance"

urlpatterns: list[URLPattern] = [
    path("attendance/", overviews.own, name="own"),
    path("attendance/lessons.xlsx", lessons_xlsx, name="lessons_xlsx"),
    path("attendance/people/<slug:code>/", overviews.person, name="person"),
    path("attendance/class-groups/<slug:code>/", overviews.class_group, name="class_group"),
    path(
        "attendance/class-groups/<slug:code>/print/",
        overviews.class_group_print,
        name="class_group_print",
    ),
    path(
        "attendance/class-groups/<slug:code>/attendance.xlsx",
        overviews.class_group_xlsx,
        name="class_group_xlsx",
    ),
]
