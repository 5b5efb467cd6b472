"""All tables of an SQLite database: by its own backup, into a file that is a database too."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

from django.db import connection
from django.utils.translation import gettext as _

from edu_platform.backup import contents, sums
from edu_platform.backup.dump import Dump
from edu_platform.backup.exceptions import BackupError
from edu_platform.backup.manifest import Table
from edu_platform.backup.private_files import digest_inside, new_file, open_inside

NAME = "database.sqlite3"
BUSY_TIMEOUT_S = 20.0
_TABLES = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
)


def dump(backup: Path, out: BinaryIO) -> Dump:
    """Copy the database as it is at one moment, without keeping anybody waiting, and its digest to `out`."""
    path = backup / NAME
    with new_file(path):
        pass
    with closing(_opened(path)) as copy:
        with closing(
            sqlite3.connect(connection.settings_dict["NAME"], timeout=BUSY_TIMEOUT_S)
        ) as source:
            source.backup(copy)
        _leave_out(copy)
        cursor = copy.cursor()
        dumped = Dump(_counted(copy), contents.migrations_of(cursor), contents.named_files(cursor))
    sums.write_line(out, digest_inside(backup, NAME), NAME)
    return dumped


def _opened(path: Path) -> sqlite3.Connection:
    """Open a copy of the database: with Django's functions, which indexes and constraints call."""
    parameters = connection.get_connection_params() | {"database": str(path)}
    copy: sqlite3.Connection = connection.get_new_connection(parameters)
    copy.isolation_level = None
    copy.execute("PRAGMA foreign_keys = OFF")
    return copy


def _leave_out(copy: sqlite3.Connection) -> None:
    copy.execute("PRAGMA journal_mode = DELETE")
    names = {name for (name,) in copy.execute(_TABLES)}
    for table, kept in contents.LEFT_OUT.items():
        if table in names:
            copy.execute(f"DELETE FROM {table} WHERE NOT ({kept or '0'})")  # noqa: S608 -- constants
    # What was deleted, now or long ago, would still stand in pages that are free.
    copy.execute("VACUUM")


def _counted(copy: sqlite3.Connection) -> list[Table]:
    names = [name for (name,) in copy.execute(_TABLES)]
    return [
        Table(name, copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])  # noqa: S608 -- a catalogue's
        for name in names
        if not contents.is_left_out(name)
    ]


def load(backup: Path) -> None:
    """Put the backup's database in the place of ours, all of it or nothing.

    Raises:
        BackupError: somebody works on it.
        OSError: the backup has no such file.
    """
    connection.ensure_connection()
    with open_inside(backup, NAME):
        pass  # It is there, and no link: SQLite would follow one.
    # As nobody else writes it, SQLite looks for no journal beside it: the backup's list names none.
    address = f"{(backup / NAME).as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as source, _alone():
        source.backup(connection.connection)
    connection.close()


@contextmanager
def _alone() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as err:
        if err.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise
        raise BackupError(
            _(
                "Something works on the database: stop web, worker and beat everywhere, then restore again. Nothing was changed in it."
            )
        ) from err
