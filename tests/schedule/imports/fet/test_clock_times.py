from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedule.imports.fet.clock_times import ClockTimes, clock_times_in

SEPARATORS = st.sampled_from([":", ".", "h", "：", "时"])
BETWEEN = st.sampled_from(["-", " - ", "–", " to ", "~", "至", "- "])
AROUND = st.sampled_from(
    ["{}", "[1]{}", "第3节 {}", "Pd1 ({})", "1º {}", "2-{}", "Lunch {} (hall)"]
)


def written(minutes: int | None) -> str:
    return "" if minutes is None else "{}:{:02}".format(*divmod(minutes, 60))


def read(*names: str) -> list[str]:
    """The times of each name; empty where it holds none."""
    found = clock_times_in(names)
    return [
        f"{written(each.start)}-{written(each.end)}" if (each := found.get(name)) else ""
        for name in names
    ]


@pytest.mark.parametrize(
    ("name", "times"),
    [
        ("10:30 - 11:20", "10:30-11:20"),
        ("9.30 - 11.00", "9:30-11:00"),
        ("08:30- 09:20", "8:30-9:20"),
        ("11:20 - 12.10", "11:20-12:10"),
        ("9:30-10-30", "9:30-10:30"),
        ("Pd1 08h00-08h40", "8:00-8:40"),
        ("StaffMeeting (07:00-07:10)", "7:00-7:10"),
        ("1º 07:30-08:10", "7:30-8:10"),
        ("[4]10:45-11:35 (Lunch 1)", "10:45-11:35"),
        ("第3节 10：00–10：45", "10:00-10:45"),
        ("8点30分至9点15分", "8:30-9:15"),
        ("0800-0845", "8:00-8:45"),
        ("8h-9h", "8:00-9:00"),
        ("8-9 Uhr", "8:00-9:00"),
        ("08:00:00-08:45:00", "8:00-8:45"),
        ("٠٨:٣٠ - ٠٩:١٥", "8:30-9:15"),
        # A start alone; of two starts the first.
        ("08:00", "8:00-"),
        ("4-10.55", "10:55-"),
        (">09:50", "9:50-"),
        ("1.07:50", "7:50-"),
        ("2ª 08:15 08:05", "8:15-"),
        ("الفترة الأولى(08:30)", "8:30-"),
        # Signs of half days.
        ("1:30 PM - 2:30 PM", "13:30-14:30"),
        ("1:30-2:30 p.m.", "13:30-14:30"),
        ("11:30-12:15 pm", "11:30-12:15"),
        ("8:00-9:00 PM", "20:00-21:00"),
        ("12:25-01:15p", "12:25-13:15"),
        ("8 AM - 9 AM", "8:00-9:00"),
        ("下午1:30-2:15", "13:30-14:15"),
        # In the afternoon, since no school begins in the night.
        ("1:30-2:30", "13:30-14:30"),
        ("12:10 - 01.00", "12:10-13:00"),
        # No times.
        *((name, "") for name in ("5", "5.", "Tiết 1", "1-2", "H97", "3ª", "Break", "P1", "25:70")),
    ],
)
def test_clock_times_are_read_from_every_way_of_writing(name: str, times: str):
    assert read(name) == [times]


@given(
    start=st.integers(7 * 60, 21 * 60),
    length=st.integers(20, 120),
    separator=SEPARATORS,
    between=BETWEEN,
    around=AROUND,
    zero=st.sampled_from(["", "0"]),
)
def test_any_hour_of_the_day_is_read(
    start: int, length: int, separator: str, between: str, around: str, zero: str
):
    times = [
        f"{minutes // 60:{zero}{len(zero) + 1}}{separator}{minutes % 60:02}".strip()
        for minutes in (start, start + length)
    ]
    name = around.format(between.join(times))

    # The afternoon of a school whose other hours tell that its clock has 24.
    assert clock_times_in([name, "13:00-13:45"])[name] == ClockTimes(start, start + length)


@given(
    begin=st.integers(7 * 60, 9 * 60),
    length=st.integers(30, 60),
    count=st.integers(2, 9),
    seed=st.integers(0, 1000),
)
def test_hours_of_clocks_with_twelve_rise_through_the_day(
    begin: int, length: int, count: int, seed: int
):
    starts = [begin + length * number for number in range(count)]
    names = [
        "-".join(written((each - 60) % 720 + 60) for each in (start, start + length))
        for start in starts
    ]
    in_file = names[:]
    random.Random(seed).shuffle(in_file)

    found = clock_times_in(in_file)

    assert [found[name] for name in names] == [
        ClockTimes(start, start + length) for start in starts
    ]


def test_evening_of_a_clock_with_twelve_hours_is_known_by_the_order_of_the_file():
    names = [f"{hour}:00" for hour in (8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6, 7)]

    assert [each.start // 60 for each in clock_times_in(names).values()] == list(range(8, 20))
