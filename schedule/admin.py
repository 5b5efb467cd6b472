"""The administration of the timetable: each topic has its own pages, to which what stands above is added here."""

from __future__ import annotations

import schedule.rooms.admin  # noqa: F401 -- it registers itself
