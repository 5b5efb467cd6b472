"""The console: what the cloud holds, the last calls, and forms to set faults and change rooms. No scripts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeVar

from localcloud import templating
from localcloud.api import call_log, document_actions, faults
from localcloud.api.actions import ACTIONS
from localcloud.api.call_log import Call
from localcloud.callbacks import callback_settings, deliveries
from localcloud.callbacks.deliveries import Delivery
from localcloud.cloud import Cloud
from localcloud.control import operations
from localcloud.http.messages import Request, Response
from localcloud.pages import labels
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
    transcode_settings,
    users,
)
from localcloud.state.documents import Document
from localcloud.state.recordings import Recording
from localcloud.state.rooms import Room

SHOWN_CALLS = 200
SHOWN_ROWS = 500  # of rooms and of users: the newest
SHOWN_DOCUMENTS = 200
SHOWN_DELIVERIES = 30
SHOWN_MESSAGES = 30
SHOWN_LETTERS = 500  # of a call's parameters
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class RoomRow:
    """A room in the console; changes are the last parts of the forms' addresses."""

    room: Room
    status_label: str
    has_marquee: bool
    members: list[str]
    recordings: list[RecordingItem]
    recording_changes: list[str]
    changes: list[str]


@dataclass(frozen=True, slots=True)
class RecordingItem:
    """A recording of a room, with a link when its address may be shown."""

    label: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document in the console; `progress` is None unless its transcode is running."""

    document: Document
    fields: dict[str, Any]
    permission_label: str
    state_label: str
    progress: int | None
    failure: str
    links: list[tuple[str, str]]
    resolution: str
    room_ids: list[int]


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery of a callback; `codes` are the HTTP status of each try, a dash where no response came."""

    delivery: Delivery
    data: str
    codes: list[str]
    outcome_label: str


@dataclass(frozen=True, slots=True)
class CallRow:
    """An API call with the beginning of its parameters."""

    call: Call
    params: str


def show(cloud: Cloud, _request: Request) -> Response:
    with lifecycle.settled(cloud):
        context = {
            **_settings(cloud),
            **_faults(cloud),
            **_attendance(cloud),
            **_callbacks(cloud),
            "rooms": [_room(cloud, room) for room in _newest(rooms.all_rooms(cloud))],
            "documents": _documents(cloud),
            "messages": messages.latest(cloud, SHOWN_MESSAGES),
            "users": _newest(users.all_users(cloud)),
            "supervisors": set(users.all_supervisors(cloud)),
            "calls": [_call(call) for call in call_log.latest(cloud, SHOWN_CALLS)],
            "shown_calls": SHOWN_CALLS,
        }
    # Foreign forms are recognized by their Origin header, which no-referrer would remove from own ones.
    return templating.page("console/console.html", referrer="same-origin", **context)


def _settings(cloud: Cloud) -> dict[str, Any]:
    recording = recording_settings.load(cloud)
    return {
        "settings": {
            "sdk_app_id": cloud.config.sdk_app_id,
            "now_s": cloud.now_s(),
            "limits_enforced": cloud.limits_enforced(),
            "clock_offset_s": cloud.value("clock_offset_s", default=0),
            "refused_words": refused_words.load(cloud),
            "app_version": edition.load(cloud),
            "has_marquee": edition.has_marquee(cloud),
        },
        "recording": recording,
        "recording_formats": _chosen_first(recording.file_format, recording_settings.FORMATS),
        "transcoding": transcode_settings.load(cloud),
    }


def _attendance(cloud: Cloud) -> dict[str, Any]:
    settings = attendance_settings.load(cloud)
    return {
        "attendance": settings,
        "garbles": _chosen_first(settings.garble, attendance_settings.GARBLES),
        "current_kinds": _chosen_first(settings.current, attendance_settings.CURRENTS),
        "event_kinds": _chosen_first(settings.events, attendance_settings.EVENTS),
        "rooms_with_own_attendance": list(attendance_settings.of_rooms(cloud)),
    }


def _chosen_first(chosen: str, choices: tuple[str, ...]) -> list[str]:
    return [chosen, *(choice for choice in choices if choice != chosen)]


def _faults(cloud: Cloud) -> dict[str, Any]:
    return {
        "faults": faults.all_faults(cloud),
        "fault_actions": [faults.ANY_ACTION, *ACTIONS],
        "fault_kinds": list(faults.KINDS),
    }


