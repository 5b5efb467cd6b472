"""Hooks of the timetable into the apps below, registered once when this app starts."""

from __future__ import annotations

from classroom.hooks import room_handlers
from schedule.handlers import refresh_room

# The lowest: lesson and room are locked and saved before their replay.
ORDER = 10


def register() -> None:
    room_handlers.register(refresh_room, order=ORDER)
