"""The rooms of lessons, here and in the cloud.

A lesson may have several rooms: one that expired, vanished, can no longer be changed or was opened again by hand is
replaced, and the reason of the next room says so. A room that exists in the cloud alone is explained by a call whose
answer was lost: each call is recorded before it is made, so a teacher and start never have more rooms than calls.
Nobody enters such a room, so no class began in it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from deploy.soak.checker.evidence import Evidence, Row, cloud_time, group
from deploy.soak.checker.findings import Finding, doubled, lost, unexplained

# The teacher in the cloud, and the planned start in seconds: a teacher is never in two lessons.
Slot = tuple[str, int]
NOT_STARTED, RUNNING, ENDED, EXPIRED = range(4)
OPEN = {NOT_STARTED, RUNNING}
HELD = {RUNNING, ENDED}
# Reasons of a room whose predecessor may have been held as well.
REPLACES = {"expired", "vanished", "frozen", "reopened"}
ROOMS = (
    "SELECT r.*, r.left_out_fields <> '[]' AS is_told_in_part, l.code, l.title, l.state, l.starts_at, l.ends_at, l.record_mode, "
    "i.classroom_user_id AS teacher_user_id FROM schedule_room r "
    "LEFT JOIN schedule_lesson l ON l.id = r.lesson_id "
    "LEFT JOIN accounts_classroomidentity i ON i.user_id = l.teacher_id AND i.sdk_app_id = r.sdk_app_id "
    "ORDER BY r.lesson_id, r.generation"
)
WITHOUT_ROOM = (
    "SELECT l.title FROM schedule_lesson l WHERE l.state = 'published' AND l.ends_at > %s "
    "AND l.starts_at < %s + make_interval(days => "
    "  (SELECT coalesce(max(room_horizon_days), %s) FROM accounts_schoolsettings)) "
    "AND NOT EXISTS (SELECT 1 FROM schedule_room r WHERE r.lesson_id = l.id AND r.is_current "
    "                AND r.room_id IS NOT NULL)"
)
USUAL_HORIZON_DAYS = 14  # where nobody has saved the school's settings


def find(evidence: Evidence) -> Iterator[Finding]:
    rows = evidence.tables.rows(ROOMS)
    made = [row for row in rows if row["room_id"] is not None]
    for row in made:
        yield from _state(row, evidence.cloud_rooms.get(row["room_id"]), evidence.now)
    yield from _unknown_rooms(evidence, made)
    for of_lesson in group((row["lesson_id"], row) for row in made).values():
        if of_lesson[0]["lesson_id"] is not None:
            yield from _one_lesson(evidence, of_lesson)
    for row in evidence.tables.rows(WITHOUT_ROOM, evidence.now, evidence.now, USUAL_HORIZON_DAYS):
        yield lost(f"lesson “{row['title']}” has no room")


def _state(row: Row, room: Mapping[str, Any] | None, now: dt.datetime) -> Iterator[Finding]:
    """Check that a room is here as it is in the cloud."""
    label = f"room {row['room_id']} of “{row['title'] or row['sent_name']}”"
    if room is None:
        if row["gone_at"] is None:
            yield unexplained(f"{label} is not in the cloud, and nobody here knows")
        return
    if row["gone_at"] is not None:
        yield unexplained(f"{label} counts as deleted, and is in the cloud")
    if row["cloud_status"] != room["Status"]:
        yield unexplained(
            f"{label} has status {row['cloud_status']}, and {room['Status']} in the cloud"
        )
    times = {"real_started_at": "RealStartTime", "real_ended_at": "RealEndTime"}
    for here, there in times.items():
        if row[here] != cloud_time(room[there]):
            yield unexplained(
                f"{label} has {here} {row[here]}, and {cloud_time(room[there])} in the cloud"
            )
    if room["Status"] in OPEN and (row["lesson_id"] is None or row["state"] == "cancelled"):
        yield unexplained(f"{label} is open, and its lesson does not take place")
    if room["Status"] == NOT_STARTED and row["is_current"] and row["state"] == "published":
        yield from _plan(label, row, room, now)


def _plan(label: str, row: Row, room: Mapping[str, Any], now: dt.datetime) -> Iterator[Finding]:
    """Check that a room that has not begun fits its lesson; one that is made late begins later."""
    has_begun = row["starts_at"] <= now
    is_other_recording = row["recording_refused"] or row["signalling_refused"]
    wanted = {
        "TeacherId": row["teacher_user_id"],
        "EndTime": int(row["ends_at"].timestamp()),
        "StartTime": None if has_begun else int(row["starts_at"].timestamp()),
        "Name": None if row["refused_name"] else row["title"],
        "DisableRecord": None if is_other_recording else row["record_mode"],
    }
    if row["is_told_in_part"]:
        # The cloud was told of people and times alone.
        del wanted["Name"], wanted["DisableRecord"]
    for name, value in wanted.items():
        if value is not None and room[name] != value:
            yield unexplained(
                f"{label} has {name} {room[name]} in the cloud; its lesson says {value}"
            )


def _unknown_rooms(evidence: Evidence, made: list[Row]) -> Iterator[Finding]:
    known = {row["room_id"] for row in made}
    rooms = evidence.cloud_rooms.values()
    of_slot = group((_slot(room), room["RoomId"]) for room in rooms)
    spare_calls = _spare_calls(evidence, made)
    for room in rooms:
        room_id, slot = room["RoomId"], _slot(room)
        if room_id in known:
            continue
        label = f"room {room_id} “{room['Name']}” of the cloud is not known here"
        if room["Status"] in HELD:
            yield lost(f"{label}, and a class was held in it")
        elif spare_calls[slot] > 0:
            spare_calls[slot] -= 1
        elif beside := known.intersection(of_slot[slot]):
            yield doubled(f"{label}, beside {beside} for the same lesson")
        else:
            yield unexplained(f"{label}, and no call to make it was written down")


def _slot(room: Mapping[str, Any]) -> Slot:
    return room["TeacherId"], room["StartTime"]


def _spare_calls(evidence: Evidence, made: list[Row]) -> Counter[Slot]:
    """For each teacher and start, the number of calls beyond those that made the rooms known here."""
    calls = [
        (row["room_id"], (row["teacher_user_id"], int(row["starts_at"].timestamp())))
        for row in evidence.tables.rows(
            "SELECT room_id, teacher_user_id, starts_at FROM schedule_roomrequest ORDER BY id"
        )
    ]
    spare = Counter(slot for _row_id, slot in calls)
    of_row = group(calls)
    for row in made:
        if slots := of_row.get(row["id"]):
            told = (row["sent_teacher_user_id"], int(row["sent_starts_at"].timestamp()))
            # A lesson that was moved since has another start: then its last call counts.
            spare[told if told in slots else slots[-1]] -= 1
    return spare


def _one_lesson(evidence: Evidence, rows: list[Row]) -> Iterator[Finding]:
    """Check that a lesson has one room, or a reason for each further one; `rows` are in order of generation."""
    label = f"lesson “{rows[0]['title']}”"
    status = {
        row["room_id"]: evidence.cloud_rooms[row["room_id"]]["Status"]
        for row in rows
        if row["room_id"] in evidence.cloud_rooms
    }
    open_rooms = [room_id for room_id, each in status.items() if each in OPEN]
    replaced = [row["room_id"] for row in rows if not row["is_current"]]
    if len(open_rooms) > 1:
        yield doubled(f"{label} has the open rooms {open_rooms}")
    elif any(status.get(room_id) == NOT_STARTED for room_id in replaced):
        yield unexplained(f"{label} has an open room that was put aside: {open_rooms}")
    held = [row for row in rows if status.get(row["room_id"]) in HELD]
    if any(row["reason"] not in REPLACES for row in held[1:]):
        yield doubled(f"{label} was held in the rooms {[row['room_id'] for row in held]}")
