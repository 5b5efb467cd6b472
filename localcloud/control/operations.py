"""Operations of the console and the control interface on rooms, users and documents, beyond the API's rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from localcloud.api import parameters
from localcloud.api.parameters import Parameter
from localcloud.callbacks import events
from localcloud.cloud import Cloud
from localcloud.errors import BadSettingError, CloudError, OperationError
from localcloud.state import (
    documents,
    edition,
    lifecycle,
    members,
    recordings,
    refused_words,
    rooms,
    users,
)
from localcloud.state.recordings import Recording
from localcloud.state.rooms import Room

MAX_OFFSET_S = 10 * 366 * 24 * 3600
_LATE_RECORDING = {
    "duration_s": Parameter("int", low=1, high=7 * 24 * 3600),
    "start_s": Parameter("int", low=1, high=10**10),
}
_MEMBER = {
    "user_id": Parameter("text", required=True, low=1, high=128),
    "at_s": Parameter("int", low=1, high=10**10),
}
_JOIN = {
    **_MEMBER,
    "device": Parameter("int", choices=events.DEVICES),
    "supervises": Parameter("flag"),
}
_LEAVE = {**_MEMBER, "reason": Parameter("int", choices=events.REASONS)}


def change_room(cloud: Cloud, room_id: int, verb: str) -> None:
    """Start, end, expire or delete a room: start does not need anybody inside, and a running room can be deleted.

    Raises:
        OperationError: no such room, or it is not in the state that the change starts from.
    """
    needed, change = ROOM_CHANGES[verb]
    with lifecycle.settled(cloud):
        room = _room(cloud, room_id)
        if needed is not None and room.status != needed:
            raise OperationError(409, f"the room has status {room.status}")
        change(cloud, room)


def join_room(cloud: Cloud, room_id: int, wanted: dict[str, Any]) -> str:
    """Let somebody join a room as if they opened its page: now, or at a moment; return the id of the visit.

    Raises:
        OperationError: no such room or user, or the room is not open.
        BadSettingError: an unknown field, or a value of a wrong type or out of range.
    """
    _check(_JOIN, wanted)
    with lifecycle.settled(cloud):
        room = _room(cloud, room_id)
        if not room.is_open:
            raise OperationError(409, f"the room has status {room.status}")
        _require_user(cloud, wanted["user_id"])
        return members.join(
            cloud,
            room,
            wanted["user_id"],
            supervises=wanted.get("supervises", False),
            device=wanted.get("device", events.DEVICE_WEB),
            at_s=wanted.get("at_s"),
        )


def leave_room(cloud: Cloud, room_id: int, wanted: dict[str, Any]) -> None:
    """Let somebody leave a room, for a reason (0 of their own), now or at a moment.

    Raises:
        OperationError: no such room, or they are not in it.
        BadSettingError: an unknown field, or a value of a wrong type or out of range.
    """
    _check(_LEAVE, wanted)
    with lifecycle.settled(cloud):
        is_gone = members.leave(
            cloud,
            _room(cloud, room_id),
            wanted["user_id"],
            reason=wanted.get("reason", events.REASON_LEFT),
            at_s=wanted.get("at_s"),
        )
        if not is_gone:
            raise OperationError(409, "they are not in the room")


def add_recording(cloud: Cloud, room_id: int, wanted: dict[str, Any]) -> Recording:
    """Record an ended class once more: by default all of it. The file is made at once, whatever the delay.

    Raises:
        OperationError: no such room, or it has not ended.
        BadSettingError: an unknown field, or a value of a wrong type or out of range.
    """
    _check(_LATE_RECORDING, wanted)
    with lifecycle.settled(cloud):
        room = _room(cloud, room_id)
        if room.status != rooms.ENDED:
            raise OperationError(409, f"the room has status {room.status}")
        start_s = wanted.get("start_s", room.real_start_s)
        length_s = wanted.get("duration_s", max(room.real_end_s - room.real_start_s, 1))
        return recordings.add_immediate(
            cloud, room, start_s=start_s, stop_s=start_s + length_s, announced=True
        )


def break_recording(cloud: Cloud, room_id: int) -> None:
    """Let the recording by hand of a room break off, as if the cloud's own recorder had failed; its file is made.

    Raises:
        OperationError: no such room, or nothing is recorded by hand.
    """
    with lifecycle.settled(cloud):
        running = recordings.find_running(cloud, _room(cloud, room_id).room_id)
        if running is None:
            raise OperationError(409, "nothing is recorded by hand")
        recordings.finish(cloud, running, at_s=cloud.now_s())


def delete_recordings(cloud: Cloud, room_id: int) -> None:
    """Delete the files of a room, as if they had vanished in the cloud.

    Raises:
        OperationError: no such room.
    """
    with lifecycle.settled(cloud):
        recordings.delete_all(cloud, _room(cloud, room_id).room_id)


def delete_playback(cloud: Cloud, room_id: int) -> None:
    """Delete the signalling replay of a room, as if it had vanished in the cloud.

    Raises:
        OperationError: no such room.
    """
    with lifecycle.settled(cloud):
        room = _room(cloud, room_id)
        recordings.delete_all(cloud, room.room_id, kinds={recordings.SIGNALLING})


def delete_user(cloud: Cloud, user_id: str) -> None:
    """Delete a user.

    Raises:
        OperationError: no such user.
    """
    with lifecycle.settled(cloud):
        _require_user(cloud, user_id)
        users.remove(cloud, user_id)


def delete_document(cloud: Cloud, document_id: str) -> None:
    """Delete a document, as if it had vanished in the cloud.

    Raises:
        OperationError: no such document.
    """
    with cloud.transaction():
        document = documents.find(cloud, document_id)
        if document is None:
            raise OperationError(404, "no such document")
        documents.delete(cloud, document)


def set_clock(cloud: Cloud, offset_s: object) -> None:
    """Shift the cloud's clock from real time by so many seconds, up to ten years either way.

    Raises:
        BadSettingError: not a number, or out of range.
    """
    if isinstance(offset_s, bool) or not isinstance(offset_s, int | float):
        raise BadSettingError("offset_s must be a number of seconds")
    if not abs(offset_s) <= MAX_OFFSET_S:  # this form refuses NaN, too
        raise BadSettingError("offset_s is out of range")
    cloud.save_value("clock_offset_s", offset_s)
    cloud.wakeups.notify()


def set_words(cloud: Cloud, words: object) -> None:
    """Set the words that names and titles must not contain.

    Raises:
        BadSettingError: not a list of words.
    """
    if not isinstance(words, list) or not all(isinstance(word, str) and word for word in words):
        raise BadSettingError("refused must be a list of words")
    refused_words.save(cloud, words)


def set_edition(cloud: Cloud, wanted: dict[str, Any]) -> None:
    """Change the edition (`app_version`), whether it `has_marquee`, or both.

    Raises:
        BadSettingError: neither, an unknown field, no such edition, or a value of a wrong type.
    """
    unknown = wanted.keys() - {"app_version", "has_marquee"}
    if unknown or not wanted:
        raise BadSettingError("app_version or has_marquee is needed, and nothing else")
    with cloud.transaction():
        if "app_version" in wanted:
            edition.change(cloud, wanted["app_version"])
        if "has_marquee" in wanted:
            edition.change_marquee(cloud, wanted["has_marquee"])


def set_limits(cloud: Cloud, enforce: object) -> None:
    """Turn the rate limits on or off.

    Raises:
        BadSettingError: not true or false.
    """
    if not isinstance(enforce, bool):
        raise BadSettingError("enforce must be true or false")
    cloud.save_value("limits_enforced", enforce)


def _check(declared: Mapping[str, Parameter], wanted: dict[str, Any]) -> None:
    try:
        parameters.check(declared, wanted)
    except CloudError as error:
        raise BadSettingError(error.message) from error


def _require_user(cloud: Cloud, user_id: str) -> None:
    if users.find(cloud, user_id) is None:
        raise OperationError(404, "no such user")


def _room(cloud: Cloud, room_id: int) -> Room:
    room = rooms.find(cloud, room_id)
    if room is None:
        raise OperationError(404, "no such room")
    return room


ROOM_CHANGES: dict[str, tuple[int | None, Callable[[Cloud, Room], None]]] = {
    "start": (rooms.WAITING, lifecycle.start),
    "end": (rooms.RUNNING, lifecycle.end),
    "expire": (rooms.WAITING, lifecycle.expire),
    "delete": (None, lifecycle.delete),
}
