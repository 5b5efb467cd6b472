"""Attendance: everybody was in class for as long as the cloud saw them there, and counts as the rules say.

A lesson is compared when all its classes are over and the cloud still has their rooms. Where the single stays of a room
were gone before they were asked for, the cloud's sum stands for them, which is no more than the class.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from deploy.soak.checker.evidence import Evidence, Row, group
from deploy.soak.checker.findings import Finding, lost, unexplained
from deploy.soak.checker.rooms import HELD, OPEN
from deploy.soak.journal import Entered

# Seconds since 1970, the second not included.
Span = tuple[int, int]
FINAL, NOT_HELD = "final", "not_held"
LESSONS = (
    "SELECT l.id, l.code, l.title, l.starts_at, l.ends_at, a.stage, a.late_after_s, a.left_early_s, "
    "a.absent_below_percent FROM schedule_lesson l "
    "LEFT JOIN attendance_lessonattendance a ON a.lesson_id = l.id WHERE l.state = 'published'"
)
ROOMS = (
    "SELECT r.room_id, r.lesson_id, s.statistics_at, s.events_at FROM schedule_room r "
    "LEFT JOIN attendance_roomstatistics s ON s.room_id = r.id "
    "WHERE r.room_id IS NOT NULL AND r.lesson_id IS NOT NULL"
)
PEOPLE = (
    "SELECT p.attendance_id, p.seconds, p.state, p.has_own_times, u.username, u.code, "
    "ARRAY(SELECT i.classroom_user_id FROM accounts_classroomidentity i WHERE i.user_id = u.id) AS user_ids "
    "FROM attendance_personattendance p JOIN accounts_user u ON u.id = p.person_id"
)


def find(evidence: Evidence) -> Iterator[Finding]:
    rooms = group((row["lesson_id"], row) for row in evidence.tables.rows(ROOMS))
    people = group((row["attendance_id"], row) for row in evidence.tables.rows(PEOPLE))
    visits = group((visit["room_id"], visit) for visit in evidence.visits)
    entered = group((fact.lesson_code, fact) for fact in evidence.facts_of(Entered))
    for lesson in evidence.tables.rows(LESSONS):
        held = _held_rooms(evidence, rooms.get(lesson["id"], []))
        if not held:
            continue
        label = f"attendance of “{lesson['title']}”"
        own_visits = [visit for row in held for visit in visits.get(row["room_id"], [])]
        yield from _rooms(label, held)
        yield from _lesson(evidence, label, lesson, held, people.get(lesson["id"], []), own_visits)
        there = [
            fact for fact in entered.get(lesson["code"], []) if fact.username not in evidence.erased
        ]
        yield from _roster(label, there, people.get(lesson["id"], []))


def _held_rooms(evidence: Evidence, rows: Iterable[Row]) -> list[Row]:
    """Return the rooms in which a class was held and is over; none where a room is open, or unknown to the cloud."""
    held = []
    for row in rows:
        room = evidence.cloud_rooms.get(row["room_id"])
        if room is None or room["Status"] in OPEN:
            return []
        if room["Status"] in HELD:
            held.append(row)
    return held


def _rooms(label: str, rows: Iterable[Row]) -> Iterator[Finding]:
    for row in rows:
        if row["statistics_at"] is None:
            yield lost(f"{label}: nobody knows who was in room {row['room_id']}")


def _lesson(
    evidence: Evidence,
    label: str,
    lesson: Row,
    rooms: Sequence[Row],
    people: Iterable[Row],
    visits: Sequence[Mapping[str, Any]],
) -> Iterator[Finding]:
    spans = _held(lesson, (evidence.cloud_rooms[row["room_id"]] for row in rooms))
    stage = FINAL if spans else NOT_HELD
    if lesson["stage"] != stage:
        yield unexplained(f"{label} is {lesson['stage']}, and all its classes are over: {stage}")
        return
    has_events = all(row["events_at"] is not None for row in rooms)
    for person in people:
        if person["seconds"] > _length(spans):
            yield unexplained(f"{label}: {person['username']} was there for longer than the class")
        # Nothing is left by which it could be counted anew: `erased.py` looks whether it stays.
        is_erased = person["code"] in evidence.erased_by_key
        if has_events and person["has_own_times"] and not is_erased:
            visits_of_person = (visit for visit in visits if visit["user_id"] in person["user_ids"])
            stays = (
                (visit["joined_s"], visit["left_s"] or spans[-1][1]) for visit in visits_of_person
            )
            yield from _person(label, lesson, spans, person, _cut(stays, spans))


def _held(lesson: Row, rooms: Iterable[Mapping[str, Any]]) -> list[Span]:
    """Return when the class was held: as far as planned, or when it really was where that lies wholly outside."""
    real = [(room["RealStartTime"], room["RealEndTime"]) for room in rooms]
    planned = _seconds(lesson["starts_at"]), _seconds(lesson["ends_at"])
    return _cut(real, [planned]) or _cut(real, real)


def _person(
    label: str, lesson: Row, spans: Sequence[Span], person: Row, pieces: Sequence[Span]
) -> Iterator[Finding]:
    who = f"{label}: {person['username']}"
    seconds = _length(pieces)
    if person["seconds"] != seconds:
        yield unexplained(
            f"{who} has {person['seconds']} s, and the cloud saw them for {seconds} s"
        )
    state = _state(lesson, spans, pieces)
    if spans and person["state"] != state:
        yield unexplained(f"{who} counts as {person['state']}, and is {state} by the rules")


def _state(lesson: Row, spans: Sequence[Span], pieces: Sequence[Span]) -> str:
    if _length(pieces) * 100 < lesson["absent_below_percent"] * _length(spans):
        return "absent"
    if pieces[0][0] > spans[0][0] + lesson["late_after_s"]:
        return "late"
    if pieces[-1][1] < spans[-1][1] - lesson["left_early_s"]:
        return "left_early"
    return "present"


def _roster(label: str, entered: Iterable[Entered], people: Iterable[Row]) -> Iterator[Finding]:
    usernames = {row["username"] for row in people}
    for username in sorted({fact.username for fact in entered} - usernames):
        yield lost(f"{label}: {username} was led into the class, and is not in it")


def _cut(spans: Iterable[Span], to: Sequence[Span]) -> list[Span]:
    """Return the union of spans as far as it lies within others, in order."""
    pieces: list[Span] = []
    inside = ((max(start, begin), min(end, finish)) for start, end in spans for begin, finish in to)
    for start, end in sorted(piece for piece in inside if piece[0] < piece[1]):
        if pieces and start <= pieces[-1][1]:
            pieces[-1] = (pieces[-1][0], max(end, pieces[-1][1]))
        else:
            pieces.append((start, end))
    return pieces


def _length(spans: Iterable[Span]) -> int:
    return sum(end - start for start, end in spans)


def _seconds(at: dt.datetime) -> int:
    return int(at.timestamp())
