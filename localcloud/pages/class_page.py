"""The class page: GET /class.html?schoolid&classid&userid&token[&role=supervisor][&lng][&scene][&visit], and its
forms: start, end, leave. No button records: the vendor promises none (StartRecord and StopRecord do).

Teacher, assistant or student follows from the room, never from the address; `role=supervisor` is only for
users on the supervisor list. `schoolid` is the application's SdkAppId, without which nobody gets in (the
vendor's page 1639/129292); `lng` is zh-CN or en-US. Other address fields (layout, location ...) have no effect
here.

Each page that is opened is a visit, until its person leaves, closes or reloads it (a beacon says so, or the heartbeat
stays away), opens another, or the class ends. `visit` names the visit of a page that only shows itself anew. A page
whose person has opened another says so, and may enter again, which puts that one out.

An open page follows the class. When that has ended it leads to the home page of its scene (HomeUrl of
SetAppCustomContent); without one it says that it can be closed, where the real one closes its window. Assumed:
that a class which expired, and leaving, lead nowhere; there is a link instead.

An open page also shows itself anew for a new message of the school (SendRoomNotificationMessage), and when a recording by
hand begins or ends. The running mark (SetMarquee) is a picture that lies over the page and moves without a script.
Assumed: somebody who comes later sees the messages of before, too.

Tests rely on data-role, data-status, data-refused, #recording, #not-recording, #messages, #marquee, #members and
#documents.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from localcloud import templating
from localcloud.callbacks import events
from localcloud.cloud import Cloud
from localcloud.http.messages import Request, Response, html_response, redirect
from localcloud.pages import class_courseware
from localcloud.pages.class_words import words_for
from localcloud.state import (
    lifecycle,
    marquees,
    members,
    messages,
    recordings,
    rooms,
    scenes,
    tokens,
    users,
    visits,
)
from localcloud.state.rooms import Room
from localcloud.state.visits import Visit

# The cloud's address has a version as its first part ("latest").
PAGE_PATH = re.compile(r"(/[\w.-]+)?/class\.html")


# What the forms and links of the page hand on of its address.
HANDED_ON = ("schoolid", "classid", "userid", "token", "role", "lng", "scene")
VISIT = "visit"
SCRIPT = (templating.TEMPLATES / "class" / "follow.js").read_text(encoding="utf-8")
# Beside the script, what the page loads of courseware: plain pictures come from the platform's addresses.
SOURCES = (
    f"script-src {templating.source_of(SCRIPT)}; connect-src 'self'; "
    "img-src http: https:; media-src 'self'; frame-src 'self'; "
)
STATUS_PATH = "/class/status"
CLOSED_PATH = "/class/closed"
# class_words.py says each in words.
REFUSALS = {
    "school": 403,
    "ticket": 403,
    "room": 404,
    "ended": 410,
    "expired": 410,
    "role": 403,
    "elsewhere": 409,
}
PHONES = ("Android", "iPhone", "iPad", "Mobile")


KICKED = {events.REASON_KICKED, events.REASON_KICKED_FOR_GOOD}


class RefusedError(Exception):
    """A visitor who may not enter; `reason` is a key of REFUSALS."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody whose token was checked, with an open room."""

    room: Room
    user_id: str
    role: str


def show(cloud: Cloud, request: Request) -> Response:
    try:
        with lifecycle.settled(cloud):
            visitor = _visitor(cloud, request.query)
            visit_id = _stay_or_join(cloud, visitor, request, request.query)
            context = _context(cloud, visitor)
    except RefusedError as refused:
        return _refused(cloud, refused.reason, request.query)
    fields = {**_handed_on(request.query), VISIT: visit_id}
    return templating.page(
        "class/room.html",
        sources=SOURCES,
        words=words_for(fields),
        fields=fields,
        page_url=_url(fields),
        status_url=f"{STATUS_PATH}?{urlencode(fields)}",
        closed_url=CLOSED_PATH,
        script=SCRIPT,
        **context,
    )


