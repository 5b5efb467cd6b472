"""What the console and the control interface may do to rooms and users, past the API's own rules."""

from __future__ import annotations

from collections.abc import Callable

from localcloud import rooms, users
from localcloud.cloud import Cloud
from localcloud.rooms import Room

MAX_OFFSET_S = 10 * 366 * 24 * 3600


class BadSettingError(ValueError):
    """A setting of a wrong type or out of range."""


class ImpossibleError(Exception):
    """The thing is not there (404), or its state does not allow the change (409)."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def change_room(cloud: Cloud, room_id: int, verb: str) -> None:
    """Start, end, expire or delete a room: start needs nobody inside, delete takes a running room too.

    Raises:
        ImpossibleError: no such room, or it is not in the state that the change starts from.
    """
    needed, change = ROOM_CHANGES[verb]
    with rooms.looking(cloud):
        room = rooms.find(cloud, room_id)
        if room is None:
            raise ImpossibleError(404, "no such room")
        if needed is not None and room.status != needed:
            raise ImpossibleError(409, f"the room has status {room.status}")
        change(cloud, room)


def delete_user(cloud: Cloud, user_id: str) -> None:
    """Delete a user.

    Raises:
        ImpossibleError: no such user.
    """
    with rooms.looking(cloud):
        if users.find(cloud, user_id) is None:
            raise ImpossibleError(404, "no such user")
        users.remove(cloud, user_id)


def set_clock(cloud: Cloud, offset_s: object) -> None:
    """Shift the cloud's clock from real time by so many seconds, up to ten years either way.

    Raises:
        BadSettingError: not a number, or out of range.
    """
    if isinstance(offset_s, bool) or not isinstance(offset_s, int | float):
        raise BadSettingError("offset_s must be a number of seconds")
    if not abs(offset_s) <= MAX_OFFSET_S:  # written so that NaN is refused too
        raise BadSettingError("offset_s is out of range")
    cloud.keep_note("clock_offset_s", offset_s)


def set_words(cloud: Cloud, words: object) -> None:
    """Set the words that names and titles may not hold.

    Raises:
        BadSettingError: not a list of words.
    """
    if not isinstance(words, list) or not all(isinstance(word, str) and word for word in words):
        raise BadSettingError("refused must be a list of words")
    cloud.keep_note("refused_words", words)


def set_limits(cloud: Cloud, enforce: object) -> None:
    """Switch the limits of calls per second on or off.

    Raises:
        BadSettingError: not true or false.
    """
    if not isinstance(enforce, bool):
        raise BadSettingError("enforce must be true or false")
    cloud.keep_note("limits_enforced", enforce)


ROOM_CHANGES: dict[str, tuple[int | None, Callable[[Cloud, Room], None]]] = {
    "start": (rooms.WAITING, rooms.start),
    "end": (rooms.RUNNING, rooms.end),
    "expire": (rooms.WAITING, rooms.expire),
    "delete": (None, rooms.delete),
}
