"""The control interface for tests: JSON under /control, the same powers as the console.

Changes need `Content-Type: application/json`, which a page of another origin cannot send without a preflight
request, and this server allows none. The larger bodies are described in api/faults.py (`switches`),
state/recording_settings.py (`recording`), state/transcode_settings.py (`transcoding`),
state/scripted_outcomes.py (`transcoding/names`), state/attendance_settings.py (`attendance`, also of one room),
state/edition.py (`edition`), callbacks/callback_settings.py (`callbacks`) and history.py; deliveries in
callbacks/deliveries.py, visits in state/visits.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from localcloud.api import call_log, document_actions, faults
from localcloud.callbacks import callback_settings, deliveries
from localcloud.cloud import Cloud
from localcloud.control import history, operations
from localcloud.errors import BadSettingError, OperationError
from localcloud.http.messages import JSON_TYPE, Request, Response, json_response
from localcloud.state import (
    attendance_settings,
    bindings,
    documents,
    edition,
    lifecycle,
    marquees,
    members,
    messages,
    recording_settings,
    recordings,
    refused_words,
    rooms,
    scenes,
    scripted_outcomes,
    transcode_settings,
    users,
    visits,
)
from localcloud.state.documents import Document
from localcloud.state.recordings import Recording
from localcloud.state.rooms import Room


def respond(cloud: Cloud, request: Request) -> Response:
    """Answer one control request: {} or its content; {"error": ...} with 400, 404, 405, 409, 415 or 500."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if request.method != "GET" and content_type != JSON_TYPE:
        return json_response({"error": "Content-Type must be application/json"}, status=415)
    for method, pattern, handle in ROUTES:
        found = re.fullmatch(pattern, request.path)
        if found and method == request.method:
            return _handled(handle, cloud, request, found)
    known = any(re.fullmatch(pattern, request.path) for _, pattern, _ in ROUTES)
    return json_response({"error": "no such control"}, status=405 if known else 404)


Handler = Callable[[Cloud, Request, "re.Match[str]"], dict[str, Any]]


def _handled(handle: Handler, cloud: Cloud, request: Request, found: re.Match[str]) -> Response:
    try:
        return json_response(handle(cloud, request, found))
    except OperationError as error:
        return json_response({"error": error.reason}, status=error.status)
    except (BadRequestError, BadSettingError) as error:
        return json_response({"error": str(error)}, status=400)


class BadRequestError(ValueError):
    """A control request with a malformed body or query."""


def state(cloud: Cloud, _request: Request, _found: re.Match[str]) -> dict[str, Any]:
    with lifecycle.settled(cloud):
        return {
            "rooms": [_room(cloud, room) for room in rooms.all_rooms(cloud)],
            "users": users.all_users(cloud),
            "supervisors": users.all_supervisors(cloud),
            "documents": [_document(cloud, each) for each in documents.all_documents(cloud)],
            "switches": [fault.as_dict() for fault in faults.all_faults(cloud)],
            "limits_enforced": cloud.limits_enforced(),
            "refused_words": refused_words.load(cloud),
            "clock_offset_s": cloud.value("clock_offset_s", default=0),
            "recording": recording_settings.load(cloud).shown(),
            "transcoding": asdict(transcode_settings.load(cloud)),
            "transcode_fates": [
                asdict(scripted) for scripted in scripted_outcomes.all_outcomes(cloud)
            ],
            "attendance": {
                **asdict(attendance_settings.load(cloud)),
                "rooms": attendance_settings.of_rooms(cloud),
            },
            "callbacks": callback_settings.load(cloud).shown(),
            "scenes": scenes.load(cloud),
            "app_version": edition.load(cloud),
            "has_marquee": edition.has_marquee(cloud),
        }


def _room(cloud: Cloud, room: Room) -> dict[str, Any]:
    present = members.in_room(cloud, room)
    return {
        **room.fields,
        "RoomId": room.room_id,
        "Status": room.status,
        "RealStartTime": room.real_start_s,
        "RealEndTime": room.real_end_s,
        "Members": [
            {
                "UserId": each.user_id,
                "Name": each.name,
                "Role": each.role,
                "JoinTime": each.joined_s,
            }
            for each in present
        ],
        "Recordings": _recordings(cloud, room, recordings.MIXED),
        "Streams": _recordings(cloud, room, recordings.STREAM),
        "Playbacks": _recordings(cloud, room, recordings.SIGNALLING),
        "Messages": [
            {"Time": message.at_s, "MsgContent": message.text}
            for message in messages.of_room(cloud, room.room_id)
        ],
        "Marquee": marquees.find(cloud, room.room_id),
        "Documents": [
            {"DocumentId": each.document.document_id, "BindType": each.bind_type}
            for each in bindings.of_room(cloud, room.room_id)
        ],
    }


