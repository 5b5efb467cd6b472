"""Keep a release's database, with a school in it, for the tests of upgrades.

    python -m deploy.kept_release VERSION [--code FOLDER]

fills the demo school of the code in FOLDER (a checkout of the release; else this one) on PostgreSQL and on
SQLite, and writes below `tests/releases/VERSION/` both databases as SQL that a driver can run, and the names of
their migrations. Done once for each release; `docs/upgrading.md` says when.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from deploy.services.postgres import Postgres
from deploy.services.processes import ROOT, Child, free_port

KEPT = ROOT / "tests" / "releases"
POSTGRESQL_FILE = "postgresql.sql.gz"
SQLITE_FILE = "sqlite.sql.gz"
MIGRATIONS_FILE = "migrations.txt"
# Filling the demo school, on a machine that does something else as well.
FILLED_WITHIN_S = 900


@contextlib.contextmanager
def filled_school(code: Path, var: Path, database_url: str) -> Iterator[None]:
    """Have the demo of `code` fill this database, and end it."""
    var.mkdir()
    child = Child(
        # A child starts in our folder; the demo of other code has to start in its own.
        ["sh", "-c", 'cd "$0" && exec "$1" -m deploy.demo', str(code), sys.executable],
        log=var / "demo.log",
        env=os.environ
        | {
            "DEMO_VAR": str(var),
            "DATABASE_URL": database_url,
            "PORT": str(free_port()),
            "CLOUD_PORT": str(free_port()),
        },
        stop_signal=signal.SIGINT,
    )
    try:
        child.wait_until(
            lambda: "\nready: " in child.log.read_text(errors="replace"),
            timeout_s=FILLED_WITHIN_S,
        )
        child.stop(timeout_s=60)
        yield
    finally:
        child.kill()


def dump_postgresql(server: Postgres) -> str:
    """Statements alone: what is meant for psql, and what only a newer server knows, is left out."""
    done = subprocess.run(
        [
            *(str(server.program("pg_dump")), "--no-owner", "--no-privileges"),
            *("--inserts", "--rows-per-insert=200", server.url()),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    lines = done.stdout.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(("\\", "SET transaction_timeout")))


def dump_sqlite(path: Path) -> str:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return "".join(f"{statement}\n" for statement in connection.iterdump())


def migrations_of(path: Path) -> str:
    """`app.migration` of each that a SQLite database has, a line each."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
        return "".join(f"{app}.{name}\n" for app, name in rows)


def keep(version: str, code: Path) -> None:
    folder = KEPT / version
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="edu-release-") as place:
        print("Filling a school on PostgreSQL", flush=True)
        server = Postgres()
        try:
            with filled_school(code, Path(place) / "postgresql", server.url()):
                _write(folder / POSTGRESQL_FILE, dump_postgresql(server))
        finally:
            server.stop()
        print("Filling a school on SQLite", flush=True)
        database = Path(place) / "school.sqlite3"
        with filled_school(code, Path(place) / "sqlite", f"sqlite:///{database}"):
            _write(folder / SQLITE_FILE, dump_sqlite(database))
            (folder / MIGRATIONS_FILE).write_text(migrations_of(database), encoding="utf-8")
    print(f"Kept in {folder.relative_to(ROOT)}")


def _write(path: Path, text: str) -> None:
    # Without a time of making, so that the same database is the same file.
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.kept_release", description=__doc__)
    parser.add_argument("version", help="as in edu_platform/__init__.py")
    parser.add_argument("--code", type=Path, default=ROOT, help="a checkout of that release")
    given = parser.parse_args()
    keep(given.version, given.code.resolve())


if __name__ == "__main__":
    main()
