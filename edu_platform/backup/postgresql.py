"""All tables of a PostgreSQL database: by COPY, in its text form, which every version writes and reads."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import psycopg2
from django.db import connection, transaction
from django.db.utils import DatabaseError, OperationalError
from django.utils.translation import gettext as _

from edu_platform.backup import contents, people, sums
from edu_platform.backup.dump import Dump
from edu_platform.backup.exceptions import BackupError
from edu_platform.backup.manifest import Table
from edu_platform.backup.migration_state import ours_among
from edu_platform.backup.private_files import (
    PIECE_BYTES,
    HashingWriter,
    make_folder,
    new_file,
    open_inside,
)

FOLDER = "tables"
SUFFIX = ".copy.gz"
# Higher levels take several times as long, and spare a tenth of the place.
GZIP_LEVEL = 1
# Who holds a table for longer than this still works on the database.
LOCK_TIMEOUT = "10s"
COPY_OPTIONS = "(ENCODING 'UTF8')"
RESTORE_LOCK = 0x5E570BED  # any number that nobody else takes

# What may be set otherwise for a server or a database.
_NEUTRAL = """
    SET LOCAL DateStyle = ISO;
    SET LOCAL IntervalStyle = postgres;
    SET LOCAL TimeZone = UTC;
    SET LOCAL extra_float_digits = 3;
    SET LOCAL bytea_output = hex;
    SELECT set_config(name, '0', true) FROM pg_settings
    WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')
"""
# Ordinary tables of the platform's schema that belong to no extension, with the columns that are not computed.
_COLUMNS = """
    SELECT t.relname, array_agg(a.attname::text ORDER BY a.attnum)
    FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid
    WHERE t.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
    AND t.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = t.oid
        AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')
    GROUP BY t.relname ORDER BY t.relname
"""
_SEQUENCES = """
    SELECT t.relname, a.attname, pg_sequence_last_value(s.seqrelid)
    FROM pg_sequence s
    JOIN pg_depend d ON d.objid = s.seqrelid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
    JOIN pg_class t ON t.oid = d.refobjid
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
    WHERE t.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
"""


# --- Out of the database ------------------------------------------------------------------------


def dump(backup: Path, out: BinaryIO) -> Dump:
    """Write all tables as they are at one moment, and their digests to `out`.

    Nobody is kept waiting by it, but who would change a table's form.

    Raises:
        BackupError: somebody changed the tables just now.
    """
    make_folder(backup / FOLDER)
    with connection.cursor() as cursor:
        known, _migrations = _our_columns(cursor)
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # Before the moment is fixed: a table that is rewritten after it looks empty from it.
        if known:
            cursor.execute(f"LOCK TABLE {', '.join(map(_quoted, known))} IN ACCESS SHARE MODE")
        cursor.execute(_NEUTRAL)
        columns, migrations = _our_columns(cursor)
        if columns.keys() != known.keys():
            raise BackupError(
                _("Tables were made or dropped meanwhile: back up again after `manage.py migrate`.")
            )
        rows = {
            name: _dump_table(cursor, name, columns[name], backup, out)
            for name in columns
            if not contents.is_left_out(name)
        }
        # Last: sequences are read as they are now, and must not be behind the rows.
        sequences = _sequences(cursor)
        tables = [
            Table(name, count, columns[name], sequences.get(name, {}))
            for name, count in rows.items()
        ]
        return Dump(tables, migrations, contents.named_files(cursor))


def _our_columns(cursor: Any) -> tuple[dict[str, list[str]], list[str]]:
    """The platform's tables in their order, each with its columns, and the migrations that made them."""
    migrations = contents.migrations_of(cursor)
    cursor.execute(_COLUMNS)
    columns = dict(cursor.fetchall())
    return {name: columns[name] for name in sorted(ours_among(columns, migrations))}, migrations


def _dump_table(cursor: Any, name: str, columns: list[str], backup: Path, out: BinaryIO) -> int:
    condition = contents.LEFT_OUT.get(name)
    source = _listed(name, columns)
    if condition:
        names = ", ".join(map(_quoted, columns))
        source = f"(SELECT {names} FROM {_quoted(name)} WHERE {condition})"  # noqa: S608 -- no input
    path = f"{FOLDER}/{name}{SUFFIX}"
    with new_file(backup / path) as file:
        hashed = HashingWriter(file)
        with _gzipped(hashed) as rows:
            cursor.copy_expert(f"COPY {source} TO STDOUT WITH {COPY_OPTIONS}", rows)
    sums.write_line(out, hashed.hexdigest(), path)
    return int(cursor.rowcount)


