from __future__ import annotations

from django.urls import path, register_converter

from schedule.courses import views
from schedule.courses.access import CourseCodeConverter

register_converter(CourseCodeConverter, "course_code")

app_name = "courses"

urlpatterns = [
    path("", views.courses, name="courses"),
    path("new/", views.new, name="new"),
    path("<course_code:code>/", views.course, name="course"),
    path("<course_code:code>/change/", views.change, name="change"),
    path("<course_code:code>/delete/", views.delete, name="delete"),
]
