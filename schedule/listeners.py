"""Who in a higher app wants to hear of changes here. A leaf: apps register when they start.

Listeners are called inside the transaction of the change, with ids only; what they write stands or
falls with it. They ask no cloud.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

Listener = Callable[[Collection[int]], None]

_lesson_listeners: list[Listener] = []
_room_listeners: list[Listener] = []


def register_lesson_listener(listener: Listener) -> None:
    """Have a function called with the ids of lessons that were planned, changed or cancelled."""
    _lesson_listeners.append(listener)


def register_room_listener(listener: Listener) -> None:
    """Have a function called with the ids of rooms that were made, put aside, or changed state."""
    _room_listeners.append(listener)


def lessons_changed(lesson_ids: Collection[int]) -> None:
    for listener in _lesson_listeners:
        listener(lesson_ids)


def rooms_changed(room_ids: Collection[int]) -> None:
    """Tell of rooms, named by their row's id, not by the cloud's number."""
    for listener in _room_listeners:
        listener(room_ids)
