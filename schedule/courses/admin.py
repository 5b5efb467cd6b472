"""Courses in the administration: addresses of before, which lead to their pages."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse

from edu_platform.lib.moved_admin import MovedAdmin
from schedule.models import Course


@admin.register(Course)
class CourseAdmin(MovedAdmin[Course]):
    list_page, new_page = "courses:courses", "courses:new"
    # Lessons are searched by it.
    search_fields = ("name", "code")
    ordering = ("name_key", "pk")

    def page_of(self, row: Course) -> str:
        return reverse("courses:course", args=[row.code])
