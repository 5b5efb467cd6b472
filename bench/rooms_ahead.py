"""A term is imported: how long until its lessons have their rooms in the cloud.

A thousand lessons within the horizon come by the import command; worker, beat and local cloud are real,
the cloud with its limits of calls on. The clock starts with the import. The floor is what the cloud's limit
of 20 rooms a second makes of a thousand.

    make bench    or    .venv/bin/python bench/rooms_ahead.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

import csv
import datetime as dt
import io
import time
from pathlib import Path

import school
import table
from stack import Stack
from table import Row

LESSONS = 1_000
ROOMS_A_SECOND = 20
TEACHERS = 10
FIRST_HOUR, HOURS_A_DAY = 8, 10
DAYS = 10
GIVE_UP_AFTER_S = 240
LOOK_EVERY_S = 0.5
COLUMNS = ("course", "teacher", "class_groups", "date", "start", "end", "room_type", "record")


def sheet() -> str:
    """Lessons from tomorrow on, ten a day of each teacher."""
    from django.utils import timezone

    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for number in range(LESSONS):
        slot, teacher = divmod(number, TEACHERS)
        day, hour = divmod(slot, HOURS_A_DAY)
        date = timezone.localdate() + dt.timedelta(days=1 + day)
        start, end = f"{FIRST_HOUR + hour:02}:00", f"{FIRST_HOUR + hour:02}:45"
        writer.writerow(["语文课", f"t{teacher}", f"{teacher}班", date, start, end, "", ""])
    return text.getvalue()


def until_all_are_made(stack: Stack, started: float) -> float:
    question = "SELECT count(*) FROM schedule_room WHERE room_id IS NOT NULL"
    while (made := stack.ask_database(question)) < LESSONS:
        if time.monotonic() - started > GIVE_UP_AFTER_S:
            raise SystemExit(f"{made} of {LESSONS} rooms after {GIVE_UP_AFTER_S} s")
        time.sleep(LOOK_EVERY_S)
    return time.monotonic() - started


def rows() -> list[Row]:
    from django.core.management import call_command

    with Stack() as stack:
        school.add_people([f"t{n}" for n in range(TEACHERS)], "teacher")
        school.register_everybody()
        school.forget_messages(stack.valkey.url)
        file = Path(stack.folder / "lessons.csv")
        file.write_text(sheet(), encoding="utf-8")
        stack.start_worker()
        stack.start_beat()
        stack.control("limits", {"enforce": True})
        started = time.monotonic()
        call_command("import_lessons", str(file))
        taken_s = until_all_are_made(stack, started)
    what = f"{LESSONS:,} rooms made ahead, from the import on"
    floor = LESSONS / ROOMS_A_SECOND
    return [Row(what=what, value=taken_s, unit="s", floor=floor, at_most=1.3, of_ratio=True)]


if __name__ == "__main__":
    table.end_in(rows)
