"""The administration of the timetable: everything is written through the services."""

from __future__ import annotations

from schedule.admin import class_groups, courses, lessons, rooms  # noqa: F401 -- register themselves
