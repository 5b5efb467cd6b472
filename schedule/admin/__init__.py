"""The administration of the timetable: everything is written through the services."""

from __future__ import annotations

from schedule.admin import (  # noqa: F401 -- register themselves
    changes,
    class_groups,
    courses,
    deletion_words,
    lessons,
    rooms,
)
