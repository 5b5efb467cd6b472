from __future__ import annotations

from django.contrib import admin

from schedule.models import Course


@admin.register(Course)
class CourseAdmin(admin.ModelAdmin[Course]):
    list_display = ("name", "code")
    search_fields = ("name", "code")
    ordering = ("name",)