def _document(cloud: Cloud, document: Document) -> dict[str, Any]:
    return {
        **document_actions.described(cloud, document),
        "Cover": documents.cover_of(cloud, document),
        "Rooms": bindings.rooms_of(cloud, document),
    }


def _recordings(cloud: Cloud, room: Room, kind: str) -> list[dict[str, Any]]:
    found = recordings.of_room(cloud, room.room_id, kind=kind)
    return [_recording(cloud, each) for each in found]


def _recording(cloud: Cloud, recording: Recording) -> dict[str, Any]:
    has_url = recording.kind in recordings.FILES
    return {
        "VideoId": recording.video_id,
        "TaskId": recording.task_id,
        "State": recording.state,
        "StartTime": recording.start_s,
        "StopTime": recording.stop_s,
        "Duration": recording.duration_s,
        "RecordSize": recording.size_bytes,
        "FileFormat": recording.api_format,
        "UserId": recording.user_id,
        "RecordUrl": recordings.url_of(cloud, recording) if has_url else "",
    }


def _list_calls(cloud: Cloud, request: Request, _found: re.Match[str]) -> dict[str, Any]:
    with cloud.lock:
        found = call_log.since(cloud, _since(request))
    return {"calls": [call.as_dict() for call in found]}


def _list_deliveries(cloud: Cloud, request: Request, _found: re.Match[str]) -> dict[str, Any]:
    with cloud.lock:
        found = deliveries.since(cloud, _since(request))
    return {"deliveries": [each.as_dict() for each in found]}


def _list_visits(cloud: Cloud, request: Request, _found: re.Match[str]) -> dict[str, Any]:
    """List all visits, or those of one room, also of rooms that were deleted."""
    room_id = _number(request, "room")
    with lifecycle.settled(cloud):
        listed = visits.of_room(cloud, room_id) if room_id else visits.all_visits(cloud)
    return {"visits": [asdict(visit) for visit in listed]}


def _since(request: Request) -> int:
    return _number(request, "since")


def _number(request: Request, name: str) -> int:
    number = request.query.get(name, "0")
    if not re.fullmatch(r"[0-9]{1,18}", number):
        raise BadRequestError(f"{name} must be a whole number")
    return int(number)


def _add_fault(cloud: Cloud, request: Request, _found: re.Match[str]) -> dict[str, Any]:
    return {"id": faults.add(cloud, _body(request))}


def _clear_faults(cloud: Cloud, _request: Request, _found: re.Match[str]) -> dict[str, Any]:
    faults.clear(cloud)
    return {}


def _clear_fault(cloud: Cloud, _request: Request, found: re.Match[str]) -> dict[str, Any]:
    if not faults.clear(cloud, int(found[1])):
        raise OperationError(404, "no such switch")
    return {}


def _set_limits(cloud: Cloud, request: Request, _found: re.Match[str]) -> dict[str, Any]:
    operations.set_limits(cloud, _body(request).get("enforce"))
    return {}


def _set_edition(cloud: Cloud, request: Request, _found: re.Match[str]) -> dict[str, Any]:
    operations.set_edition(cloud, _body(request))
    return {}


def _set_clock(cloud: Cloud, request: Request, _found: re.Match[str]) -> dict[str, Any]:
    operations.set_clock(cloud, _body(request).get("offset_s"))
    return {}


def _set_words(cloud: Cloud, request: Request, _found: re.Match[str]) -> dict[str, Any]:
    operations.set_words(cloud, _body(request).get("refused"))
    return {}


def _change_room(cloud: Cloud, _request: Request, found: re.Match[str]) -> dict[str, Any]:
    operations.change_room(cloud, int(found[1]), found[2])
    return {}


def _join_room(cloud: Cloud, request: Request, found: re.Match[str]) -> dict[str, Any]:
    return {"visit_id": operations.join_room(cloud, int(found[1]), _body(request))}


def _leave_room(cloud: Cloud, request: Request, found: re.Match[str]) -> dict[str, Any]:
    operations.leave_room(cloud, int(found[1]), _body(request))
    return {}


def _set_attendance(cloud: Cloud, request: Request, _found: re.Match[str]) -> dict[str, Any]:
    attendance_settings.change(cloud, _body(request))
    return {}


def _set_attendance_of_room(cloud: Cloud, request: Request, found: re.Match[str]) -> dict[str, Any]:
    attendance_settings.change_room(cloud, int(found[1]), _body(request))
    return {}


