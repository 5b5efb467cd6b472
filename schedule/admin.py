"""The administration of the timetable: each topic has its own pages, to which what stands above is added here."""

from __future__ import annotations

from django.contrib import admin

import schedule.courses.admin
import schedule.rooms.admin  # noqa: F401 -- all of these register themselves
from schedule.class_groups.admin import ClassGroupAdmin
from schedule.models import ClassGroup

admin.site.register(ClassGroup, ClassGroupAdmin)
