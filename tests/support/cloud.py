"""The local cloud as tests see it: the real server, and what may be done to it."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Callable, Sequence
from html import unescape
from pathlib import Path
from typing import Any, TypeVar

from tests.localcloud.clients import Api

SDK_APP_ID = 3520371
SECRET_ID = "AKIDtest"
SECRET_KEY = "test-secret-key"
CALLBACK_KEY = "test-callback-key"
TIMEOUT_S = 90  # a past class with fifty files takes a while
T = TypeVar("T")


class LocalCloud:
    """A running local cloud, spoken to over HTTP."""

    def __init__(self, url: str, state_path: Path | None = None) -> None:
        self.url = url
        self.state_path = state_path
        self.class_url = f"{url}/class.html"
        self.playback_url = f"{url}/playback/index.html"

    def environment(self) -> dict[str, str]:
        """Return what a process of the platform needs to know of it."""
        return {
            "LCIC_ENDPOINT": self.url,
            "LCIC_CLASS_URL": self.class_url,
            "LCIC_SDK_APP_ID": str(SDK_APP_ID),
            "LCIC_SECRET_ID": SECRET_ID,
            "LCIC_SECRET_KEY": SECRET_KEY,
            # The usual hosts too: tests name addresses there for what no cloud has made.
            "COURSEWARE_HOSTS": f"*.qcloudclass.com,{self.url.removeprefix('http://')}",
            "REPLAY_HOSTS": f"*.vod2.myqcloud.com,{self.url.removeprefix('http://')}",
        }

    def state(self) -> dict[str, Any]:
        """Rooms (with `RoomId`, `Status`, `Members`), documents, users, supervisors, switches, clock."""
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
        """Have calls of `action` (or `*`) misbehave: see `localcloud/api/faults.py` for the kinds."""
        return int(self._ask("POST", "switches", {"action": action, "kind": kind, **options})["id"])

    def clear(self, switch: int | None = None) -> None:
        """Take back every switch, or one alone."""
        self._ask("DELETE", "switches" if switch is None else f"switches/{switch}")

    def words(self, *refused: str) -> None:
        """Refuse titles and nicknames that hold one of these."""
        self._ask("POST", "words", {"refused": list(refused)})

    def clock(self, offset_s: int) -> None:
        """Set the cloud's clock that many seconds ahead of the real one."""
        self._ask("POST", "clock", {"offset_s": offset_s})

    def set_edition(self, app_version: int) -> None:
        """Have bought another edition: 1 trial, 2 light, 3 standard, 4 ultimate (no other has 信令录制)."""
        self._ask("POST", "edition", {"app_version": app_version})

    def lack_marquees(self) -> None:
        """Have bought an edition without 跑马灯; rooms that have one keep it."""
        self._ask("POST", "edition", {"has_marquee": False})

    def enforce_limits(self, *, enforce: bool) -> None:
        self._ask("POST", "limits", {"enforce": enforce})

    def change_room(self, room_id: int, change: str) -> None:
        """`start`, `end`, `expire` or `delete` a room, as if it happened in the cloud."""
        self._ask("POST", f"rooms/{room_id}/{change}")

    def messages(self, room_id: int) -> list[str]:
        """The messages that everybody in a class was sent, oldest first."""
        room = next(room for room in self.rooms() if room["RoomId"] == room_id)
        return [message["MsgContent"] for message in room["Messages"]]

    def marquee(self, room_id: int) -> dict[str, Any] | None:
        """The fields of SetMarquee that a room has, if it has a mark."""
        room = next(room for room in self.rooms() if room["RoomId"] == room_id)
        fields: dict[str, Any] | None = room["Marquee"]
        return fields

    # --- Recordings -------------------------------------------------------------------------

    def recordings(self, room_id: int) -> list[dict[str, Any]]:
        """A room's recordings, oldest first, with `State` running, making, ready, failed or deleted."""
        room = next(room for room in self.rooms() if room["RoomId"] == room_id)
        return list(room["Recordings"])

    def recorded(self, room_id: int, count: int = 1) -> list[dict[str, Any]]:
        """Wait until so many recordings of a room are ready, and return these."""
        return _eventually(
            lambda: [each for each in self.recordings(room_id) if each["State"] == "ready"],
            lambda ready: len(ready) == count,
        )

    def streams(self, room_id: int) -> list[dict[str, Any]]:
        """The single streams beside a room's recording, as `recordings`, with `UserId`."""
        room = next(room for room in self.rooms() if room["RoomId"] == room_id)
        return list(room["Streams"])

    def playbacks(self, room_id: int, count: int = 1) -> list[dict[str, Any]]:
        """Wait until so many signalling replays of a room are ready (0: none is), and return these."""

        def ready() -> list[dict[str, Any]]:
            room = next(room for room in self.rooms() if room["RoomId"] == room_id)
            return [each for each in room["Playbacks"] if each["State"] == "ready"]

        return _eventually(ready, lambda found: len(found) == count)

    def set_recording(self, **settings: Any) -> None:
        """Change how recordings are made: see `localcloud/state/recording_settings.py`.

        Late (`delay_s`), never (`enabled`), not listed (`describe_record_silent`), as HLS (`file_format` hls, or hls-ranges).
        """
        self._ask("POST", "recording", settings)

    def fill_storage(self, *, is_full: bool = True) -> None:
        """Let nothing be recorded any more, and no room be made that would be."""
        self.set_recording(storage_full=is_full)

    def protect_files(self, vod_key: str) -> None:
        """Give files out to signed addresses alone; to all again with an empty key."""
        self.set_recording(vod_key=vod_key)

    def record_again(self, room_id: int, **span: int) -> dict[str, Any]:
        """Make one more recording of an ended class, of `start_s` and `duration_s`; RecordFinish tells of it."""
        return self._ask("POST", f"rooms/{room_id}/record", span)

    def break_recording(self, room_id: int) -> None:
        """Let the recording by hand of a class break off, as if the cloud's own recorder had failed."""
        self._ask("POST", f"rooms/{room_id}/break_record")

    def delete_recordings(self, room_id: int) -> None:
        """Delete a room's files behind our back."""
        self._ask("POST", f"rooms/{room_id}/delete_records")

    def delete_playback(self, room_id: int) -> None:
        """Delete a room's signalling replay behind our back."""
        self._ask("POST", f"rooms/{room_id}/delete_playback")

    def watch(self, address: str, *, played_s: int) -> None:
        """Open the player of a signalling replay, and play for so long, as its script tells it."""
        with urllib.request.urlopen(address, timeout=TIMEOUT_S) as page:
            report = re.search(r'data-report-url="([^"]+)"', page.read().decode())
        assert report is not None, "the page keeps no record"
        told = f"{self.url}{unescape(report[1])}&ms={played_s * 1000}"
        urllib.request.urlopen(told, data=b"", timeout=TIMEOUT_S).close()

    def add_history(self, name: str, start_s: int, end_s: int, **more: Any) -> int:
        """Put in a class of the past with its files: see `localcloud/control/history.py` for `more`. No callback is sent."""
        fields = {"Name": name, "StartTime": start_s, "EndTime": end_s, **more}
        return int(self._ask("POST", "history", fields)["RoomId"])

    # --- Who was in class -------------------------------------------------------------------

    def join(self, room_id: int, user_id: str, **more: Any) -> None:
        """Let somebody open the class page: now or `at_s`, on a `device`, as one who `supervises`."""
        self._ask("POST", f"rooms/{room_id}/join", {"user_id": user_id, **more})

    def leave(self, room_id: int, user_id: str, **more: Any) -> None:
        """Let somebody leave: now or `at_s`, for a `reason` of the cloud's (0 of their own, 1 kicked, 4 lost)."""
        self._ask("POST", f"rooms/{room_id}/leave", {"user_id": user_id, **more})

    def visits(self, room_id: int) -> list[dict[str, Any]]:
        """Return who was in a room, deleted or not: `user_id`, `name`, `role`, `joined_s`, `left_s`, `reason` ..."""
        return list(self._ask("GET", f"visits?room={room_id}")["visits"])

    def left(self, room_id: int, count: int) -> list[dict[str, Any]]:
        """Wait until so many visits of a room are over, and return these."""
        return _eventually(
            lambda: [each for each in self.visits(room_id) if each["left_s"] is not None],
            lambda over: len(over) == count,
        )

    def set_attendance(self, room_id: int | None = None, **settings: Any) -> None:
        """Change how all rooms, or one, tell who was there: see `localcloud/state/attendance_settings.py`.

        For one room the settings replace those that it had of its own.
        """
        what = "attendance" if room_id is None else f"rooms/{room_id}/attendance"
        self._ask("POST", what, settings)

    # --- Courseware -------------------------------------------------------------------------

    def documents(self) -> list[dict[str, Any]]:
        """All documents, oldest first, as DescribeDocument gives them, with `Cover` and `Rooms` (numbers)."""
        return list(self.state()["documents"])

    def document(self, document_id: str) -> dict[str, Any]:
        return next(each for each in self.documents() if each["DocumentId"] == document_id)

    def bound(self, room_id: int) -> dict[str, int]:
        """Return what is bound to a room: BindType by DocumentId, in the order of binding."""
        room = next(room for room in self.rooms() if room["RoomId"] == room_id)
        return {each["DocumentId"]: each["BindType"] for each in room["Documents"]}

    def transcoded(self, document_id: str) -> dict[str, Any]:
        """Wait until a document's transcode has succeeded (state 3) or failed (2), and return it."""
        return _eventually(
            lambda: self.document(document_id), lambda found: found["TranscodeState"] in {2, 3}
        )

    def set_transcoding(self, **settings: Any) -> None:
        """Change `delay_s`, `stuck`, `fail` (words, "" for none), `zero_pages` or `document_limit`."""
        self._ask("POST", "transcoding", settings)

    def delete_document(self, document_id: str) -> None:
        """Delete a document as if it had vanished in the cloud; DocumentDelete tells of it."""
        self._ask("POST", f"documents/{document_id}/delete")

    # --- Callbacks --------------------------------------------------------------------------

    def set_callbacks(self, **settings: Any) -> None:
        """Change `url`, `key` and how callbacks travel: see `localcloud/callbacks/callback_settings.py`."""
        self._ask("POST", "callbacks", settings)

    def deliveries(self, since: int = 0, *, event_type: str | None = None) -> list[dict[str, Any]]:
        """Return what was sent or not, oldest first: `event_type`, `data`, `outcome`, `codes`, `tries` ..."""
        found = self._ask("GET", f"deliveries?since={since}")["deliveries"]
        return [each for each in found if event_type in {None, each["event_type"]}]

    def delivered(self, count: int | None = None) -> list[dict[str, Any]]:
        """Wait until no delivery waits any more, and there are `count` when it is given; return all."""
        return _eventually(
            self.deliveries,
            lambda all_: (
                count in {None, len(all_)} and all(each["outcome"] != "waiting" for each in all_)
            ),
        )

    def delete_user(self, user_id: str) -> None:
        self._ask("POST", f"users/{user_id}/delete")

    def make_group(self, user_ids: Sequence[str]) -> str:
        """Make a group of these people, as another program of the school would, and return its id."""
        api = Api(self.url, secret_id=SECRET_ID, secret_key=SECRET_KEY)
        fields = {"SdkAppId": SDK_APP_ID, "GroupName": "组", "MemberIds": list(user_ids)}
        return str(api.call("CreateGroupWithMembers", **fields)["GroupId"])

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


def _eventually(look: Callable[[], T], is_right: Callable[[T], bool], within_s: float = 20) -> T:
    until_s = time.monotonic() + within_s
    while not is_right(seen := look()):
        assert time.monotonic() < until_s, seen
        time.sleep(0.02)
    return seen
