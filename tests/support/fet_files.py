"""Timetables as FET exports them: one row for each activity and hour, every field quoted."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

HEAD = (
    *("Activity Id", "Day", "Hour", "Students Sets", "Subject", "Teachers"),
    *("Activity Tags", "Room", "Comments"),
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
# The ways in which schools name the same eight hours; the last three hold no clock times.
CLOCK_RANGES = (
    *("8:00 - 8:45", "8:55 - 9:40", "9:50 - 10:35", "10:45 - 11:30"),
    *("13:30 - 14:15", "14:25 - 15:10", "15:20 - 16:05", "16:15 - 17:00"),
)
DOTTED = tuple(name.replace(":", ".") for name in CLOCK_RANGES)
TWELVE_HOURS = (
    *("8:00-8:45", "8:55-9:40", "9:50-10:35", "10:45-11:30"),
    *("1:30-2:15", "2:25-3:10", "3:20-4:05", "4:15-5:00"),
)
PERIODS = tuple(f"Tiết {number}" for number in range(1, 9))
NUMBERS = tuple(str(number) for number in range(1, 9))
HOUR_NAMES = (CLOCK_RANGES, DOTTED, TWELVE_HOURS, PERIODS, NUMBERS)
BELLS = tuple(tuple(time.rjust(5, "0") for time in name.split(" - ")) for name in CLOCK_RANGES)
HOURS_A_BLOCK = 2


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity at one place of the week; several hours are several rows."""

    number: int | str
    day: str
    hours: Sequence[str]
    students: str = "9a"
    subject: str = "Maths"
    teachers: str = "Ms Li"
    tags: str = ""
    room: str = ""
    comments: str = ""

    def rows(self) -> Iterator[tuple[str, ...]]:
        for hour in self.hours:
            yield (
                *(str(self.number), self.day, hour, self.students, self.subject, self.teachers),
                *(self.tags, self.room, self.comments),
            )


def fet_file(
    activities: Iterable[Activity],
    *,
    separator: str = ",",
    quote: str = '"',
    has_head: bool = True,
) -> bytes:
    """The file, as FET's export is told to write it; its preset is the default here."""
    rows: list[tuple[str, ...]] = [HEAD] if has_head else []
    rows += [row for activity in activities for row in activity.rows()]
    lines = (
        separator.join(
            f"{quote}{field.replace(quote, quote * 2) if quote else field}{quote}" for field in row
        )
        for row in rows
    )
    return codecs.BOM_UTF8 + "".join(f"{line}\n" for line in lines).encode()


def school_week(
    *,
    hours: Sequence[str] = CLOCK_RANGES,
    days: Sequence[str] = WEEKDAYS,
    groups: int,
) -> list[Activity]:
    """35 activities a class group: nobody is in two places; one block a day is a double period.

    Every tenth has an assistant. The activities stand in the order of groups, so that neither days
    nor hours come in theirs.
    """
    found: list[Activity] = []
    blocks = [hours[at : at + HOURS_A_BLOCK] for at in range(0, len(hours), HOURS_A_BLOCK)]
    for group in range(groups):
        for day_number, day in enumerate(days):
            for block_number, block in enumerate(blocks):
                is_double = block_number == (group + day_number) % len(blocks)
                for part in [block] if is_double else [[hour] for hour in block]:
                    number = len(found) + 1
                    teacher = f"Teacher {(group + day_number + block_number) % groups}"
                    helper = f"+Assistant {group}" if number % 10 == 0 else ""
                    found.append(
                        Activity(
                            number,
                            day,
                            part,
                            students=f"Group {group}",
                            subject=f"Subject {block_number}",
                            teachers=teacher + helper,
                            tags="lab",
                            room=f"R{group}",
                            comments='a "quoted" word, and a comma',
                        )
                    )
    return found
