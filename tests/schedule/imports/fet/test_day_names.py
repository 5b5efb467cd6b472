from __future__ import annotations

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from schedule.imports.fet.day_names import (
    DaysNotGiven,
    known_weekdays,
    read_given_days,
    weekdays_of,
)


def weekdays(text: str, *, language: str = "zh-hans") -> list[int]:
    names = text.split(" | ")
    found = weekdays_of(names, language=language)
    return [found[name] for name in names]


@pytest.mark.parametrize(
    ("names", "days"),
    [
        ("Monday | Tuesday | Friday", [1, 2, 5]),
        ("MON | TUE | SAT", [1, 2, 6]),
        ("Mo | Di | Mi | Do | Fr", [1, 2, 3, 4, 5]),
        ("Dimanche | Lundi", [7, 1]),
        ("Luni | Marti | Sambata", [1, 2, 6]),  # without its marks
        ("Segunda | Terça | Quarta", [1, 2, 3]),
        ("Понеделник | Сряда", [1, 3]),
        ("Δευτέρα | Παρασκευή", [1, 5]),
        ("الاحد | الاثنين", [7, 1]),
        ("شنبه | یکشنبه | سه شنبه", [6, 7, 2]),
        ("Thứ Hai | Thứ Bảy", [1, 6]),
        ("周五 | 周一", [5, 1]),
        ("週五 | 週一", [5, 1]),
        ("星期天 | 星期三", [7, 3]),
        ("礼拜二 | 礼拜日", [2, 7]),
        # Names of no language count from Monday on, on the days that are left.
        ("Day 2 | Day 1", [1, 2]),
        ("A | B | C | D | E", [1, 2, 3, 4, 5]),
        ("A2 | B2", [1, 2]),
        ("Thứ 2 | Thứ 3", [1, 2]),
        ("Mon | Tues | Wed | Thurs | Fri", [1, 2, 3, 4, 5]),
        ("Mo | Di | Mi | Extra", [1, 2, 3, 4]),
    ],
)
def test_days_are_known_in_any_language_and_others_follow(names: str, days: list[int]):
    found = dict(zip(names.split(" | "), weekdays(names), strict=True))

    assert list(found.values()) == days


@given(st.sampled_from(["de", "en", "fr", "es", "pt", "vi", "zh", "ar", "hi", "ja", "ru", "tr"]))
def test_week_of_a_language_is_that_of_babel(language: str):
    for width in ("wide", "abbreviated"):
        names = Locale(language).days["format"][width]
        found = known_weekdays(list(names.values()), language="zh-hans")
        if language == "ar" and width == "abbreviated":
            continue  # the same as the root of all languages
        assert found == {name: day + 1 for day, name in names.items()}


def test_language_that_knows_all_names_goes_before_that_of_the_school():
    # "Sa" is Saturday in German, and nothing in English; "Mar" is Tuesday in French alone.
    assert weekdays("lun | mar | mer | jeu | ven", language="en") == [1, 2, 3, 4, 5]


def test_given_days_go_before_all():
    found = weekdays_of(["Monday", "Tuesday"], language="en", given={"Monday": 5})

    assert found == {"Monday": 5, "Tuesday": 2}


def test_more_days_than_a_week_has_are_to_be_given():
    names = [f"Day {number}" for number in range(1, 9)]

    with pytest.raises(DaysNotGiven) as refused:
        weekdays_of(names, language="en")

    assert refused.value.names == names
    given_days = dict.fromkeys(names, 1)
    assert weekdays_of(names, language="en", given=given_days) == given_days


@given(st.lists(st.text(min_size=1, max_size=12), max_size=7, unique=True))
def test_seven_days_always_fit_into_a_week(names: list[str]):
    found = weekdays_of(names, language="zh-hans")

    assert found.keys() == set(names)
    assert set(found.values()) <= set(range(1, 8))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Day A=1,Day B=7", {"Day A": 1, "Day B": 7}),
        ("Mon, early=1,x=y=2", {"Mon, early": 1, "x=y": 2}),
    ],
)
def test_days_are_given_by_their_names(text: str, days: dict[str, int]):
    assert read_given_days(text) == days


@pytest.mark.parametrize("text", ["Monday", "Monday=8", "=1", "A=1,B"])
def test_days_that_are_not_given_so_are_refused(text: str):
    with pytest.raises(ValueError, match=text):
        read_given_days(text)