def _callbacks(cloud: Cloud) -> dict[str, Any]:
    settings = callback_settings.load(cloud)
    return {
        "callbacks": settings,
        "retry_waits": " ".join(f"{wait_s:g}" for wait_s in settings.retry_s),
        "deliveries": [_delivery(each) for each in deliveries.latest(cloud, SHOWN_DELIVERIES)],
    }


def _room(cloud: Cloud, room: Room) -> RoomRow:
    found = {
        kind: recordings.of_room(cloud, room.room_id, kind=kind) for kind in labels.RECORDING_KINDS
    }
    return RoomRow(
        room=room,
        status_label=labels.ROOM_STATUS[room.status],
        has_marquee=marquees.find(cloud, room.room_id) is not None,
        members=[f"{each.name}({each.role})" for each in members.in_room(cloud, room)],
        recordings=[_recording(cloud, each) for listed in found.values() for each in listed],
        recording_changes=_recording_changes(room, found),
        changes=[
            verb
            for verb, (needed, _) in operations.ROOM_CHANGES.items()
            if needed is None or needed == room.status
        ],
    )


def _recording_changes(room: Room, found: dict[str, list[Recording]]) -> list[str]:
    ready = {each.kind for listed in found.values() for each in listed if _is_ready(each)}
    is_running = any(recording.state == recordings.RUNNING for recording in chain(*found.values()))
    possible = [
        ("break_record", is_running),
        ("record", room.status == rooms.ENDED),
        ("delete_records", bool(ready & recordings.FILES)),
        ("delete_playback", recordings.SIGNALLING in ready),
    ]
    return [verb for verb, is_possible in possible if is_possible]


def _recording(cloud: Cloud, recording: Recording) -> RecordingItem:
    kind = labels.RECORDING_KINDS[recording.kind]
    if not _is_ready(recording):
        return RecordingItem(kind + labels.RECORDING_STATES[recording.state])
    label = f"{kind}{recording.duration_s} 秒, {recording.size_bytes / 1024:.0f} KiB"
    if recording.kind == recordings.SIGNALLING:  # its address would hold a token
        return RecordingItem(label)
    return RecordingItem(label, recordings.url_of(cloud, recording))


def _is_ready(recording: Recording) -> bool:
    return recording.state == recordings.READY


def _documents(cloud: Cloud) -> list[DocumentRow]:
    newest = documents.all_documents(cloud)[::-1][:SHOWN_DOCUMENTS]
    return [_document(cloud, document) for document in newest]


def _document(cloud: Cloud, document: Document) -> DocumentRow:
    fields = document_actions.described(cloud, document)
    has_failed = document.state == documents.FAILED
    is_running = document.state == documents.IN_PROGRESS
    return DocumentRow(
        document=document,
        fields=fields,
        permission_label=labels.PERMISSIONS[fields["Permission"]],
        state_label=labels.DOCUMENT_STATES[document.state],
        progress=fields["TranscodeProgress"] if is_running else None,
        failure=f"{document.result} {document.info}" if has_failed else "",
        links=_links(cloud, document),
        resolution=fields["Resolution"],
        room_ids=bindings.rooms_of(cloud, document),
    )


def _links(cloud: Cloud, document: Document) -> list[tuple[str, str]]:
    links = [("原件", document.fields["DocumentUrl"])]
    if document.state == documents.DONE:
        result = documents.result_of(cloud, document)
        links.append(("结果", f"{result}1.jpg" if document.is_static else result))
        links.append(("预览", documents.preview_of(cloud, document)))
        links.append(("封面", documents.cover_of(cloud, document)))
    return [(label, url) for label, url in links if url]


def _delivery(delivery: Delivery) -> DeliveryRow:
    return DeliveryRow(
        delivery=delivery,
        data=json.dumps(delivery.data, ensure_ascii=False),
        codes=[str(code or "–") for code in delivery.codes],
        outcome_label=labels.DELIVERY_OUTCOMES[delivery.outcome],
    )


def _call(call: Call) -> CallRow:
    params = json.dumps(call.params, ensure_ascii=False)
    is_long = len(params) > SHOWN_LETTERS
    return CallRow(call, params[:SHOWN_LETTERS] + "…" if is_long else params)


def _newest(rows: list[_T]) -> list[_T]:
    return rows[::-1][:SHOWN_ROWS]
