"""The new school year: it began once, people went along, and nobody who was erased."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.soak.checker.evidence import Evidence, Row, group
from deploy.soak.checker.findings import Finding, doubled, lost, unexplained
from deploy.soak.journal import SchoolYearBegan

YEARS = "SELECT id, first_day FROM schedule_schoolyear WHERE undone_at IS NULL"
GROUPS = "SELECT id, name, archived_at FROM schedule_classgroup"
MEMBERS = (
    "SELECT m.class_group_id, m.user_id, m.from_date::text, m.to_date::text, u.username, "
    "m.to_date = %s::date - 1 AS ends_with_year FROM schedule_membership m "
    "JOIN accounts_user u ON u.id = m.user_id WHERE u.is_active"
)


def find(evidence: Evidence) -> Iterator[Finding]:
    years = evidence.tables.rows(YEARS)
    if len(years) > 1:
        yield doubled(f"{len(years)} school years have begun")
    for fact in evidence.facts_of(SchoolYearBegan):
        if not years:
            yield lost(f"the school year from {fact.first_day} on has not begun")
            return
        yield from _risen(evidence, fact)


def _risen(evidence: Evidence, fact: SchoolYearBegan) -> Iterator[Finding]:
    groups = group((row["name"], row) for row in evidence.tables.rows(GROUPS))
    members = group(
        (row["class_group_id"], row) for row in evidence.tables.rows(MEMBERS, fact.first_day)
    )
    for old_name, new_name in fact.risen:
        new = groups.get(new_name, [])
        # A file of lessons that was on its way may have made the name once more, as that of another class group.
        old = [row for row in groups.get(old_name, []) if row["archived_at"] is not None]
        if not old:
            yield unexplained(f"{old_name} has risen, and is not archived")
            continue
        if len(old) != 1 or len(new) != 1:
            yield doubled(f"{old_name} is there {len(old)} times, and {new_name} {len(new)} times")
            continue
        yield from _people(
            fact, new_name, members.get(old[0]["id"], []), members.get(new[0]["id"], [])
        )


def _people(
    fact: SchoolYearBegan, new_name: str, before: list[Row], after: list[Row]
) -> Iterator[Finding]:
    """Compare the people of a class group before and after; those who are erased are among neither."""
    if not before:
        yield lost(f"nobody was in the class group that is {new_name} now")
    came = group((row["username"], row) for row in after)
    for row in before:
        rows = came.pop(row["username"], [])
        if not row["ends_with_year"]:
            yield unexplained(f"{row['username']} is in the old class group until {row['to_date']}")
        if [membership["from_date"] for membership in rows] != [fact.first_day]:
            yield lost(
                f"{row['username']} is {len(rows)} times in {new_name} from {fact.first_day} on"
            )
    for username in came:
        yield unexplained(f"{username} is in {new_name}, and was not in the class group before")
