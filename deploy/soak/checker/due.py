"""Due work: at the end nothing is overdue, and nothing is leased.

The tables are found by their columns, so that no kind of due work is forgotten here.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.soak.checker.evidence import Evidence, Row, Tables
from deploy.soak.checker.findings import Finding, unexplained

# Twice the longest pause between two periodic runs that look for due work.
OVERDUE_AFTER = "interval '2 minutes'"
# Tables where `due_at` alone does not say that there is work.
IS_WORK = {
    "classroom_callbackevent": "state = 'waiting'",
    "schedule_room": (
        "must_leave_cloud OR (is_current AND must_change_in_cloud AND room_id IS NOT NULL)"
    ),
    # The others are done with their courseware.
    "courseware_submission": "courseware_id IS NULL",
    "accounts_classroomidentity": "state <> 'registered'",
    "accounts_erasure": "state = 'under_way'",
}
LESSON_IS_OVER = (
    "EXISTS (SELECT 1 FROM schedule_lesson l WHERE l.id = t.lesson_id AND l.ends_at <= clock.now)"
)
# A lease that has ended holds nobody up. An upload that was cut keeps it, as nobody need go on with it; a
# file whose worker was killed, if a callback told of the end of its work; what a worker had just done when it
# was killed, where that is saved before the lease ends; and a room whose maker was killed, if its lesson was
# over before anybody asked for it again.
MAY_STAY_LEASED = {
    "courseware_upload": "courseware_id IS NULL",
    "courseware_courseware": "due_at IS NULL",
    "courseware_binding": "due_at IS NULL",
    "schedule_planningaction": "due_at IS NULL",
    "schedule_room": f"NOT ({IS_WORK['schedule_room']}) AND (room_id IS NOT NULL OR {LESSON_IS_OVER})",
    "accounts_classroomidentity": "state = 'registered'",
    "accounts_erasure": "state = 'erased'",
}
KEY = (
    "coalesce(to_jsonb(t)->>'id', to_jsonb(t)->>'room_id', to_jsonb(t)->>'replay_id',"
    " to_jsonb(t)->>'lesson_id')"
)


def find(evidence: Evidence) -> Iterator[Finding]:
    tables = evidence.tables
    for table in _tables_with(tables, "due_at"):
        is_work = IS_WORK.get(table, "true")
        for row in _rows(evidence, table, f"due_at < clock.now - {OVERDUE_AFTER} AND ({is_work})"):
            yield unexplained(f"{table} {row['key']} has been due since {row['due_at']}{_why(row)}")
    # Flagged, but without `due_at`: the next run should have set it.
    is_work = IS_WORK["schedule_room"]
    for row in _rows(evidence, "schedule_room", f"due_at IS NULL AND ({is_work})"):
        yield unexplained(
            f"schedule_room {row['key']} is to be changed in the cloud, and has no turn"
        )
    for table in _tables_with(tables, "leased_until"):
        may_stay = f"leased_until < clock.now AND ({MAY_STAY_LEASED.get(table, 'false')})"
        for row in _rows(evidence, table, f"lease_token <> '' AND NOT ({may_stay})"):
            yield unexplained(f"{table} {row['key']} is still leased, until {row['leased_until']}")


def _tables_with(tables: Tables, column: str) -> list[str]:
    found = tables.rows(
        "SELECT table_name FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND column_name = %s ORDER BY table_name",
        column,
    )
    return [row["table_name"] for row in found]


def _rows(evidence: Evidence, table: str, condition: str) -> list[Row]:
    clock = "(SELECT %s::timestamptz AS now) clock"
    query = f"SELECT {KEY} AS key, t.* FROM {table} t, {clock} WHERE {condition}"  # noqa: S608 -- names of the database's own
    return evidence.tables.rows(query, evidence.now)


def _why(row: Row) -> str:
    return f": {row['last_error']}" if row.get("last_error") else ""
