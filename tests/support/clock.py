"""The moments at which `make test-clock` has tests begin, and which tests these are.

TEST_CLOCK holds the moments, each as `2028-02-29T00:03@Asia/Shanghai`: commas between those of which each
test gets one, and semicolons between these groups. Unset, tests run once, by the real clock.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.files.storage import FileSystemStorage

IS_MOVED = bool(os.environ.get("TEST_CLOCK"))
# Real processes have a clock of their own, which nobody here moves; and some tests say what time it is.
BY_ANOTHER_CLOCK = frozenset({"processes", "browser", "time_machine"})
# A test leans on days and hours when the lesson of the cast is among its fixtures, or its file speaks of these.
LESSON = "lesson"
DAYS_AND_HOURS = re.compile(
    r"school_time|local(time|date)|make_aware|fill_school|import_(lessons|users)|lesson_from_now"
    r"|(Lesson|Replay|Membership)Factory|support\.duework"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of a school day, and the time zone of that school."""

    local: dt.datetime
    zone: str

    def __str__(self) -> str:
        return f"{self.local:%a %Y-%m-%dT%H:%M}@{self.zone}"

    @property
    def in_utc(self) -> dt.datetime:
        return self.local.replace(tzinfo=ZoneInfo(self.zone)).astimezone(dt.UTC)


def read_moment(text: str) -> Moment:
    local, zone = text.split("@")
    return Moment(dt.datetime.fromisoformat(local), zone)


def moments_of(metafunc: pytest.Metafunc) -> list[Moment]:
    """The moments at which a test begins: one of each group, the same in each run."""
    given = os.environ.get("TEST_CLOCK", "")
    if not given or not leans_on_days_and_hours(metafunc):
        return []
    name = metafunc.definition.nodeid
    groups = [group.split(",") for group in given.split(";")]
    return [
        read_moment(group[zlib.crc32(f"{number} {name}".encode()) % len(group)])
        for number, group in enumerate(groups)
    ]


def leans_on_days_and_hours(metafunc: pytest.Metafunc) -> bool:
    if any(mark.name in BY_ANOTHER_CLOCK for mark in metafunc.definition.iter_markers()):
        return False
    return LESSON in metafunc.fixturenames or _speaks_of_them(metafunc.definition.path)


@cache
def _speaks_of_them(file: Path) -> bool:
    return DAYS_AND_HOURS.search(file.read_text(encoding="utf-8")) is not None


@contextmanager
def begun_at(moment: Moment) -> Iterator[None]:
    """The clock stands at the moment and runs on; what counts seconds, as waiting does, is not moved.

    The disk writes down when files were changed by the machine's own clock, so these times are moved too.
    """
    moved_by = moment.in_utc - dt.datetime.now(dt.UTC)
    modified_at = FileSystemStorage.get_modified_time

    def moved(storage: FileSystemStorage, name: str) -> dt.datetime:
        return modified_at(storage, name) + moved_by

    with (
        time_machine.travel(moment.in_utc, tick=True),
        mock.patch.object(FileSystemStorage, "get_modified_time", moved),
    ):
        yield
