from __future__ import annotations

from django.urls import path, register_converter

from schedule import (
    change_views,
    channel_views,
    class_group_views,
    feed_views,
    planning_views,
    today_views,
    views,
)
from schedule.week_grid import DayConverter

register_converter(DayConverter, "day")

app_name = "schedule"

urlpatterns = [
    path("", views.this_week, name="this_week"),
    path("<day:day>/", views.week, name="week"),
    path("today/", today_views.today, name="today"),
    path("after-class/", views.after_class, name="after_class"),
    path("changes/<slug:code>/", change_views.timetable_change, name="timetable_change"),
    path("class-groups/", class_group_views.class_groups, name="class_groups"),
    path("class-groups/<slug:code>/", class_group_views.class_group, name="class_group"),
    path(
        "class-groups/<slug:code>/start-passwords/",
        class_group_views.start_passwords,
        name="class_group_start_passwords",
    ),
    path("channels/", channel_views.channels, name="channels"),
    path("channels/new/", channel_views.new, name="channel_new"),
    path("channels/<slug:code>/address/", channel_views.address, name="channel_address"),
    path("channels/<slug:code>/test/", channel_views.test, name="channel_test"),
    path("channels/<slug:code>/pause/", channel_views.pause, name="channel_pause"),
    path("channels/<slug:code>/resume/", channel_views.resume, name="channel_resume"),
    path("channels/<slug:code>/remove/", channel_views.remove, name="channel_remove"),
    path("lessons/new/", planning_views.lesson_new, name="lesson_new"),
    path("lessons/delete/", planning_views.lessons_delete, name="lessons_delete"),
    path("feed/", feed_views.feed, name="feed"),
    path("feeds/<str:token>.ics", feed_views.feed_calendar, name="feed_calendar"),
    path("lessons/<slug:code>/", views.lesson, name="lesson"),
    path("lessons/<slug:code>/change/", planning_views.lesson_change, name="lesson_change"),
    path("lessons/<slug:code>/cancel/", planning_views.lesson_cancel, name="lesson_cancel"),
    path("lessons/<slug:code>/restore/", planning_views.lesson_restore, name="lesson_restore"),
    path("lessons/<slug:code>/publish/", planning_views.lesson_publish, name="lesson_publish"),
    path("lessons/<slug:code>/delete/", planning_views.lesson_delete, name="lesson_delete"),
    path("lessons/<slug:code>/enter/", views.enter, name="enter"),
    path("lessons/<slug:code>/reopen/", views.reopen, name="reopen"),
]
