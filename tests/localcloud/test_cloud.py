"""State that survives a restart, and state files of earlier versions."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import requests

from localcloud.http.server import RunningCloud
from tests.localcloud.clients import (
    Api,
    ClassPage,
    Control,
)
from tests.localcloud.control.test_endpoints import SETTINGS
from tests.localcloud.recording import held_class


def test_state_file_of_an_earlier_version_is_taken_over(
    start_cloud: Callable[..., RunningCloud],
) -> None:
    first = start_cloud()
    api, control = Api(first.base_url), Control(first.base_url)
    room_id = held_class(api, control)
    control.recorded(room_id)
    state_path = first.cloud.config.state_path
    first.stop()
    with sqlite3.connect(state_path) as db:
        for name in ("kind", "file_format", "user_id", "pauses_s"):
            db.execute(f"ALTER TABLE recordings DROP COLUMN {name}")
    db.close()

    second = start_cloud()

    kept = Control(second.base_url).recordings(room_id)
    assert [(each["State"], each["FileFormat"]) for each in kept] == [("ready", "mp4")]
    assert requests.get(kept[0]["RecordUrl"], timeout=10).status_code == 200


def test_who_was_in_a_room_of_an_earlier_version_is_still_there(
    start_cloud: Callable[..., RunningCloud],
) -> None:
    first = start_cloud()
    api = Api(first.base_url)
    people = {name: api.register(name)["UserId"] for name in ("王", "李", "张", "巡")}
    room_id = api.create_room(TeacherId=people["王"], Assistants=[people["李"]])
    state_path = first.cloud.config.state_path
    first.stop()
    with sqlite3.connect(state_path) as db:
        for table in ("visits", "room_events"):
            db.execute(f"DROP TABLE {table}")
        db.execute(
            "CREATE TABLE members (user_id TEXT PRIMARY KEY, room_id INTEGER NOT NULL, "
            "joined_s INTEGER NOT NULL, name TEXT NOT NULL, supervises INTEGER NOT NULL)"
        )
        rows = [
            (user_id, room_id, number, name, name == "巡")
            for number, (name, user_id) in enumerate(people.items())
        ]
        db.executemany("INSERT INTO members VALUES (?, ?, ?, ?, ?)", rows)
    db.close()

    for _ in range(2):  # taken over once
        running = start_cloud()
        control = Control(running.base_url)

        assert control.members(room_id) == dict(
            zip(people.values(), ("teacher", "assistant", "student", "supervisor"), strict=True)
        )
        assert len(control.get("/visits")["visits"]) == 4
        running.stop()


def test_everything_survives_a_restart(start_cloud: Callable[[], RunningCloud]) -> None:
    first = start_cloud()
    api, control = Api(first.base_url), Control(first.base_url)
    teacher = api.register("王老师", OriginId="t")
    room_id = api.create_room(TeacherId=teacher["UserId"])
    ClassPage(first.base_url).visit(room_id, teacher)
    control.switch("fail", action="GetRooms")
    for path, body in SETTINGS.items():
        control.post(path, **body)
    state, calls = control.get("/state"), control.get("/calls")
    first.stop()

    second = start_cloud()

    control = Control(second.base_url)
    assert (control.get("/state"), control.get("/calls")) == (state, calls)
    assert state["callbacks"].items() >= SETTINGS["/callbacks"].items()
    assert ClassPage(second.base_url).visit(room_id, teacher).status_code == 200
    assert Api(second.base_url).create_room() == room_id + 1