def _add_recording(cloud: Cloud, request: Request, found: re.Match[str]) -> dict[str, Any]:
    added = operations.add_recording(cloud, int(found[1]), _body(request))
    return {"VideoId": added.video_id, "RecordUrl": recordings.url_of(cloud, added)}


def _break_recording(cloud: Cloud, _request: Request, found: re.Match[str]) -> dict[str, Any]:
    operations.break_recording(cloud, int(found[1]))
    return {}


def _delete_recordings(cloud: Cloud, _request: Request, found: re.Match[str]) -> dict[str, Any]:
    operations.delete_recordings(cloud, int(found[1]))
    return {}


def _delete_playback(cloud: Cloud, _request: Request, found: re.Match[str]) -> dict[str, Any]:
    operations.delete_playback(cloud, int(found[1]))
    return {}


def _set_recording(cloud: Cloud, request: Request, _found: re.Match[str]) -> dict[str, Any]:
    recording_settings.change(cloud, _body(request))
    return {}


def _set_transcoding(cloud: Cloud, request: Request, _found: re.Match[str]) -> dict[str, Any]:
    transcode_settings.change(cloud, _body(request))
    return {}


def _set_scripted_outcome(cloud: Cloud, request: Request, _found: re.Match[str]) -> dict[str, Any]:
    scripted_outcomes.change(cloud, _body(request))
    return {}


def _clear_scripted_outcomes(
    cloud: Cloud, _request: Request, _found: re.Match[str]
) -> dict[str, Any]:
    scripted_outcomes.clear(cloud)
    return {}


def _delete_document(cloud: Cloud, _request: Request, found: re.Match[str]) -> dict[str, Any]:
    operations.delete_document(cloud, found[1])
    return {}


def _set_callbacks(cloud: Cloud, request: Request, _found: re.Match[str]) -> dict[str, Any]:
    callback_settings.change(cloud, _body(request))
    return {}


def _add_history(cloud: Cloud, request: Request, _found: re.Match[str]) -> dict[str, Any]:
    return {"RoomId": history.add(cloud, _body(request))}


def _delete_user(cloud: Cloud, _request: Request, found: re.Match[str]) -> dict[str, Any]:
    operations.delete_user(cloud, found[1])
    return {}


def _reset(cloud: Cloud, _request: Request, _found: re.Match[str]) -> dict[str, Any]:
    cloud.reset()
    return {}


def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise BadRequestError("the body is not JSON") from error
    if not isinstance(body, dict):
        raise BadRequestError("the body is not a JSON object")
    return body


ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/control/state", state),
    ("GET", "/control/calls", _list_calls),
    ("POST", "/control/switches", _add_fault),
    ("DELETE", "/control/switches", _clear_faults),
    ("DELETE", r"/control/switches/([0-9]{1,18})", _clear_fault),
    ("POST", "/control/limits", _set_limits),
    ("POST", "/control/edition", _set_edition),
    ("POST", "/control/clock", _set_clock),
    ("POST", "/control/words", _set_words),
    ("POST", r"/control/rooms/([0-9]{1,18})/(start|end|expire|delete)", _change_room),
    ("POST", r"/control/rooms/([0-9]{1,18})/join", _join_room),
    ("POST", r"/control/rooms/([0-9]{1,18})/leave", _leave_room),
    ("POST", r"/control/rooms/([0-9]{1,18})/attendance", _set_attendance_of_room),
    ("GET", "/control/visits", _list_visits),
    ("POST", "/control/attendance", _set_attendance),
    ("POST", r"/control/rooms/([0-9]{1,18})/record", _add_recording),
    ("POST", r"/control/rooms/([0-9]{1,18})/break_record", _break_recording),
    ("POST", r"/control/rooms/([0-9]{1,18})/delete_records", _delete_recordings),
    ("POST", r"/control/rooms/([0-9]{1,18})/delete_playback", _delete_playback),
    ("POST", "/control/recording", _set_recording),
    ("POST", "/control/transcoding", _set_transcoding),
    ("POST", "/control/transcoding/names", _set_scripted_outcome),
    ("DELETE", "/control/transcoding/names", _clear_scripted_outcomes),
    ("POST", r"/control/documents/([0-9a-z]{1,32})/delete", _delete_document),
    ("POST", "/control/callbacks", _set_callbacks),
    ("GET", "/control/deliveries", _list_deliveries),
    ("POST", "/control/history", _add_history),
    ("POST", r"/control/users/(\w{1,64})/delete", _delete_user),
    ("POST", "/control/reset", _reset),
)
