"""The class page: GET /class.html?classid&userid&token[&role=supervisor], and its forms: start, end, leave, record.

Teacher, assistant or student follows from the room, never from the address; `role=supervisor` is only for users
on the supervisor list. Other address fields (scene, lng, layout ...) change nothing here. Visiting the page makes
the visitor present until they leave, enter another room, or the class ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from localcloud.cloud import Cloud
from localcloud.http.messages import Request, Response, redirect
from localcloud.pages import classview
from localcloud.state import bindings, lifecycle, members, recordings, rooms, tokens, users
from localcloud.state.rooms import Room

# The cloud's address has a version as its first part ("latest").
PAGE_PATH = re.compile(r"(/[\w.-]+)?/class\.html")


class RefusedError(Exception):
    """A visitor who may not enter; `reason` is ticket, room, ended, expired or role."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody whose ticket was checked, at an open room."""

    room: Room
    user_id: str
    role: str


def show(cloud: Cloud, request: Request) -> Response:
    try:
        with lifecycle.settled(cloud):
            visitor = _visitor(cloud, request.query)
            _enter(cloud, visitor)
            present = members.in_room(cloud, visitor.room)
            is_recording = recordings.find_running(cloud, visitor.room.room_id) is not None
            bound = bindings.of_room(cloud, visitor.room.room_id)
    except RefusedError as refused:
        return classview.refused(refused.reason)
    seen = classview.Seen(visitor.room, visitor.role, visitor.user_id, present, is_recording, bound)
    return classview.room_page(seen, _ticket(request.query))


def start(cloud: Cloud, request: Request) -> Response:
    """Start the class (teacher); pressing again changes nothing."""
    return _act_as_teacher(cloud, request, _start)


def end(cloud: Cloud, request: Request) -> Response:
    """End the class (teacher)."""
    return _act_as_teacher(cloud, request, _end)


def start_record(cloud: Cloud, request: Request) -> Response:
    """Start to record by hand (teacher); pressing again changes nothing."""
    return _act_as_teacher(cloud, request, _start_record)


def stop_record(cloud: Cloud, request: Request) -> Response:
    """Stop what start_record began (teacher)."""
    return _act_as_teacher(cloud, request, _stop_record)


def leave(cloud: Cloud, request: Request) -> Response:
    """Leave the room. It does not lead back to the class page, which would enter again."""
    try:
        with lifecycle.settled(cloud):
            visitor = _visitor(cloud, request.form())
            members.leave(cloud, visitor.room, visitor.user_id)
    except RefusedError as refused:
        return classview.refused(refused.reason)
    return redirect("/class/left")


def left(_cloud: Cloud, _request: Request) -> Response:
    return classview.left()


def _act_as_teacher(cloud: Cloud, request: Request, act: Callable[[Cloud, Room], None]) -> Response:
    fields = request.form()
    try:
        with lifecycle.settled(cloud):
            visitor = _visitor(cloud, fields)
            _require_teacher(visitor)
            _enter(cloud, visitor)
            act(cloud, visitor.room)
    except RefusedError as refused:
        return classview.refused(refused.reason)
    return redirect(f"/class.html?{urlencode(_ticket(fields))}")


def _start(cloud: Cloud, room: Room) -> None:
    if room.status == rooms.WAITING:
        lifecycle.start(cloud, room)


def _end(cloud: Cloud, room: Room) -> None:
    if room.status == rooms.RUNNING:
        lifecycle.end(cloud, room)


def _start_record(cloud: Cloud, room: Room) -> None:
    is_manual = room.fields["DisableRecord"] == recordings.MANUAL
    is_recording = recordings.find_running(cloud, room.room_id) is not None
    if is_manual and room.status == rooms.RUNNING and not is_recording:
        recordings.begin(cloud, room)


def _stop_record(cloud: Cloud, room: Room) -> None:
    running = recordings.find_running(cloud, room.room_id)
    if running is not None:
        recordings.finish(cloud, running, at_s=cloud.now_s())


def _require_teacher(visitor: Visitor) -> None:
    if visitor.role != members.TEACHER:
        raise RefusedError("role")


def _enter(cloud: Cloud, visitor: Visitor) -> None:
    supervises = visitor.role == members.SUPERVISOR
    members.join(cloud, visitor.room, visitor.user_id, supervises=supervises)


def _visitor(cloud: Cloud, fields: Mapping[str, str]) -> Visitor:
    """Check ticket, room and role, in this order: a bad ticket learns nothing about the room."""
    user_id, class_id = fields.get("userid", ""), fields.get("classid", "")
    room_id = int(class_id) if re.fullmatch(r"[0-9]{1,18}", class_id) else None
    if not tokens.opens_class(cloud, fields.get("token", ""), user_id=user_id, room_id=room_id):
        raise RefusedError("ticket")
    room = rooms.find(cloud, room_id) if room_id is not None else None
    if room is None:
        raise RefusedError("room")
    if not room.is_open:
        raise RefusedError("ended" if room.status == rooms.ENDED else "expired")
    asked = fields.get("role", "")
    if asked and not (asked == members.SUPERVISOR and user_id in users.all_supervisors(cloud)):
        raise RefusedError("role")
    return Visitor(room, user_id, members.role_of(room, user_id, supervises=bool(asked)))


def _ticket(fields: Mapping[str, str]) -> dict[str, str]:
    return {
        name: fields[name] for name in ("classid", "userid", "token", "role") if fields.get(name)
    }
