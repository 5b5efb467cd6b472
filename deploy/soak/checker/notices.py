"""Notices: everybody was told once of what concerns them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator

from deploy.soak import journal
from deploy.soak.checker.evidence import Evidence, Row, group, parse_time
from deploy.soak.checker.findings import Finding, doubled, lost

# Kinds of changes that nobody is notified of.
SILENT_KINDS = {"room_type", "recording", "download"}
# How the names of faults end that set the clock of a process wrong.
CLOCK_WRONG = "_clock_wrong"
# Once a minute the platform looks for replays that nobody was notified of.
NOTIFIED_WITHIN = dt.timedelta(minutes=2)
NOTIFIED_FOR = dt.timedelta(days=7)
# Memberships that begin or end this close to a lesson are left out: their days depend on the school's zone.
ZONE_MARGIN = dt.timedelta(days=2)
CHANGES = (
    "SELECT c.id, c.kinds::text, c.lesson_code, a.id AS action_id, a.at, a.by_id, a.is_told, a.due_at, l.title, l.state, l.ends_at, "
    "l.id AS lesson_id, l.teacher_id, l.starts_at FROM schedule_lessonchange c "
    "JOIN schedule_planningaction a ON a.id = c.action_id "
    "JOIN schedule_lesson l ON l.id = c.lesson_id ORDER BY c.id"
)
STUDENTS = (
    "SELECT lg.lesson_id, m.user_id, m.from_date, m.to_date FROM schedule_lesson_class_groups lg "
    "JOIN schedule_membership m ON m.class_group_id = lg.classgroup_id AND m.kind = 'student' "
    "JOIN accounts_user u ON u.id = m.user_id AND u.is_active"
)
NOTICES = (
    "SELECT n.id, n.user_id, u.username, n.kind, n.address, n.cause, n.arguments::text FROM accounts_notice n "
    "JOIN accounts_user u ON u.id = n.user_id"
)
READY_REPLAYS = (
    "SELECT p.id, p.code, p.title, p.teacher_id, p.lesson_id, p.ready_told_at, p.planned_end, l.code AS lesson_code, "
    "l.starts_at, coalesce(r.real_ended_at, p.planned_end) AS ended_at, "
    "EXISTS (SELECT 1 FROM replays_replay o WHERE o.lesson_id = p.lesson_id AND o.id <> p.id "
    "        AND o.state IN ('expected', 'recording', 'processing')) AS is_another_to_come "
    "FROM replays_replay p LEFT JOIN schedule_lesson l ON l.id = p.lesson_id "
    "LEFT JOIN schedule_room r ON r.id = p.room_id "
    "WHERE p.state = 'ready' AND r.reason IS DISTINCT FROM 'history'"
)


def find(evidence: Evidence) -> Iterator[Finding]:
    notices = [
        row | {"arguments": json.loads(row["arguments"])} for row in evidence.tables.rows(NOTICES)
    ]
    students = group((row["lesson_id"], row) for row in evidence.tables.rows(STUDENTS))
    yield from _doubled(notices)
    yield from _changes(evidence, notices, students)
    yield from _replays(evidence, notices, students)


def _doubled(notices: list[Row]) -> Iterator[Finding]:
    """Two notices that say the same to one person, even with different causes."""
    alike = group(
        ((row["username"], row["kind"], row["address"], repr(row["arguments"])), row["id"])
        for row in notices
    )
    for (username, kind, address, _arguments), ids in alike.items():
        if len(ids) > 1:
            yield doubled(f"{username} was told {len(ids)} times: {kind} {address} (notices {ids})")
    changes = group(
        ((row["username"], change), row["id"])
        for row in notices
        for change in set(row["arguments"].get("changes", ()))
    )
    told = {tuple(ids) for ids in alike.values()}
    for (username, change), ids in changes.items():
        if len(ids) > 1 and tuple(ids) not in told:
            yield doubled(f"{username} was told of change {change} by the notices {ids}")


def _changes(
    evidence: Evidence, notices: list[Row], students: dict[int, list[Row]]
) -> Iterator[Finding]:
    """Check that the people of a lesson were notified of it.

    Later changes are told together with earlier ones of which nobody has heard, so the first one that a lesson's
    people are told of stands for all.
    """
    heard = {(row["user_id"], pk) for row in notices for pk in row["arguments"].get("changes", ())}
    firsts: dict[int, Row] = {}
    for row in evidence.tables.rows(CHANGES):
        if not SILENT_KINDS.issuperset(json.loads(row["kinds"])):
            firsts.setdefault(row["lesson_id"], row)
    for first in firsts.values():
        is_news = first["state"] == "published" and first["ends_at"] > first["at"]
        if not is_news or not first["is_told"] or first["due_at"] is not None:
            continue  # overdue work is a finding of its own
        if _seemed_over(evidence, first) or _was_passed(evidence, first):
            continue
        people = _people_of(first, students.get(first["lesson_id"], []))
        for user_id in sorted(people - {first["by_id"]}):
            if (user_id, first["id"]) not in heard:
                yield lost(f"{_name(evidence, user_id)} was not told of lesson “{first['title']}”")


def _seemed_over(evidence: Evidence, lesson: Row) -> bool:
    """Tell whether a clock that was set ahead took the lesson for over when it was time to tell of it."""
    for fault in evidence.facts_of(journal.FaultPassed):
        if fault.name.endswith(CLOCK_WRONG):
            ahead = dt.timedelta(seconds=fault.details["offset_s"])
            ended_at = parse_time(fault.ended_at)
            if lesson["at"] <= ended_at and lesson["ends_at"] <= ended_at + ahead:
                return True
    return False


def _was_passed(evidence: Evidence, lesson: Row) -> bool:
    """Tell whether all clocks jumped beyond its end before it was time to tell of it."""
    return any(
        lesson["action_id"] in jump.untold_action_ids
        and lesson["ends_at"] <= parse_time(jump.at) + dt.timedelta(seconds=jump.offset_s)
        for jump in evidence.facts_of(journal.ClocksSetAhead)
    )


def _people_of(lesson: Row, students: list[Row]) -> set[int]:
    day = lesson["starts_at"].date()
    here = {
        row["user_id"]
        for row in students
        if (row["from_date"] is None or row["from_date"] <= day - ZONE_MARGIN)
        and (row["to_date"] is None or row["to_date"] >= day + ZONE_MARGIN)
    }
    return here | {lesson["teacher_id"]}


def _name(evidence: Evidence, user_id: int) -> str:
    name: str = evidence.tables.value("SELECT username FROM accounts_user WHERE id = %s", user_id)
    return name


def _replays(
    evidence: Evidence, notices: list[Row], students: dict[int, list[Row]]
) -> Iterator[Finding]:
    told = {(row["user_id"], row["address"]) for row in notices if row["kind"] == "replays.ready"}
    now = evidence.now
    for row in evidence.tables.rows(READY_REPLAYS):
        is_news = (
            row["ended_at"] < now - NOTIFIED_WITHIN and row["planned_end"] > now - NOTIFIED_FOR
        )
        if row["ready_told_at"] is None:
            if is_news and not row["is_another_to_come"]:
                yield lost(f"nobody was told that the replay of “{row['title']}” is ready")
            continue
        addresses = {f"/replays/{row['code']}/", f"/schedule/lessons/{row['lesson_code']}/"}
        people = {row["teacher_id"]} - {None}
        if row["lesson_id"] is not None:
            people = _people_of(row, students.get(row["lesson_id"], []))
        for user_id in sorted(people):
            if not any((user_id, address) in told for address in addresses):
                yield lost(
                    f"{_name(evidence, user_id)} was not told of the replay of “{row['title']}”"
                )
