"""Recordings: each one in the cloud is a file of the replay of its class, once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from deploy.soak.checker.evidence import Evidence, Row, cloud_time
from deploy.soak.checker.findings import Finding, doubled, lost, unexplained
from deploy.soak.checker.rooms import ENDED, HELD, RUNNING
from deploy.soak.journal import RecordedAgain

READY, DELETED = "ready", "deleted"
BEING_MADE = {"running", "part", "making"}
NOT_RECORDED = 1
FILES = (
    "SELECT f.*, p.room_number, p.title FROM replays_replayfile f "
    "JOIN replays_replay p ON p.id = f.replay_id WHERE f.gone_at IS NULL"
)
REPLAYS = (
    "SELECT p.id, p.title, p.state, p.reason, p.room_number, p.deleted_at, p.purged_at, "
    "r.sent_record_mode, r.recording_refused, "
    "(SELECT count(*) FROM replays_replayfile f WHERE f.replay_id = p.id AND f.gone_at IS NULL) AS files "
    "FROM replays_replay p LEFT JOIN schedule_room r ON r.id = p.room_id"
)
WITHOUT_REPLAY = (
    "SELECT l.title FROM schedule_lesson l WHERE l.state <> 'draft' "
    "AND NOT EXISTS (SELECT 1 FROM replays_replay p WHERE p.lesson_id = l.id)"
)
HELD_WITHOUT_REPLAY = (
    "SELECT r.room_id FROM schedule_room r WHERE r.room_id IS NOT NULL "
    "AND NOT EXISTS (SELECT 1 FROM replays_replay p WHERE p.room_id = r.id)"
)


def find(evidence: Evidence) -> Iterator[Finding]:
    replays, files = evidence.tables.rows(REPLAYS), evidence.tables.rows(FILES)
    purged = {row["room_number"] for row in replays if row["purged_at"] is not None}
    for room in evidence.cloud_rooms.values():
        if room["RoomId"] not in purged:
            yield from _recordings(room, files)
    yield from _unknown_files(evidence, files)
    yield from _missing(evidence)
    for row in replays:
        yield from _state(row, evidence.cloud_rooms.get(row["room_number"]))


def _recordings(room: Mapping[str, Any], files: list[Row]) -> Iterator[Finding]:
    for recording in (*room["Recordings"], *room["Streams"]):
        label = f"recording {recording['VideoId']} of room {room['RoomId']} “{room['Name']}”"
        if recording["State"] in BEING_MADE and room["Status"] != RUNNING:
            yield unexplained(f"{label} is still being made: it is too early to compare")
        if recording["State"] == READY:
            yield from _recording(label, room, recording, files)
    played = [each for each in room["Playbacks"] if each["State"] == READY]
    kept = [file for file in files if file["room_number"] == room["RoomId"] and not file["url"]]
    if played and not kept:
        yield lost(f"the signalling replay of room {room['RoomId']} is no file here")
    if len(kept) > 1:
        yield doubled(f"the signalling replay of room {room['RoomId']} is {len(kept)} files here")


def _recording(
    label: str, room: Mapping[str, Any], recording: Mapping[str, Any], files: list[Row]
) -> Iterator[Finding]:
    same = [file for file in files if _is_same(file, recording)]
    if not same:
        yield lost(f"{label} is no file of a replay")
    if len(same) > 1:
        yield doubled(f"{label} is {len(same)} files: {sorted(file['id'] for file in same)}")
    for file in same:
        if file["room_number"] != room["RoomId"]:
            yield unexplained(f"{label} is a file of the replay of room {file['room_number']}")
        for name, value in _known_values(recording).items():
            if file[name] not in (None, value):
                yield unexplained(f"{label} has {name} {file[name]} here, and {value} in the cloud")


def _known_values(recording: Mapping[str, Any]) -> dict[str, int | dt.datetime | None]:
    return {
        "size_bytes": recording["RecordSize"],
        "duration_s": recording["Duration"],
        "started_at": cloud_time(recording["StartTime"]),
        "stopped_at": cloud_time(recording["StopTime"]),
    }


def _is_same(file: Row, recording: Mapping[str, Any]) -> bool:
    address: str = file["url"].partition("?")[0]
    return bool(recording["VideoId"] == file["video_id"] or recording["RecordUrl"] == address)


def _unknown_files(evidence: Evidence, files: list[Row]) -> Iterator[Finding]:
    for file in files:
        room = evidence.cloud_rooms.get(file["room_number"])
        kinds = ("Recordings", "Streams") if file["url"] else ("Playbacks",)
        there = [each for kind in kinds for each in (room[kind] if room else ())]
        ready = [each for each in there if each["State"] == READY]
        if not any(_is_same(file, each) or not file["url"] for each in ready):
            yield unexplained(
                f"file {file['number']} of “{file['title']}” is not in the cloud (room {file['room_number']})"
            )


def _missing(evidence: Evidence) -> Iterator[Finding]:
    for row in evidence.tables.rows(WITHOUT_REPLAY):
        yield lost(f"lesson “{row['title']}” has no replay, not even an expected one")
    for row in evidence.tables.rows(HELD_WITHOUT_REPLAY):
        room = evidence.cloud_rooms.get(row["room_id"])
        if room is not None and room["Status"] in HELD:
            yield lost(f"the class in room {row['room_id']} “{room['Name']}” has no replay")
    videos = {
        recording["VideoId"]
        for room in evidence.cloud_rooms.values()
        for recording in room["Recordings"]
    }
    for fact in evidence.facts_of(RecordedAgain):
        if fact.video_id not in videos:
            yield lost(f"the cloud was told to record {fact.video_id}, and has no such recording")


def _state(row: Row, room: Mapping[str, Any] | None) -> Iterator[Finding]:
    allowed = _states(row, room)
    if row["state"] not in allowed:
        actual = "no room" if room is None else f"a room of status {room['Status']}"
        yield unexplained(
            f"the replay of “{row['title']}” is {row['state']} ({row['reason']}), with {row['files']} files"
            f" and {actual}; it should be {' or '.join(sorted(allowed))}"
        )


def _states(row: Row, room: Mapping[str, Any] | None) -> set[str]:
    """The states that fit the files of a replay, and its class in the cloud."""
    if row["deleted_at"] is not None or row["purged_at"] is not None:
        return {DELETED}
    if row["files"]:
        return {READY}
    if room is None or room["Status"] not in HELD:
        return {"expected", "none"}
    if row["recording_refused"]:
        return {"failed"}
    if row["sent_record_mode"] == NOT_RECORDED:
        return {"none"}
    return {"processing", "failed"} if room["Status"] == ENDED else {"recording"}
