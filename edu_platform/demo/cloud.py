"""The local cloud's control interface, as far as the demo school needs it."""

from __future__ import annotations

from typing import Any

import requests
from django.conf import settings

TIMEOUT_S = (2.0, 30.0)  # to connect; to read, while the cloud makes a recording


class NoLocalCloud(Exception):
    """No local cloud answers at LCIC_ENDPOINT."""


def add_past_class(
    *,
    name: str,
    room_id: int,
    start_s: int,
    end_s: int,
    recordings: int,
    is_expired: bool,
    record_mode: int,
    as_play_list: bool = False,
) -> None:
    """Put a room of the past into the local cloud, unless it is there already.

    Raises:
        NoLocalCloud: none answers.
    """
    _post(
        "history",
        {
            "Name": name,
            "StartTime": start_s,
            "EndTime": end_s,
            "recordings": recordings,
            "status": 3 if is_expired else 2,
            "DisableRecord": record_mode,
            "file_format": "hls" if as_play_list else "mp4",
            "room_id": room_id,
        },
    )


def start_class(room_id: int) -> None:
    """Start the class of a room that waits, as its teacher does.

    Raises:
        NoLocalCloud: none answers, or the class was started meanwhile.
    """
    _post(f"rooms/{room_id}/start", {})


def delete_recordings(room_id: int) -> None:
    """Have the recordings of a room vanish, as when somebody deletes them in the vendor's console.

    Raises:
        NoLocalCloud: none answers.
    """
    _post(f"rooms/{room_id}/delete_records", {})


def set_transcode_fate(
    *, name: str, delay_s: float = 0, percent: int = 0, is_stuck: bool = False
) -> None:
    """Have documents of this name transcoded late, from `percent` on, or not at all.

    Raises:
        NoLocalCloud: none answers.
    """
    fate = {"name": name, "delay_s": delay_s, "percent": percent, "stuck": is_stuck}
    _post("transcoding/names", fate)


def _post(what: str, body: dict[str, Any]) -> None:
    try:
        answer = requests.post(
            f"{settings.LCIC_ENDPOINT}/control/{what}", json=body, timeout=TIMEOUT_S
        )
        answer.raise_for_status()
    except requests.RequestException as err:
        raise NoLocalCloud(str(err)) from err
