"""A term is imported, changed by a second file, and taken back: how long each takes, and how much memory.

Five thousand lessons by the command, as a planner starts it, in a process of its own. The second file changes
the teacher, the end and the type of room of every lesson. The floor is a bare INSERT of the rows that stand
there afterwards into tables that are alike.

    make bench    or    .venv/bin/python bench/imports.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

import csv
import datetime as dt
import io
import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg2
import school
import table
from psycopg2.extras import execute_values
from stack import ROOT, Stack
from table import Row

TEACHERS = 50
FIRST_HOUR, HOURS_A_DAY = 8, 10
DAYS = 10
LESSONS = TEACHERS * HOURS_A_DAY * DAYS
MOST_S, MOST_MB = 60, 300
COLUMNS = ("course", "teacher", "class_groups", "date", "start", "end", "room_type", "record")
# What an import of new lessons writes.
WRITTEN = (
    *("schedule_lesson", "schedule_lesson_class_groups", "schedule_occupation"),
    *("schedule_lessonchange", "replays_replay"),
)


def sheet(*, shift: int = 0, minutes: int = 45, room_type: int = 0) -> str:
    """From tomorrow on, ten lessons a day of each class group; `shift` has other teachers come to them."""
    from django.utils import timezone

    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for number in range(LESSONS):
        slot, group = divmod(number, TEACHERS)
        day, hour = divmod(slot, HOURS_A_DAY)
        teacher = f"t{(group + shift) % TEACHERS}"
        date = timezone.localdate() + dt.timedelta(days=1 + day)
        start, end = f"{FIRST_HOUR + hour:02}:00", f"{FIRST_HOUR + hour:02}:{minutes}"
        writer.writerow(["语文课", teacher, f"{group}班", date, start, end, room_type, ""])
    return text.getvalue()


def run(*command: str) -> tuple[float, float]:
    """Run a command; return the seconds that it took, and the most memory in MB."""
    started = time.perf_counter()
    child = subprocess.Popen([sys.executable, "manage.py", *command], cwd=ROOT)
    _pid, status, used = os.wait4(child.pid, 0)
    taken_s = time.perf_counter() - started
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return taken_s, used.ru_maxrss / 1024


def insert_the_same(stack: Stack) -> float:
    """Put the rows that were written into tables that are alike, with their indexes and constraints."""
    with closing(psycopg2.connect(stack.postgres.url())) as connection:
        cursor = connection.cursor()
        rows = {name: _rows_of(cursor, name) for name in WRITTEN}
        for name in WRITTEN:
            cursor.execute(f"CREATE TABLE bench_{name} (LIKE {name} INCLUDING ALL)")
        connection.commit()
        started = time.perf_counter()
        for name, (columns, values) in rows.items():
            question = f"INSERT INTO bench_{name} ({columns}) OVERRIDING SYSTEM VALUE VALUES %s"
            execute_values(cursor, question, values, page_size=1000)
        connection.commit()
        return time.perf_counter() - started


def _rows_of(cursor: psycopg2.extensions.cursor, name: str) -> tuple[str, list[tuple[object, ...]]]:
    cursor.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s"
        " ORDER BY ordinal_position",
        (name,),
    )
    columns = cursor.fetchall()
    texts = (f'"{column}"::text' if kind == "jsonb" else f'"{column}"' for column, kind in columns)
    cursor.execute(f"SELECT {', '.join(texts)} FROM {name}")
    return ", ".join(f'"{column}"' for column, _kind in columns), cursor.fetchall()


def rows() -> list[Row]:
    with Stack() as stack:
        school.add_people([f"t{n}" for n in range(TEACHERS)], "teacher")
        new, other = Path(stack.folder / "new.csv"), Path(stack.folder / "changed.csv")
        new.write_text(sheet(), encoding="utf-8")
        other.write_text(sheet(shift=1, minutes=50, room_type=1), encoding="utf-8")
        made_s, made_mb = run("import_lessons", str(new))
        stack.ask_database("ANALYZE; SELECT 1")
        floor_s = insert_the_same(stack)
        changed_s, changed_mb = run("import_lessons", str(other))
        last = "SELECT code FROM schedule_planningaction ORDER BY id {} LIMIT 1"
        back_s, back_mb = run("undo_import", stack.ask_database(last.format("DESC")))
        gone_s, gone_mb = run("undo_import", stack.ask_database(last.format("ASC")))
        if left := stack.ask_database("SELECT count(*) FROM schedule_lesson"):
            raise SystemExit(f"{left} lessons are left of an import that was undone")
    return [
        *_rows(f"{LESSONS:,} new lessons imported", made_s, made_mb, floor_s),
        *_rows(f"{LESSONS:,} lessons changed by an import", changed_s, changed_mb, floor_s),
        *_rows(f"{LESSONS:,} lessons that become what they were", back_s, back_mb, floor_s),
        *_rows(f"{LESSONS:,} imported lessons deleted again", gone_s, gone_mb, floor_s),
    ]


def _rows(what: str, taken_s: float, most_mb: float, floor_s: float) -> list[Row]:
    return [
        Row(what=what, value=taken_s, unit="s", floor=floor_s, at_most=MOST_S),
        Row(what=f"{what}: memory", value=most_mb, unit="MB", at_most=MOST_MB),
    ]


if __name__ == "__main__":
    table.end_in(rows)