def status(cloud: Cloud, request: Request) -> Response:
    """Tell an open page the version of what it shows, or why it would be refused; nobody enters by it.

    It is the page's heartbeat, too. A page whose visit is over is told so, and shows itself anew.
    """
    try:
        with lifecycle.settled(cloud):
            visitor = _visitor(cloud, request.query)
            visit = visits.find(cloud, request.query.get(VISIT, ""))
            if visit is not None and visit.left_s is None:
                visits.note_heartbeat(cloud, visit, time.time())
            is_over = visit is not None and visit.left_s is not None
            answer = "over" if is_over else _version(cloud, visitor.room)
    except RefusedError as refused:
        answer = refused.reason
    return html_response(answer, headers={"Cache-Control": "no-store"})


def closed(cloud: Cloud, request: Request) -> Response:
    """End the visit of a page that was closed or reloaded."""
    fields = request.form()
    try:
        with lifecycle.settled(cloud):
            visit = _own_visit(cloud, _visitor(cloud, fields), fields)
            if visit is not None:
                members.leave_page(cloud, visit.visit_id)
    except RefusedError:
        pass  # nobody reads the answer to a beacon, and who may not be in the room is out of it
    return html_response("")


def start(cloud: Cloud, request: Request) -> Response:
    """Start the class (teacher); pressing again changes nothing."""
    return _act_as_teacher(cloud, request, _start)


def end(cloud: Cloud, request: Request) -> Response:
    """End the class (teacher)."""
    return _act_as_teacher(cloud, request, _end)


def leave(cloud: Cloud, request: Request) -> Response:
    """Leave the room. It does not lead back to the class page, which would enter again."""
    fields = request.form()
    try:
        with lifecycle.settled(cloud):
            visitor = _visitor(cloud, fields)
            visit = _own_visit(cloud, visitor, fields)
            if visit is None:
                members.leave(cloud, visitor.room, visitor.user_id)
            else:
                members.leave_page(cloud, visit.visit_id)
    except RefusedError as refused:
        return _refused(cloud, refused.reason, fields)
    kept = {name: fields[name] for name in ("lng", "scene") if fields.get(name)}
    return redirect(f"/class/left?{urlencode(kept)}" if kept else "/class/left")


def left(cloud: Cloud, request: Request) -> Response:
    return templating.page(
        "class/left.html",
        words=words_for(request.query),
        home_url=_home_url(cloud, request.query),
    )


def _act_as_teacher(cloud: Cloud, request: Request, act: Callable[[Cloud, Room], None]) -> Response:
    fields = request.form()
    try:
        with lifecycle.settled(cloud):
            visitor = _visitor(cloud, fields)
            _require_teacher(visitor)
            visit_id = _stay_or_join(cloud, visitor, request, fields)
            act(cloud, visitor.room)
    except RefusedError as refused:
        return _refused(cloud, refused.reason, fields)
    return redirect(_url({**_handed_on(fields), VISIT: visit_id}))


def _start(cloud: Cloud, room: Room) -> None:
    if room.status == rooms.WAITING:
        lifecycle.start(cloud, room)


def _end(cloud: Cloud, room: Room) -> None:
    if room.status == rooms.RUNNING:
        lifecycle.end(cloud, room)


def _require_teacher(visitor: Visitor) -> None:
    if visitor.role != members.TEACHER:
        raise RefusedError("role")


def _stay_or_join(
    cloud: Cloud, visitor: Visitor, request: Request, fields: Mapping[str, str]
) -> str:
    """Return the id of the visit that the page goes on with, or begins.

    A form that names no visit goes on with whichever there is.

    Raises:
        RefusedError: the page's person has been kicked out, or has opened another page since.
    """
    visit = _own_visit(cloud, visitor, fields)
    if visit is not None and visit.left_s is None:
        return visit.visit_id
    was_kicked = visit is not None and visit.reason in KICKED
    if visit is not None and (was_kicked or visits.has_later(cloud, visit)):
        raise RefusedError("elsewhere")
    enter = members.be_present if request.method == "POST" else members.join
    return enter(
        cloud,
        visitor.room,
        visitor.user_id,
        supervises=visitor.role == members.SUPERVISOR,
        device=_device(request),
    )


