"""The administration of the timetable: each topic has its own pages, which are registered by being imported."""

from __future__ import annotations

import schedule.admin.courses
import schedule.admin.deletion_words
import schedule.admin.lessons
import schedule.class_groups.admin
import schedule.imports.actions_admin
import schedule.rooms.admin  # noqa: F401
