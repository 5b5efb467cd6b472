"""The databases of earlier releases, and any database read by plain SQL."""

from __future__ import annotations

import contextlib
import gzip
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings
from django.db import connection, connections

from deploy.kept_release import KEPT, POSTGRESQL_FILE, SQLITE_FILE
from tests.support.installations import connected_to
from tests.support.site import database_url

Row = dict[str, Any]
Tables = dict[str, dict[Any, Row]]  # by name, and each row by its primary key

# What migrations since 0.9 call otherwise. A column that is not here keeps its name and every value.
TABLES = {"replays_step": "replays_replayevent", "replays_use": "replays_playbackuse"}
DUE_WORK = {
    "tries": "attempts",
    "claim": "lease_token",
    "claimed_until": "leased_until",
    "next_try_at": "due_at",
    "next_ask_at": "due_at",
    "unanswered_since": "unreachable_since",
}
COLUMNS = {
    "accounts_notice": {"next_mail_at": "due_at", "mail_tries": "attempts"},
    "courseware_courseware": {"tries": "call_number"},
    "schedule_room": {"failed_tries": "attempts"},
}
# What stands elsewhere now, or is worked out anew: each is looked at by `tests/support/upgraded/`.
LOOKED_AT_APART = {
    "replays_replay": {"purge_at", "purge_error", "purge_tries", "list_rank"},
    "schedule_room": {"next_look_at", "unanswered_since"},
    "django_content_type": {"model"},
}

POSTGRESQL_KEYS = """
    SELECT class.relname, attribute.attname
    FROM pg_index JOIN pg_class class ON class.oid = indrelid
    JOIN pg_attribute attribute ON attribute.attrelid = indrelid AND attribute.attnum = ANY (indkey)
    WHERE indisprimary AND class.relnamespace = 'public'::regnamespace
"""


@contextmanager
def database_of(release: str, folder: Path) -> Iterator[None]:
    """A database as this release left it, in the place of the test's and of the same kind."""
    if settings.IS_SQLITE:
        path = folder / "kept.sqlite3"
        _run_script(path, _script(release, SQLITE_FILE))
        with connected_to(str(path)):
            yield
        return
    name = f"{connection.settings_dict['NAME']}_kept"
    _on_server(f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}" TEMPLATE template0')
    url = database_url({**connection.settings_dict, "NAME": name})
    try:
        with contextlib.closing(psycopg2.connect(url)) as database:
            database.autocommit = True
            database.cursor().execute(_script(release, POSTGRESQL_FILE))
        with connected_to(name):
            yield
    finally:
        _on_server(f'DROP DATABASE "{name}" WITH (FORCE)')


def _run_script(path: Path, script: str) -> None:
    """By Django's own connection: constraints use functions that it brings along."""
    own = connections.create_connection(connection.alias)
    own.settings_dict = {**own.settings_dict, "NAME": str(path)}
    with contextlib.closing(own):
        own.ensure_connection()
        own.connection.executescript(f"PRAGMA foreign_keys = OFF; {script}")  # tables come by name


def _script(release: str, name: str) -> str:
    return gzip.decompress((KEPT / release / name).read_bytes()).decode()


def _on_server(*statements: str) -> None:
    with contextlib.closing(psycopg2.connect(database_url(connection.settings_dict))) as database:
        database.autocommit = True
        for statement in statements:
            database.cursor().execute(statement)


def read() -> Tables:
    """Every row of every table that has a primary key of one column, in the database in use."""
    if settings.IS_SQLITE:
        with contextlib.closing(sqlite3.connect(connection.settings_dict["NAME"])) as database:
            return {table: _rows(database, table, key) for table, key in _sqlite_keys(database)}
    with contextlib.closing(psycopg2.connect(database_url(connection.settings_dict))) as database:
        cursor = database.cursor()
        cursor.execute(POSTGRESQL_KEYS)
        return {table: _rows(database, table, key) for table, key in cursor.fetchall()}


def _sqlite_keys(database: sqlite3.Connection) -> list[tuple[str, str]]:
    return database.execute(
        "SELECT tables.name, columns.name FROM sqlite_master tables, pragma_table_info(tables.name) columns"
        " WHERE tables.type = 'table' AND columns.pk = 1 AND tables.name NOT LIKE 'sqlite_%'"
    ).fetchall()


def _rows(database: Any, table: str, key: str) -> dict[Any, Row]:
    cursor = database.cursor()
    cursor.execute(f'SELECT * FROM "{table}"')
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
    return {row[key]: row for row in rows}


def lost(before: Tables, after: Tables) -> list[str]:
    """Every row that is gone, and every value that is not what it was."""
    return [
        fault
        for table, rows in before.items()
        for key, row in rows.items()
        for fault in _lost_of(table, key, row, after.get(TABLES.get(table, table), {}))
    ]


def _lost_of(table: str, key: object, row: Row, now: dict[Any, Row]) -> list[str]:
    if key not in now:
        return [f"{table} {key}"]
    names = DUE_WORK | COLUMNS.get(table, {})
    return [
        f"{table} {key} {column}: {value!r}"
        for column, value in row.items()
        if column not in LOOKED_AT_APART.get(table, set())
        if now[key].get(column if column in now[key] else names.get(column, ""), "gone") != value
    ]
