"""The local cloud without its threads and sockets: the platform's calls reach it in this thread.

So nothing in it happens by itself: a file is made, a room closes and an hour goes by when a test says so.
What was ever true in it is kept, to tell what the platform may say.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from requests.adapters import BaseAdapter

from localcloud.api import faults
from localcloud.callbacks import deliveries, sender
from localcloud.callbacks.deliveries import Delivery
from localcloud.cloud import Cloud
from localcloud.config import Config
from localcloud.http import routes
from localcloud.http.messages import Request
from localcloud.state import lifecycle, members, recording_settings, recordings, rooms
from localcloud.state.recordings import Recording
from localcloud.state.rooms import Room
from tests.support.callbacks import KEY
from tests.support.cloud import SDK_APP_ID, SECRET_ID, SECRET_KEY

URL = "http://cloud.invalid"
BYTES = 1_000_000
USUAL_RECORDING = {
    "delay_s": 0,
    "enabled": True,
    "storage_full": False,
    "describe_record_silent": False,
}
# An answer that leaves out what there is.
EMPTY_ANSWERS: dict[str, dict[str, Any]] = {
    "DescribeRecord": {"RecordInfo": []},
    "DescribeRoom": {"RecordUrl": "", "VideoDuration": 0},
    "DescribePlaybackList": {"Items": [], "Total": 0},
    "GetRooms": {"Rooms": [], "Total": 0},
}


class ThreadlessCloud:
    """The cloud of one example: what happens in it, its faults, and what was ever true."""

    def __init__(self) -> None:
        self.state = Cloud(
            Config(
                state_path=Path(":memory:"),
                sdk_app_id=SDK_APP_ID,
                secret_id=SECRET_ID,
                secret_key=SECRET_KEY,
                callback_url=f"{URL}/callbacks",
                callback_key=KEY,
            )
        )
        self.state.base_url = URL
        self.hides: set[str] = set()
        # By room: the states it was ever in; the addresses of its files, and when each was made.
        self.statuses: dict[int, set[int]] = defaultdict(set)
        self.ready_at_s: dict[int, dict[str, float]] = defaultdict(dict)
        self.described_at_s: dict[int, float] = {}
        self.lost_files: set[int] = set()
        self.hidden_files: set[int] = set()

    def close(self) -> None:
        self.state.close()

    # --- Facts --------------------------------------------------------------------------------

    def rooms(self) -> list[Room]:
        return rooms.all_rooms(self.state)

    def room(self, room_id: int) -> Room | None:
        return rooms.find(self.state, room_id)

    def ready(self, room_id: int) -> set[str]:
        """The addresses of a room's files; empty ones of what is kept as signalling."""
        found = recordings.find_ready(self.state, room_id)
        signals = recordings.find_ready(self.state, room_id, kind=recordings.SIGNALLING)
        return {recordings.url_of(self.state, each) for each in found} | {"" for _ in signals}

    def was_seen_held(self, room_id: int) -> bool:
        """Tell whether a class was begun there when the platform looked at the room last, or before."""
        room = self.room(room_id)
        looked_s = self.described_at_s.get(room_id)
        if room is None or room.status not in {rooms.RUNNING, rooms.ENDED}:
            return False
        return looked_s is None or room.real_start_s < looked_s

    def pass_time(self) -> None:
        lifecycle.settle_if_due(self.state)
        self.remember()

    def change(self, room_id: int, what: str) -> bool:
        """Have something happen to a room, if it can; say whether it did."""
        with lifecycle.settled(self.state):
            room = rooms.find(self.state, room_id)
            if room is None:
                return False
            has_changed = CHANGES[what](self, room)
        self.remember()
        return has_changed

    def make_files(self, *, at_most: int | None = None) -> int:
        """Make the files that are due, the longest due first."""
        due = recordings.waiting(self.state)[:at_most]
        for recording in due:
            with self.state.transaction():
                recordings.close(self.state, recording, size_bytes=BYTES + recording.id)
        self.remember()
        return len(due)

    def set_recording(self, **wanted: Any) -> None:
        with self.state.transaction():
            recording_settings.change(self.state, USUAL_RECORDING | wanted)

    def events(self) -> list[Delivery]:
        """All events of which the cloud ever had to send a callback."""
        return deliveries.since(self.state, 0)

    def envelope(self, event: Delivery) -> dict[str, Any]:
        """The body of a callback, signed now."""
        return sender.envelope(self.state, event, key=KEY)

    def remember(self) -> None:
        db = self.state.db
        for row in db.execute("SELECT room_id, status FROM rooms").fetchall():
            self.statuses[row["room_id"]].add(row["status"])
        query = "SELECT DISTINCT room_id FROM recordings WHERE state = 'ready'"
        for row in db.execute(query).fetchall():
            for url in self.ready(row["room_id"]):
                self.ready_at_s[row["room_id"]].setdefault(url, self.state.time_s())

    # --- Faults -------------------------------------------------------------------------------

    def fail(self, action: str, kind: str, times: int | None, code: str | None = None) -> None:
        wanted = {"action": action, "kind": kind, "times": times, "code": code}
        faults.add(self.state, wanted)

    def heal(self) -> None:
        faults.clear(self.state)
        self.hides.clear()

    def answer(self, request: requests.PreparedRequest) -> requests.Response:
        """Answer one call of the platform, as its faults and lies have it.

        Raises:
            requests.ConnectionError: the connection breaks.
        """
        body = request.body or b""
        asked = Request(
            method="POST",
            path="/",
            query={},
            headers={name.lower(): str(value) for name, value in request.headers.items()},
            body=body if isinstance(body, bytes) else body.encode(),
        )
        told = routes.respond(self.state, asked)
        self.remember()
        if told.drop:
            raise requests.ConnectionError("the connection was closed")
        action = asked.headers["x-tc-action"]
        if action == "DescribeRoom":
            self.described_at_s[json.loads(asked.body)["RoomId"]] = self.state.time_s()
        return _response(request, told.status, self._lied_about(action, asked.body, told.body))

    def _lied_about(self, action: str, asked: bytes, body: bytes) -> bytes:
        if action not in self.hides or action not in EMPTY_ANSWERS:
            return body
        try:
            content = json.loads(body)
        except ValueError:
            return body
        if "Error" in content["Response"]:
            return body
        if action != "GetRooms":
            room_id = json.loads(asked).get("RoomId", 0)
            self.hidden_files.update([room_id] if room_id else self.statuses)
        content["Response"].update(EMPTY_ANSWERS[action])
        return json.dumps(content).encode()


