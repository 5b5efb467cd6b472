"""What of the database is in a backup, and which files belong to it. All else of the database is in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

PEOPLE = "accounts_user"
MIGRATIONS = "django_migrations"

# Rows that stay out: a table, and which of its rows are in (none, where there is no condition).
LEFT_OUT = {
    # Who has a session is signed in: neither a thief of backups, nor somebody who was signed out since.
    "accounts_session": None,
    "django_session": None,
    # Counts of attempts, and answers that can be had again.
    "cache_entry": None,
    # Half a file is of no use later: its sender begins anew.
    "courseware_uploadpart": None,
    "courseware_upload": "courseware_id IS NOT NULL",
}

# Which column names files on the storage, and in which rows these are still wanted.
FILE_COLUMNS = (
    ("accounts_user", "avatar", "avatar <> ''"),
    ("courseware_courseware", "file", "file <> '' AND deleted_at IS NULL"),
)


def named_files(execute: Callable[[str], Any], fetch: Callable[[], list[Any]]) -> set[str]:
    """The files that rows name, asked through any cursor's two functions."""
    names: set[str] = set()
    for table, column, condition in FILE_COLUMNS:
        execute(f"SELECT {column} FROM {table} WHERE {condition}")  # noqa: S608 -- constants
        names.update(name for (name,) in fetch())
    return names


def migrations_of(execute: Callable[[str], Any], fetch: Callable[[], list[Any]]) -> list[str]:
    """The migrations that the database has, as `app.name`."""
    execute(f"SELECT app, name FROM {MIGRATIONS}")  # noqa: S608 -- a constant
    return sorted(f"{app}.{name}" for app, name in fetch())
