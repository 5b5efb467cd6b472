"""The administration of the timetable: each topic has its own pages, which are registered by being imported."""

from __future__ import annotations

import schedule.class_groups.admin
import schedule.imports.actions_admin
import schedule.lessons.admin
import schedule.lessons.course_admin
import schedule.lessons.deletion_words
import schedule.rooms.admin  # noqa: F401
