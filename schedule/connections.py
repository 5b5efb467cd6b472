"""What the timetable hangs on to in the apps below: connected once, when this app starts."""

from __future__ import annotations

from classroom import registry
from classroom.enums import EventKind
from schedule.handlers import refresh_room


def connect() -> None:
    registry.register(EventKind.ROOM, refresh_room)