def _own_visit(cloud: Cloud, visitor: Visitor, fields: Mapping[str, str]) -> Visit | None:
    visit = visits.find(cloud, fields.get(VISIT, ""))
    is_own = visit is not None and visit.user_id == visitor.user_id
    return visit if is_own else None


def _device(request: Request) -> int:
    """Return whether the page is in a phone's browser or a computer's: here no other device shows it."""
    agent = request.headers.get("user-agent", "")
    is_phone = any(word in agent for word in PHONES)
    return events.DEVICE_MOBILE_WEB if is_phone else events.DEVICE_WEB


def _visitor(cloud: Cloud, fields: Mapping[str, str]) -> Visitor:
    """Check application, token, room and role, in this order: without a valid token nothing is said of the room."""
    if fields.get("schoolid", "") != str(cloud.config.sdk_app_id):
        raise RefusedError("school")
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


def _handed_on(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: fields[name] for name in HANDED_ON if fields.get(name)}


def _url(fields: dict[str, str]) -> str:
    return f"/class.html?{urlencode(fields)}"


def _refused(cloud: Cloud, reason: str, fields: Mapping[str, str]) -> Response:
    return templating.page(
        "class/refused.html",
        status=REFUSALS[reason],
        reason=reason,
        words=words_for(fields),
        again_url=_url(_handed_on(fields)) if reason == "elsewhere" else "",
        # Whose application it is, an address without one does not say.
        home_url="" if reason == "school" else _home_url(cloud, fields),
    )


def _home_url(cloud: Cloud, fields: Mapping[str, str]) -> str:
    return scenes.home_url(cloud, fields.get("scene", ""))


def _version(cloud: Cloud, room: Room) -> str:
    """Return the status of a room, with what else an open page is shown anew for."""
    sent_messages = messages.of_room(cloud, room.room_id)
    running = recordings.find_running(cloud, room.room_id)
    parts = [str(room.status)]
    if sent_messages:
        parts.append(f"m{sent_messages[-1].n}")
    if running is not None:
        parts.append(f"r{running.id}")
    return " ".join(parts)


def _context(cloud: Cloud, visitor: Visitor) -> dict[str, Any]:
    """Return what the page of an open room shows."""
    room, present = visitor.room, members.in_room(cloud, visitor.room)
    names = [member.name for member in present if member.user_id == visitor.user_id]
    is_recording = recordings.find_running(cloud, room.room_id) is not None
    is_one_day = templating.is_same_day(room.fields["StartTime"], room.fields["EndTime"])
    return {
        "title": room.fields["Name"],
        "room": room,
        "role": visitor.role,
        "user_id": visitor.user_id,
        "own_name": names[0] if names else "",
        "members": present,
        "courseware": class_courseware.shown(cloud, room),
        "is_teacher": visitor.role == members.TEACHER,
        "is_running": room.status == rooms.RUNNING,
        # What StartRecord began; of an automatic recording the page says nothing.
        "is_recording": is_recording,
        "is_unrecorded": room.fields["DisableRecord"] == recordings.MANUAL and not is_recording,
        "messages": messages.of_room(cloud, room.room_id)[::-1],
        "marquee": _marquee(cloud, visitor, names[0] if names else ""),
        "version": _version(cloud, room),
        "end_form": "%H:%M" if is_one_day else "%Y-%m-%d %H:%M",
    }


def _marquee(cloud: Cloud, visitor: Visitor, nickname: str) -> dict[str, Any] | None:
    """Return the running mark of one person's page, with its text; None where the room has none."""
    fields = marquees.find(cloud, visitor.room.room_id)
    user = users.find(cloud, visitor.user_id)
    if fields is None or user is None:
        return None
    text = marquees.text_for(
        fields, user_id=visitor.user_id, origin_id=user["origin_id"], nickname=nickname
    )
    return {**fields, "text": text, "is_rolling": fields["DisplayMode"] == marquees.ROLLING}