class SessionAdapter(BaseAdapter):
    """Hands the requests of a session to a function instead of a socket."""

    def __init__(self, answer: Callable[[requests.PreparedRequest], requests.Response]) -> None:
        super().__init__()
        self._answer = answer

    def send(self, request: requests.PreparedRequest, **_options: Any) -> requests.Response:  # type: ignore[override]
        return self._answer(request)

    def close(self) -> None:
        """Nothing is open."""


def _response(request: requests.PreparedRequest, status: int, body: bytes) -> requests.Response:
    response = requests.Response()
    response.status_code, response._content = status, body
    response.url, response.request = str(request.url), request
    return response


def _start(cloud: ThreadlessCloud, room: Room) -> bool:
    if room.status == rooms.WAITING:
        lifecycle.start(cloud.state, room)
        return True
    return False


def _end(cloud: ThreadlessCloud, room: Room) -> bool:
    if room.status == rooms.RUNNING:
        lifecycle.end(cloud.state, room)
        return True
    return False


def _vanish(cloud: ThreadlessCloud, room: Room) -> bool:
    if room.status == rooms.RUNNING:
        return False
    cloud.lost_files.add(room.room_id)
    lifecycle.delete(cloud.state, room)
    return True


def _come_or_go(cloud: ThreadlessCloud, room: Room) -> bool:
    teacher = room.fields["TeacherId"]
    if room.status != rooms.RUNNING or not teacher:
        return False
    if members.in_room(cloud.state, room):
        members.leave(cloud.state, room, teacher)
    else:
        members.join(cloud.state, room, teacher, supervises=False)
    return True


def _record_by_hand(cloud: ThreadlessCloud, room: Room) -> bool:
    """Press the button: it begins a recording, or ends the one that runs."""
    if room.status != rooms.RUNNING or room.fields["DisableRecord"] != recordings.MANUAL:
        return False
    running: Recording | None = recordings.find_running(cloud.state, room.room_id)
    if running is None:
        recordings.begin(cloud.state, room)
    else:
        recordings.finish(cloud.state, running, at_s=cloud.state.now_s())
    return True


def _record_again(cloud: ThreadlessCloud, room: Room) -> bool:
    is_recorded = room.fields["DisableRecord"] in {recordings.AUTOMATIC, recordings.MANUAL}
    if room.status != rooms.ENDED or not is_recorded:
        return False
    stop_s = max(room.real_end_s, room.real_start_s + 1)
    recordings.add_immediate(
        cloud.state, room, announced=True, start_s=room.real_start_s, stop_s=stop_s
    )
    return True


def _lose_files(cloud: ThreadlessCloud, room: Room) -> bool:
    cloud.lost_files.add(room.room_id)
    everything = {*recordings.FILES, recordings.SIGNALLING}
    return recordings.delete_all(cloud.state, room.room_id, kinds=everything)


CHANGES: dict[str, Callable[[ThreadlessCloud, rooms.Room], bool]] = {
    "start": _start,
    "end": _end,
    "vanish": _vanish,
    "come or go": _come_or_go,
    "record by hand": _record_by_hand,
    "record again": _record_again,
    "lose files": _lose_files,
}
