from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedule.lessons.moments import NotReadable
from schedule.models import MOST_WEEKS
from schedule.terms.weekly_lessons.week_ranges import Weeks, read_weeks

WEEK = st.integers(1, MOST_WEEKS)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        *((word, "") for word in ("", "all", " ALL ", "每周")),
        *((word, "odd") for word in ("odd", "Odd", "单周")),
        *((word, "even") for word in ("even", "双周")),
        *(
            (word, "1-8,10")
            for word in ("1-8,10", "1－8，10", "1-4、5-8;10", "第1-8周，第10周", "10,1-8")
        ),
    ],
)
def test_words_and_lists_are_read(text: str, stored: str):
    assert read_weeks(text) == Weeks(stored)


@pytest.mark.parametrize(
    "text", ["0", "54", "8-1", "first", "1-", "-3", "1.5", "奇周", "1--3", ",", "；"]
)
def test_what_names_no_weeks_is_refused(text: str):
    with pytest.raises(NotReadable):
        read_weeks(text)


def test_more_than_can_be_stored_is_refused():
    with pytest.raises(NotReadable):
        read_weeks(",".join(map(str, range(1, MOST_WEEKS + 1, 2))))


@given(st.sets(WEEK, min_size=1, max_size=12))
def test_a_list_has_its_weeks_and_no_others(weeks: set[int]):
    read = read_weeks(",".join(map(str, weeks)))

    assert set(read.among(MOST_WEEKS)) == weeks
    assert read_weeks(read.text) == read


@given(WEEK)
def test_a_week_is_odd_or_even(week: int):
    assert Weeks().has(week)
    assert Weeks("odd").has(week) is not Weeks("even").has(week)
    assert Weeks("odd").has(week) is (week in range(1, MOST_WEEKS + 1, 2))
