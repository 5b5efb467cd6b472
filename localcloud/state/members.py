"""People in rooms, with their roles, and how they come and go.

Nobody is in two rooms: joining one leaves the other. Nobody is in one room twice: a second page of the same person
kicks the first one out (Reason 1). Assumed: a person keeps, for the whole class, the name with which they first came.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from localcloud.callbacks import events
from localcloud.cloud import Cloud
from localcloud.state import attendance_settings, rooms, visits
from localcloud.state.rooms import Room
from localcloud.state.visits import Visit

TEACHER, ASSISTANT, STUDENT, SUPERVISOR = "teacher", "assistant", "student", "supervisor"
_ORDER = (TEACHER, ASSISTANT, SUPERVISOR, STUDENT)
ROLE_NUMBERS = {STUDENT: 0, TEACHER: 1, ASSISTANT: 2, SUPERVISOR: 3}  # as the API calls them


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a room; the name is that of the moment of joining: a class in progress keeps old names."""

    user_id: str
    name: str
    role: str
    joined_s: int


def role_of(room: Room, user_id: str, *, supervises: bool) -> str:
    if user_id == room.fields["TeacherId"]:
        return TEACHER
    if user_id in room.fields["Assistants"]:
        return ASSISTANT
    return SUPERVISOR if supervises else STUDENT


def join(
    cloud: Cloud,
    room: Room,
    user_id: str,
    *,
    supervises: bool,
    device: int = events.DEVICE_WEB,
    at_s: int | None = None,
) -> str:
    """Begin a visit and return its id; one that goes on elsewhere, or on another page of this room, ends."""
    at_s = cloud.now_s() if at_s is None else at_s
    earlier = visits.present(cloud, user_id)
    if earlier is not None:
        is_here = earlier.room_id == room.room_id
        reason = events.REASON_KICKED if is_here else events.REASON_LEFT
        _close(cloud, earlier, reason=reason, at_s=at_s)
    role = role_of(room, user_id, supervises=supervises)
    visit_id = visits.begin(
        cloud,
        room.room_id,
        user_id,
        name=_name(cloud, room, user_id),
        role=role,
        device=device,
        joined_s=at_s,
    )
    _queue_event(cloud, events.MEMBER_JOIN, room.room_id, user_id, role, device, at_s=at_s)
    return visit_id


def be_present(
    cloud: Cloud, room: Room, user_id: str, *, supervises: bool, device: int = events.DEVICE_WEB
) -> str:
    """Join, unless a visit in this role goes on; return the id of the visit."""
    visit = visits.present(cloud, user_id)
    if visit is not None and visit.room_id == room.room_id:
        role = role_of(room, user_id, supervises=visit.role == SUPERVISOR)
        if role == role_of(room, user_id, supervises=supervises):
            return visit.visit_id
    return join(cloud, room, user_id, supervises=supervises, device=device)


def leave(
    cloud: Cloud,
    room: Room,
    user_id: str,
    *,
    reason: int = events.REASON_LEFT,
    at_s: int | None = None,
) -> bool:
    """End the visit in this room; return whether there was one."""
    visit = visits.present(cloud, user_id)
    if visit is None or visit.room_id != room.room_id:
        return False
    _close(cloud, visit, reason=reason, at_s=at_s)
    return True


def leave_page(cloud: Cloud, visit_id: str) -> None:
    """End one visit, unless it has ended: a later page of the same person stays."""
    visit = visits.find(cloud, visit_id)
    if visit is not None and visit.left_s is None:
        _close(cloud, visit, reason=events.REASON_LEFT)


def leave_any(cloud: Cloud, user_id: str) -> None:
    """Remove a user from the room that they are in, if any."""
    visit = visits.present(cloud, user_id)
    if visit is not None:
        _close(cloud, visit, reason=events.REASON_LEFT)


def remove_all(cloud: Cloud, room: Room, *, at_s: int | None = None) -> None:
    for visit in visits.in_room(cloud, room.room_id):
        _close(cloud, visit, reason=events.REASON_ROOM_ENDED, at_s=at_s)


def any_silent(cloud: Cloud) -> bool:
    return bool(_silent(cloud))


def drop_silent(cloud: Cloud) -> None:
    """End the visits whose pages have sent heartbeats, but none for too long: as of when that was noticed."""
    settings = attendance_settings.load(cloud)
    shift_s = cloud.time_s() - time.time()
    for visit in _silent(cloud):
        lost_s = int((visit.seen_s or 0) + settings.heartbeat_s + shift_s)
        _close(cloud, visit, reason=events.REASON_HEARTBEAT_LOST, at_s=lost_s)


def in_room(cloud: Cloud, room: Room) -> list[Member]:
    """Return the members: teacher, assistants, supervisors, students, each in order of arrival."""
    members = [
        Member(
            user_id=visit.user_id,
            name=visit.name,
            role=role_of(room, visit.user_id, supervises=visit.role == SUPERVISOR),
            joined_s=visit.joined_s,
        )
        for visit in visits.in_room(cloud, room.room_id)
    ]
    return sorted(members, key=lambda member: _ORDER.index(member.role))


def _silent(cloud: Cloud) -> list[Visit]:
    heartbeat_s = attendance_settings.load(cloud).heartbeat_s
    return visits.silent_since(cloud, time.time() - heartbeat_s) if heartbeat_s else []


def _name(cloud: Cloud, room: Room, user_id: str) -> str:
    name = visits.name_in_class(cloud, room.room_id, user_id)
    if name is not None:
        return name
    query = "SELECT name FROM users WHERE user_id = ?"
    return str(cloud.db.execute(query, (user_id,)).fetchone()["name"])


def _close(cloud: Cloud, visit: Visit, *, reason: int, at_s: int | None = None) -> None:
    room = rooms.get(cloud, visit.room_id)
    role = role_of(room, visit.user_id, supervises=visit.role == SUPERVISOR)
    left_s = max(cloud.now_s() if at_s is None else at_s, visit.joined_s)
    visits.close(cloud, visit, role=role, left_s=left_s, reason=reason)
    _queue_event(
        cloud,
        events.MEMBER_QUIT,
        room.room_id,
        visit.user_id,
        role,
        visit.device,
        at_s=left_s,
        Reason=reason,
    )


def _queue_event(
    cloud: Cloud,
    event_type: str,
    room_id: int,
    user_id: str,
    role: str,
    device: int,
    *,
    at_s: int,
    **more: int,
) -> None:
    events.queue(
        cloud,
        event_type,
        room_id,
        at_s=at_s,
        UserId=user_id,
        Device=device,
        Role=ROLE_NUMBERS[role],
        **more,
    )
