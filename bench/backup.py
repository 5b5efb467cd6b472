"""A school is backed up, once more the night after, and restored: how long each takes, and how much memory.

Four hundred thousand rows of the trail that grows most, and a gigabyte of courseware. The floor of the rows is a
bare COPY of the same table out of, or into, the database, and that of the files a bare copy of them.

    make bench    or    .venv/bin/python bench/backup.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg2
import school
import table
from stack import ROOT, Stack
from table import Row

ROWS = 400_000
FILES, FILE_MIB = 64, 16
MIB = 1024 * 1024
TABLE = "accounts_auditentry"
MOST_S, MOST_MB = 30, 300


def fill_rows(stack: Stack) -> None:
    school.add_people(["teacher"], "teacher")
    stack.ask_database(
        f"INSERT INTO {TABLE} (at, kind, method, address, object_text, details)"
        " SELECT now(), 'signed_in', 'password', '192.0.2.1', '语文课 ' || n, '{\"times\": 1}'"
        f" FROM generate_series(1, {ROWS}) n; ANALYZE; SELECT 1"
    )


def fill_files() -> None:
    from django.core.files.base import ContentFile

    from accounts.models import User
    from courseware.models import Courseware

    owner, content = User.objects.get(), secrets.token_bytes(FILE_MIB * MIB)
    for number in range(FILES):
        Courseware.objects.create(
            owner=owner,
            name=f"{number}.pdf",
            suffix="pdf",
            kind="document",
            transcode_type=1,
            size_bytes=len(content),
            document_id=str(number),
            file=ContentFile(content, name="a.pdf"),
        )


def run(*command: str, **variables: str) -> tuple[float, float]:
    """Run a command; return the seconds that it took, and the most memory in MB."""
    started = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "manage.py", *command], cwd=ROOT, env=os.environ | variables
    )
    _pid, status, used = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return time.perf_counter() - started, used.ru_maxrss / 1024


def copy_rows(stack: Stack) -> tuple[float, float]:
    """Seconds that PostgreSQL's own COPY takes out of the table, and into one that is alike."""
    path = stack.folder / "bare.copy"
    with closing(psycopg2.connect(stack.postgres.url())) as connection:
        cursor = connection.cursor()
        started = time.perf_counter()
        with path.open("wb") as out:
            cursor.copy_expert(f"COPY {TABLE} TO STDOUT", out)
        out_s = time.perf_counter() - started
        cursor.execute(f"CREATE TABLE bench_bare (LIKE {TABLE} INCLUDING ALL)")
        started = time.perf_counter()
        with path.open("rb") as rows:
            cursor.copy_expert("COPY bench_bare FROM STDIN", rows)
        return out_s, time.perf_counter() - started


def copy_files(source: Path, target: Path) -> float:
    started = time.perf_counter()
    shutil.copytree(source, target)
    os.sync()
    return time.perf_counter() - started


def _empty_database(stack: Stack) -> str:
    with closing(psycopg2.connect(stack.postgres.url())) as connection:
        connection.autocommit = True
        connection.cursor().execute("CREATE DATABASE restored")
    return stack.postgres.url("restored")


def rows() -> list[Row]:
    with Stack() as stack:
        fill_rows(stack)
        folder, media = stack.folder / "backups", stack.folder / "media"
        out_s, in_s = copy_rows(stack)
        rows_s, rows_mb = run("backup", str(folder))
        fill_files()
        files_floor_s = copy_files(media, stack.folder / "bare")
        first_s, first_mb = run("backup", str(folder))
        next_s, _next_mb = run("backup", str(folder))
        other = {
            "DATABASE_URL": _empty_database(stack),
            "MEDIA_ROOT": str(stack.folder / "media-restored"),
        }
        empty_s, _mb = run("migrate", "--verbosity", "0", **other)
        back_s, back_mb = run("restore", str(folder), **other)
    size_mib = FILES * FILE_MIB
    return [
        Row(what=f"{ROWS:,} rows backed up", value=rows_s, unit="s", floor=out_s, at_most=MOST_S),
        Row(what=f"{ROWS:,} rows backed up: memory", value=rows_mb, unit="MB", at_most=MOST_MB),
        Row(
            what=f"the same and {size_mib} MiB of files",
            value=first_s,
            unit="s",
            floor=out_s + files_floor_s,
        ),
        Row(what="the same: memory", value=first_mb, unit="MB", at_most=MOST_MB),
        Row(what="the same the night after", value=next_s, unit="s", floor=out_s, at_most=MOST_S),
        Row(
            what="all of it restored",
            value=back_s,
            unit="s",
            floor=in_s + files_floor_s,
        ),
        Row(what="all of it restored: memory", value=back_mb, unit="MB", at_most=MOST_MB),
        Row(what="empty tables made", value=empty_s, unit="s"),
    ]


if __name__ == "__main__":
    table.end_in(rows)
