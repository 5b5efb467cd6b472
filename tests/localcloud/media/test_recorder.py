"""Making recordings in the background."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localcloud.http.server import RunningCloud
from localcloud.media import recording_videos
from tests.localcloud.clients import (
    HOUR_S,
    Api,
    Control,
    eventually,
    room_fields,
)
from tests.localcloud.recording import describe_record, held_class


@pytest.mark.usefixtures("real_recordings")
def test_file_that_cannot_be_made_is_a_failed_recording(
    api: Api, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        recording_videos, "_arguments", lambda *_: [sys.executable, "-c", "raise SystemExit(9)"]
    )
    room_id = held_class(api, control)

    states = eventually(
        lambda: [each["State"] for each in control.recordings(room_id)],
        lambda states: states != ["making"],
    )

    assert states == ["failed"]
    assert describe_record(api, room_id) == []


@pytest.mark.usefixtures("real_recordings")
def test_interrupted_recording_is_made_at_the_next_start(
    start_cloud: Callable[..., RunningCloud], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = start_cloud()
    with monkeypatch.context() as patch:
        patch.setattr(recording_videos, "LONGEST_S", 10**6)  # so long that only the stop ends it
        patch.setattr(recording_videos, "SHORTEST_S", 10**6)
        room_id = held_class(Api(first.base_url), Control(first.base_url))
        folder = first.cloud.config.media_path / str(room_id)
        eventually(lambda: [name for name in files_in(folder) if name.endswith(".part")], bool)
        first.stop()
    left = files_in(folder)

    second = start_cloud()

    assert left == []
    assert len(Control(second.base_url).recorded(room_id)) == 1


def test_classes_that_end_at_once_are_all_recorded(api: Api, control: Control) -> None:
    end_s = room_fields()["EndTime"]
    rooms = [api.create_room(EndDelayTime=-1, EndTime=end_s) for _ in range(8)]
    for room_id in rooms:
        control.post(f"/rooms/{room_id}/start")

    control.shift_clock(2 * HOUR_S)

    assert [len(control.recorded(room_id)) for room_id in rooms] == [1] * 8


def files_in(folder: Path) -> list[str]:
    """The names of all files under a folder that somebody else may be removing."""
    # Unlike Path.glob, os.walk passes over a folder that is gone by the time it gets there.
    return [name for _path, _folders, names in os.walk(folder) for name in names]


def write_in_spite_of_removal(path: Path, data: bytes) -> None:
    """Write a file whose folder somebody else may remove in between."""
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.write_bytes(data)
        except FileNotFoundError:
            continue
        return


def test_recording_deleted_while_it_is_made_does_not_come_back(
    cloud: RunningCloud, api: Api, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = recording_videos.write

    def slow(path: Path, **more: Any) -> int:
        size_bytes = made(path, **more)
        control.post(f"/rooms/{path.parents[1].name}/delete_records")
        write_in_spite_of_removal(path, b"as if it had come just now")
        return size_bytes

    monkeypatch.setattr(recording_videos, "write", slow)
    room_id = held_class(api, control)
    folder = cloud.cloud.config.media_path / str(room_id)

    states = eventually(
        lambda: [each["State"] for each in control.recordings(room_id)],
        lambda states: states != ["making"],
    )

    eventually(lambda: files_in(folder), lambda files: files == [])
    assert states == ["deleted"]
