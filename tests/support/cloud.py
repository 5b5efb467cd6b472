"""The local cloud as tests see it: the real server, and what may be done to it."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

SDK_APP_ID = 3520371
SECRET_ID = "AKIDtest"
SECRET_KEY = "test-secret-key"
TIMEOUT_S = 10


class LocalCloud:
    """A running local cloud, spoken to over HTTP."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.class_url = f"{url}/class.html"

    def environment(self) -> dict[str, str]:
        """What a process of the platform needs to know of it."""
        return {
            "LCIC_ENDPOINT": self.url,
            "LCIC_CLASS_URL": self.class_url,
            "LCIC_SDK_APP_ID": str(SDK_APP_ID),
            "LCIC_SECRET_ID": SECRET_ID,
            "LCIC_SECRET_KEY": SECRET_KEY,
        }

    def state(self) -> dict[str, Any]:
        """Rooms (with `RoomId`, `Status`, `Members`), users, supervisors, switches, clock."""
        return self._ask("GET", "state")

    def rooms(self) -> list[dict[str, Any]]:
        return list(self.state()["rooms"])

    def users(self) -> list[dict[str, Any]]:
        return list(self.state()["users"])

    def calls(self, since: int = 0, *, action: str | None = None) -> list[dict[str, Any]]:
        """The calls after the one of that id, oldest first."""
        calls = self._ask("GET", f"calls?since={since}")["calls"]
        return [call for call in calls if action in {None, call["action"]}]

    def switch(self, action: str, kind: str, **options: Any) -> int:
        """Have calls of `action` (or `*`) misbehave: see `localcloud/switches.py` for the kinds."""
        return int(self._ask("POST", "switches", {"action": action, "kind": kind, **options})["id"])

    def clear(self) -> None:
        """Take back every switch."""
        self._ask("DELETE", "switches")

    def words(self, *refused: str) -> None:
        """Refuse titles and nicknames that hold one of these."""
        self._ask("POST", "words", {"refused": list(refused)})

    def clock(self, offset_s: int) -> None:
        """Set the cloud's clock that many seconds ahead of the real one."""
        self._ask("POST", "clock", {"offset_s": offset_s})

    def enforce_limits(self, *, enforce: bool) -> None:
        self._ask("POST", "limits", {"enforce": enforce})

    def change_room(self, room_id: int, change: str) -> None:
        """`start`, `end`, `expire` or `delete` a room, as if it happened in the cloud."""
        self._ask("POST", f"rooms/{room_id}/{change}")

    def delete_user(self, user_id: str) -> None:
        self._ask("POST", f"users/{user_id}/delete")

    def reset(self) -> None:
        self._ask("POST", "reset")

    def _ask(self, method: str, what: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{self.url}/control/{what}",
            data=None if method == "GET" else json.dumps(body or {}).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            content: dict[str, Any] = json.load(answer)
            return content
