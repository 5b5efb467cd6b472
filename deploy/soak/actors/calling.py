"""Sends callbacks: true ones once more, false ones with a valid signature, and broken ones."""

from __future__ import annotations

import hashlib
import json
import time
from http import HTTPStatus
from typing import Any, ClassVar

from deploy.services.local_platform import SDK_APP_ID
from deploy.soak.actors.actor import Actor
from deploy.soak.journal import CallbackAcknowledged, Refused, Uncertain
from deploy.soak.stack import CALLBACK_PATH
from deploy.soak.visitor import NoAnswer, Visitor

VALID_FOR_S = 600
# One of the latest so many is sent again.
LATEST_EVENTS = 200
UNKNOWN_ROOMS = (10**9, 10**10)


class CallbackSender(Actor):
    pause_s: ClassVar[float] = 3.0

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._known_events: list[dict[str, Any]] = []

    def act(self) -> None:
        acts = (self._repeat, self._lie, self._unknown, self._garble, self._forge, self._late)
        (act,) = self.chance.choices(acts, (6, 4, 1, 1, 1, 1))
        act()

    def _repeat(self) -> None:
        """Send an event of the cloud once more, or one that it has lost."""
        since = self._known_events[-1]["n"] if self._known_events else 0
        self._known_events += self.stack.cloud.ask(f"deliveries?since={since}")["deliveries"]
        del self._known_events[:-LATEST_EVENTS]
        if self._known_events:
            event = self.chance.choice(self._known_events)
            body = self._body(event["event_type"], event["data"], Timestamp=event["timestamp_s"])
            self._send(body, is_true=True)

    def _lie(self) -> None:
        """Report what has not happened in a room that exists, or a recording that it does not have."""
        rooms = self.stack.cloud.ask("state")["rooms"]
        if not rooms:
            return
        room_id = self.chance.choice(rooms)["RoomId"]
        data: dict[str, Any] = {"RoomId": room_id}
        event_type = self.chance.choice(("RoomStart", "RoomEnd", "RecordFinish", "RoomExpire"))
        if event_type == "RecordFinish":
            data |= {
                "RecordUrl": f"{self.stack.cloud.url}/vod/none-{room_id}.mp4",
                "RecordSize": 7_000_000,
                "Duration": 90,
                "VideoId": f"none{room_id}",
            }
        self._send(self._body(event_type, data), is_true=False)

    def _unknown(self) -> None:
        room_id = self.chance.randrange(*UNKNOWN_ROOMS)
        self._send(self._body("RoomStart", {"RoomId": room_id}), is_true=False)

    def _garble(self) -> None:
        whole = json.dumps(self._body("RoomStart", {"RoomId": 1})).encode()
        content = whole[: self.chance.randrange(len(whole))]
        self._post(content, {"body_sha256": hashlib.sha256(content).hexdigest()})

    def _forge(self) -> None:
        self._send(self._body("RoomEnd", {"RoomId": 1}, Sign="0" * 32), is_true=False)

    def _late(self) -> None:
        expired_s = int(time.time()) - VALID_FOR_S
        self._send(self._body("RoomEnd", {"RoomId": 1}, expire_time_s=expired_s), is_true=False)

    def _body(
        self, event_type: str, data: dict[str, Any], *, expire_time_s: int = 0, **own: Any
    ) -> dict[str, Any]:
        expire_time_s = expire_time_s or int(time.time()) + VALID_FOR_S
        signed = f"{self.stack.callback_key}{expire_time_s}".encode()
        return {
            "SdkAppId": SDK_APP_ID,
            "Timestamp": int(time.time()),
            "ExpireTime": expire_time_s,
            "Sign": hashlib.md5(signed, usedforsecurity=False).hexdigest(),
            "EventType": event_type,
            "EventData": data,
            **own,
        }

    def _send(self, body: dict[str, Any], *, is_true: bool) -> None:
        content = json.dumps(body).encode()
        about = {
            "body_sha256": hashlib.sha256(content).hexdigest(),
            "event_type": body["EventType"],
            "timestamp_s": body["Timestamp"],
            "event_data": body["EventData"],
        }
        if self._post(content, about):
            room_id = body["EventData"].get("RoomId")
            self.journal.write(CallbackAcknowledged(**about, room_id=room_id, is_true=is_true))

    def _post(self, content: bytes, about: dict[str, Any]) -> bool:
        """Send a body; return whether it was answered 200."""
        what = CallbackAcknowledged.kind
        try:
            answer = Visitor(self.stack.site).ask("POST", CALLBACK_PATH, data=content)
        except NoAnswer:
            self.journal.write(Uncertain(what=what, about=about))
            raise
        if answer.status == HTTPStatus.OK:
            self.counts["stored"] += 1
            return True
        self.counts[f"refused {answer.status}"] += 1
        self.journal.write(Refused(what=what, status=answer.status, about=about))
        return False
