"""People who were erased: nothing of them has come back, and what was counted of them stays."""

from __future__ import annotations

import json
from collections.abc import Iterator

from deploy.soak.checker.evidence import Evidence
from deploy.soak.checker.findings import Finding, lost, unexplained

# What stands in the place of a name.
STRUCK = "已注销"
ACCOUNTS = (
    "SELECT u.id, u.code, u.is_active, e.state, e.last_error, "
    "EXISTS (SELECT 1 FROM accounts_classroomidentity i WHERE i.user_id = u.id) AS has_identity, "
    "EXISTS (SELECT 1 FROM schedule_membership m WHERE m.user_id = u.id "
    "        AND (m.to_date IS NULL OR m.to_date > u.erasing_since::date + 1)) AS is_member "
    "FROM accounts_user u LEFT JOIN accounts_erasure e ON e.person_id = u.id"
)
ATTENDANCE = (
    "SELECT p.attendance_id, p.seconds, u.code FROM attendance_personattendance p "
    "JOIN accounts_user u ON u.id = p.person_id"
)
TABLES = (
    "SELECT table_name FROM information_schema.tables "
    "WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name"
)


def find(evidence: Evidence) -> Iterator[Finding]:
    if not evidence.erased:
        return
    yield from _accounts(evidence)
    yield from _attendance(evidence)
    yield from _in_tables(evidence)
    yield from _in_cloud(evidence)


def _accounts(evidence: Evidence) -> Iterator[Finding]:
    account_by_key = {row["code"]: row for row in evidence.tables.rows(ACCOUNTS)}
    for username, person in evidence.erased.items():
        account = account_by_key.get(person.key)
        if account is None:
            yield lost(f"{username} was to be erased, and their key {person.key} is gone too")
        elif account["state"] != "erased":
            why = account["last_error"] or account["state"]
            yield unexplained(f"{username} was to be erased, and is not: {why}")
        elif account["is_active"] or account["has_identity"]:
            yield unexplained(f"{username} was erased, and their account is open again")
        elif account["is_member"]:
            yield unexplained(f"{username} was erased, and is in a class group again")


def _attendance(evidence: Evidence) -> Iterator[Finding]:
    counted = {
        (row["code"], row["attendance_id"]): row["seconds"]
        for row in evidence.tables.rows(ATTENDANCE)
    }
    for username, person in evidence.erased.items():
        for lesson_id, seconds in person.attendance:
            seconds_now = counted.get((person.key, lesson_id))
            if seconds_now != seconds:
                yield lost(
                    f"{username} had {seconds} s in lesson {lesson_id} when they were erased; now it is {seconds_now}"
                )


def _in_tables(evidence: Evidence) -> Iterator[Finding]:
    """Look for each text in every row of every table."""
    written = {
        form: username
        for username, person in evidence.erased.items()
        for text in (*person.texts, *evidence.user_ids_of(username))
        for form in _forms(text)
    }
    for table in evidence.tables.rows(TABLES):
        name = table["table_name"]
        query = f'SELECT t::text AS words FROM "{name}" t WHERE t::text LIKE ANY(%s)'  # noqa: S608 -- names of the database's own
        patterns = [f"%{_escaped(form)}%" for form in written]
        for row in evidence.tables.rows(query, patterns):
            for form, username in written.items():
                if form in row["words"]:
                    yield unexplained(
                        f"{username} was erased, and {form} stands in {name}: {row['words'][:200]}"
                    )


def _forms(text: str) -> set[str]:
    """Return how a text is written in a row: as it is, or in JSON of ASCII, whose backslashes a row doubles."""
    return {text, json.dumps(text)[1:-1].replace("\\", "\\\\")}


def _escaped(text: str) -> str:
    """Return a text in which no letter has a meaning of its own to LIKE."""
    for letter in "\\%_":
        text = text.replace(letter, f"\\{letter}")
    return text


def _in_cloud(evidence: Evidence) -> Iterator[Finding]:
    for username in evidence.erased:
        ids = evidence.user_ids_of(username)
        for user in evidence.cloud["users"]:
            if user["UserId"] in ids:
                yield unexplained(
                    f"{username} was erased, and the cloud knows them as {user['UserId']}"
                )


def reading_without(evidence: Evidence, data: object) -> object:
    """Return data of a callback as it stands here: without a text beside an id of somebody who is erased."""
    if isinstance(data, list):
        return [reading_without(evidence, part) for part in data]
    if isinstance(data, dict):
        hidden = evidence.erased_user_ids | {STRUCK}
        is_about = any(isinstance(part, str) and part in hidden for part in data.values())
        return {
            name: "" if is_about and isinstance(part, str) else reading_without(evidence, part)
            for name, part in data.items()
        }
    return data
