"""Lessons that stand beside each other, and lessons of earlier hours that still run."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest

from schedule.timetable.cards import LessonCard
from schedule.timetable.lanes import MOST_BESIDE, groups_of, running_into

MIDNIGHT = dt.datetime(2026, 9, 2, tzinfo=dt.UTC)


def moment(text: str) -> dt.datetime:
    hour, minute = map(int, text.split(":"))
    return MIDNIGHT + dt.timedelta(hours=hour, minutes=minute)


@dataclass(frozen=True)
class Planned:
    name: str
    starts_at: dt.datetime
    ends_at: dt.datetime


def planned(**times: str) -> list[Planned]:
    """`planned(a="8:00-8:45")`."""
    return [Planned(name, *map(moment, each.split("-"))) for name, each in times.items()]


def names(entries: list[Planned]) -> list[str]:
    """Groups of lanes as text: `ab|c` is a lane of two beside a lane of one."""
    return [
        "|".join("".join(each.name for each in lane) for lane in lanes)
        for lanes in groups_of(entries)
    ]


@pytest.mark.parametrize(
    ("times", "shown"),
    [
        ({}, []),
        ({"a": "8:00-8:45"}, ["a"]),
        ({"a": "8:00-8:45", "b": "8:00-8:45"}, ["a|b"]),
        ({"a": "8:00-8:25", "b": "8:25-8:50"}, ["a", "b"]),
        ({"a": "8:00-8:40", "b": "8:30-8:50", "c": "8:40-8:55"}, ["ac|b"]),
        ({"a": "8:00-8:10", "b": "8:20-8:50", "c": "8:30-8:55"}, ["a", "b|c"]),
        ({"a": "8:00-8:45", "b": "8:05-8:10", "c": "8:20-8:30"}, ["a|bc"]),
        # A place without a length is beside nothing, and parts nothing.
        ({"a": "8:00-8:45", "b": "8:10-8:10", "c": "8:20-8:50"}, ["a|c", "b"]),
    ],
)
def test_only_what_shares_a_moment_stands_beside_each_other(
    times: dict[str, str], shown: list[str]
):
    assert names(planned(**times)) == shown


def test_more_than_can_be_read_stand_below_each_other():
    crowd = {f"{number}": "8:00-8:45" for number in range(MOST_BESIDE + 1)}

    assert names(planned(**crowd)) == ["".join(crowd)]


def cards(*times: str, cancelled: tuple[int, ...] = ()) -> list[LessonCard]:
    made = []
    for number, each in enumerate(times):
        starts_at, ends_at = map(moment, each.split("-"))
        card = SimpleNamespace(
            number=number,
            starts_at=starts_at,
            local_start=starts_at,
            ends_at=ends_at,
            is_cancelled=number in cancelled,
        )
        made.append(cast("LessonCard", card))
    return made


def running(found: dict[int, list[Any]]) -> dict[int, list[int]]:
    return {hour: [each.number for each in cards] for hour, cards in found.items()}


@pytest.mark.parametrize(
    ("times", "found"),
    [
        (["8:00-8:45", "9:00-9:45"], {}),
        (["8:30-9:00", "9:00-9:45"], {}),
        (["8:30-9:15", "9:00-9:45"], {9: [0]}),
        # It ends before anything of that hour begins.
        (["8:30-9:15", "9:20-9:45"], {}),
        (["8:00-8:45", "8:30-8:50"], {}),
        (["8:30-10:30", "9:00-9:45", "9:10-9:20", "10:00-10:45"], {9: [0], 10: [0]}),
        (["8:20-9:15", "8:30-9:30", "9:10-9:45"], {9: [0, 1]}),
    ],
)
def test_lessons_of_earlier_hours_that_still_run(times: list[str], found: dict[int, list[int]]):
    assert running(running_into(cards(*times))) == found


@pytest.mark.parametrize("cancelled", [0, 1])
def test_what_is_cancelled_runs_beside_nothing(cancelled: int):
    assert running_into(cards("8:30-9:15", "9:00-9:45", cancelled=(cancelled,))) == {}
