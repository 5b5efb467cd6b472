"""The parts of the database that are in a backup, and the files that belong to them. All else of it is in it."""

from __future__ import annotations

from typing import Any

MIGRATIONS = "django_migrations"

# Rows that stay out: a table, and which of its rows are in (none, where there is no condition).
LEFT_OUT = {
    # Who has a session is signed in: neither a thief of backups, nor somebody who was signed out since.
    "accounts_session": None,
    "django_session": None,
    # Counts of attempts, and answers that can be had again.
    "cache_entry": None,
    # Nobody expects work that was asked for before a restore to be done after it.
    "schedule_work": None,
    # Half a file is of no use later: its sender begins anew.
    "courseware_uploadpart": None,
    "courseware_upload": "courseware_id IS NOT NULL",
}

# Which column names files on the storage, and in which rows these are still wanted.
FILE_COLUMNS = (
    ("accounts_user", "avatar", "avatar <> ''"),
    ("accounts_schoolsettings", "logo", "logo <> ''"),
    ("courseware_courseware", "file", "file <> '' AND deleted_at IS NULL"),
)


def is_left_out(table: str) -> bool:
    """Tell whether no row of the table is in a backup."""
    return table in LEFT_OUT and LEFT_OUT[table] is None


def named_files(cursor: Any) -> set[str]:
    """The files that rows name; the cursor may be the driver's own."""
    names: set[str] = set()
    for table, column, condition in FILE_COLUMNS:
        cursor.execute(f"SELECT {column} FROM {table} WHERE {condition}")  # noqa: S608 -- constants
        names.update(name for (name,) in cursor.fetchall())
    return names


def migrations_of(cursor: Any) -> list[str]:
    """The migrations that the database has, as `app.name`."""
    cursor.execute(f"SELECT app, name FROM {MIGRATIONS}")  # noqa: S608 -- a constant
    return sorted(f"{app}.{name}" for app, name in cursor.fetchall())
