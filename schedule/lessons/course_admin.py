from __future__ import annotations

from django.contrib import admin

from edu_platform.lib.admin_base import PlatformAdmin
from schedule.models import Course


@admin.register(Course)
class CourseAdmin(PlatformAdmin[Course]):
    list_display = ("name", "code")
    search_fields = ("name", "code")
    ordering = ("name",)
