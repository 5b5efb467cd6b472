"""All addresses of attendance, from the site's root: those of a lesson lie below its page."""

from __future__ import annotations

from django.urls import URLPattern, path

from attendance.alarms import duty_views as duty
from attendance.alarms import views as alarms
from attendance.class_starts import views as class_starts
from attendance.course_rules import views as course_rules
from attendance.lesson_page import views as lesson_page
from attendance.missing import views as missing
from attendance.month_export.views import lessons_xlsx
from attendance.now import class_views as running_class
from attendance.now import views as now
from attendance.now import wall_views as wall
from attendance.overviews import views as overviews

app_name = "attendance"

urlpatterns: list[URLPattern] = [
    path("attendance/", overviews.own, name="own"),
    path("attendance/lessons.xlsx", lessons_xlsx, name="lessons_xlsx"),
    path("attendance/missing/", missing.missing_attendance, name="missing"),
    # The converter is registered by the addresses of courses, which stand before these.
    path("attendance/courses/<course_code:code>/", course_rules.course_rules, name="course_rules"),
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
    path("schedule/alarms/<slug:code>/take/", alarms.take_alarm, name="alarm_take"),
    path("schedule/now/duty/", duty.duty, name="duty"),
    path("schedule/now/duty/<slug:code>/remove/", duty.remove_duty, name="duty_remove"),
    path("schedule/now/starts/", class_starts.class_starts, name="class_starts"),
    path("schedule/now/starts.xlsx", class_starts.class_starts_xlsx, name="class_starts_xlsx"),
    path("schedule/now/", now.now, name="now"),
    path("schedule/now/walls/", wall.walls, name="walls"),
    path("schedule/now/walls/<slug:code>/end/", wall.wall_end, name="wall_end"),
    path("schedule/now/wall/<str:token>/", wall.wall, name="wall"),
    path("schedule/lessons/<slug:code>/message/", running_class.message, name="message"),
    path("schedule/lessons/<slug:code>/end/", running_class.end, name="end_class"),
    path("schedule/lessons/<slug:code>/attendance/", lesson_page.lesson_attendance, name="lesson"),
    path(
        "schedule/lessons/<slug:code>/attendance.xlsx",
        lesson_page.lesson_attendance_xlsx,
        name="lesson_xlsx",
    ),
]
