from __future__ import annotations

import datetime as dt

import pytest

from schedule.imports.fet.clock_times import Hour, are_consecutive, hour_of_bell, hours_of
from schedule.models import BellTime

HOURS = ((8, 0), (8, 55), (9, 50), (10, 45), (13, 30))


@pytest.fixture
def bells() -> list[BellTime]:
    return [
        BellTime(number=number, starts=dt.time(*start), ends=_later(start))
        for number, start in enumerate(HOURS, start=1)
    ]


def _later(start: tuple[int, int], minutes: int = 45) -> dt.time:
    return dt.time(*divmod(start[0] * 60 + start[1] + minutes, 60))


def hour(start: tuple[int, int], minutes: int = 45) -> Hour:
    return Hour(dt.time(*start), _later(start, minutes))


@pytest.mark.parametrize(
    ("names", "numbers"),
    [
        ("Tiết 3 | Tiết 1", [3, 1]),
        ("5 | 2", [5, 2]),
        # Counted from another number: the first of them is the first period.
        ("0 | 2 | 1", [1, 3, 2]),
        ("H98 | H97", [2, 1]),
        ("7 | 8 | 9", [1, 2, 3]),
        # Without numbers: as they come.
        ("early | late", [1, 2]),
        ("P1 | P2 | Break | P3", [1, 2, 4, 3]),
    ],
)
def test_hours_without_clock_times_take_the_bells(
    names: str, numbers: list[int], bells: list[BellTime]
):
    found = hours_of(names.split(" | "), bells)

    assert [each.bell for each in found.values()] == numbers


def test_hours_beyond_the_bells_are_unknown(bells: list[BellTime]):
    found = hours_of([f"P{letter}" for letter in "abcdef"], bells)

    assert list(found) == ["Pa", "Pb", "Pc", "Pd", "Pe"]


def test_hours_with_and_without_clock_times_do_not_overlap(bells: list[BellTime]):
    found = hours_of(["8:00-8:45", "late"], bells)

    assert found["late"].bell == 2


def test_start_alone_lasts_as_long_as_the_bell_that_begins_then(bells: list[BellTime]):
    assert hours_of(["08:55"], bells) == {"08:55": hour_of_bell(bells[1])}


def test_clock_times_of_a_period_are_that_period(bells: list[BellTime]):
    found = hours_of(["8:55 - 9:40", "9:50 - 10:30"], bells)

    assert [each.bell for each in found.values()] == [2, None]


def test_start_alone_lasts_until_the_next_hour_at_most():
    found = hours_of(["08:00", "08:50", "9:40", "10:20", "14:00"], [])

    assert [each.minutes for each in found.values()] == [50, 50, 40, 50, 50]


def test_single_start_without_bells_says_no_end():
    assert hours_of(["08:00"], []) == {}


@pytest.mark.parametrize(
    ("second", "others", "follows"),
    [
        ((8, 45), [], True),
        ((8, 55), [], True),
        # Time for another hour, or an hour that lies between.
        ((9, 30), [], False),
        ((9, 10), [hour((8, 50), 15)], False),
        # At the same time.
        ((8, 30), [], False),
    ],
)
def test_hours_follow_each_other_with_nothing_but_a_break_between(
    second: tuple[int, int], others: list[Hour], follows: bool
):
    assert are_consecutive(hour((8, 0)), hour(second), others) is follows
