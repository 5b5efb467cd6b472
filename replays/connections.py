"""What the replays hang on to in the apps below: connected once, when this app starts."""

from __future__ import annotations

from classroom import registry
from classroom.enums import EventKind
from replays.handlers import refresh_replay
from replays.panels import lesson_replay_panel
from replays.services.expectations import follow_lessons, follow_rooms
from schedule.listeners import register_lesson_listener, register_room_listener
from schedule.panels import register_lesson_panel


def connect() -> None:
    registry.register(EventKind.ROOM, refresh_replay)
    register_lesson_listener(follow_lessons)
    register_room_listener(follow_rooms)
    register_lesson_panel(lesson_replay_panel)