@contextmanager
def _gzipped(hashed: HashingWriter) -> Iterator[BinaryIO]:
    packer = gzip.GzipFile("", "wb", GZIP_LEVEL, hashed, mtime=0)
    with packer, io.BufferedWriter(packer, PIECE_BYTES) as rows:
        yield rows


def _sequences(cursor: Any) -> dict[str, dict[str, int]]:
    cursor.execute(_SEQUENCES)
    found: dict[str, dict[str, int]] = {}
    for table, column, last in cursor.fetchall():
        if last is not None:  # no row has been written
            found.setdefault(table, {})[column] = last
    return found


def _listed(table: str, columns: list[str]) -> str:
    return f"{_quoted(table)} ({', '.join(map(_quoted, columns))})"


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


# --- Into the database --------------------------------------------------------------------------


@contextmanager
def only_one_restore() -> Iterator[None]:
    """Keep other restores out of this database; the lock ends with the connection, however that ends.

    Raises:
        BackupError: another one is going on.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [RESTORE_LOCK])
        if cursor.fetchone() != (True,):
            raise BackupError(
                _("Another restore into this database is still going on: this one was not begun.")
            )
    try:
        yield
    finally:
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [RESTORE_LOCK])


def drop(migrations: list[str]) -> None:
    """Drop all tables of the platform, of a state with these migrations as well.

    Raises:
        BackupError: there are people by now, or somebody works on the database.
    """
    with _alone() as cursor:
        there = connection.introspection.table_names(cursor)
        if people.TABLE in there:
            _keep_people_out(cursor)
        if names := sorted(ours_among(there, migrations)):
            cursor.execute(f"DROP TABLE {', '.join(map(_quoted, names))} CASCADE")


def load(backup: Path, tables: list[Table], migrations: list[str]) -> list[str]:
    """Fill the tables with the rows of a backup, all of them or none; return those that there is no place for.

    Raises:
        BackupError: there are people by now, or somebody works on the database.
    """
    with _alone() as cursor:
        there = set(connection.introspection.table_names(cursor))
        cursor.execute(_NEUTRAL)
        _keep_people_out(cursor)
        names = ", ".join(map(_quoted, sorted(ours_among(there, migrations))))
        cursor.execute(f"TRUNCATE {names} RESTART IDENTITY")
        for table in tables:
            if table.name in there:
                _load_table(cursor, backup, table)
        # References are looked at here, with all rows in place.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return [table.name for table in tables if table.name not in there]


@contextmanager
def _alone() -> Iterator[Any]:
    try:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            yield cursor
    except OperationalError as err:
        if isinstance(err.__cause__, psycopg2.errors.LockNotAvailable):
            raise BackupError(
                _(
                    "Something works on the database: stop web, worker and beat everywhere, then restore again. Nothing was changed in it."
                )
            ) from err
        raise


def _keep_people_out(cursor: Any) -> None:
    """Refuse a database in which somebody lives, and let nobody in until the transaction ends."""
    cursor.execute(f"LOCK TABLE {people.TABLE} IN ACCESS EXCLUSIVE MODE")
    people.refuse_people(cursor)


def _load_table(cursor: Any, backup: Path, table: Table) -> None:
    path = f"{FOLDER}/{table.name}{SUFFIX}"
    with open_inside(backup, path) as packed, gzip.open(packed, "rb") as rows:
        cursor.copy_expert(
            f"COPY {_listed(table.name, table.columns)} FROM STDIN WITH {COPY_OPTIONS}", rows
        )
    if cursor.rowcount != table.rows:
        raise BackupError(
            _("%(table)s has %(found)s rows instead of %(rows)s: nothing was restored.")
            % {"table": table.name, "found": cursor.rowcount, "rows": table.rows}
        )
    for column, last in table.sequences.items():
        # Numbers of what was deleted are not given again: trails name them.
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(%s, %s), %s)", (_quoted(table.name), column, last)
        )
