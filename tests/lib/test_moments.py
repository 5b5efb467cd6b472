"""Moments as people say them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone, translation

from edu_platform.lib.moment_tags import moment, moment_by_clock
from edu_platform.lib.moments import near_text, recent_text
from tests.support.pages import read

CHINA = ZoneInfo("Asia/Shanghai")
# A Thursday.
NOW = dt.datetime(2022, 10, 27, 10, 5, tzinfo=CHINA)


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2022, 10, day, hour, minute, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("when", "text", "in_little_room"),
    [
        (at(27, 0), "今天 00:00", None),
        (at(27, 18, 40), "今天 18:40", None),
        (at(26, 23, 59), "昨天 23:59", None),
        (at(28, 8), "明天 08:00", None),
        (at(29, 8), "2022-10-29 08:00", None),
        (at(21, 8), "周五 08:00", None),
        (at(20, 23, 59), "2022-10-20 23:59", "2022-10-20"),
    ],
)
def test_day_is_called_as_people_call_it(
    when: dt.datetime, text: str, in_little_room: str | None
) -> None:
    with translation.override("zh-hans"):
        assert near_text(when, NOW) == text
        assert recent_text(when, NOW) == (in_little_room or text)


def test_days_are_those_of_the_school() -> None:
    just_past_midnight = dt.datetime(2022, 10, 26, 16, 30, tzinfo=dt.UTC)

    with translation.override("en"):
        assert near_text(just_past_midnight, NOW) == "today 00:30"


@pytest.mark.parametrize(
    ("when", "text", "title", "ago"),
    [
        (at(27, 9, 54), "today 09:54", "2022-10-27 09:54", "660"),
        (at(27, 9, 5), "today 09:05", "2022-10-27 09:05", None),
        (at(27, 10, 6), "today 10:06", "2022-10-27 10:06", None),
        (at(1, 8), "2022-10-01 08:00", None, None),
    ],
)
def test_page_has_the_exact_moment_as_well_and_counts_for_an_hour(
    when: dt.datetime, text: str, title: str | None, ago: str | None
) -> None:
    with translation.override("en"), time_machine.travel(NOW, tick=False):
        shown = read(str(moment(when.astimezone(dt.UTC)))).one("time")

    assert shown.text == text
    assert shown.attrs["datetime"] == f"{when.isoformat(timespec='minutes')}"
    assert (shown.attrs.get("title"), shown.attrs.get("data-ago")) == (title, ago)


def test_moment_that_is_not_known_is_a_dash() -> None:
    assert moment(None) == "–"


def test_since_is_said_by_the_clock() -> None:
    shown = read(str(moment_by_clock(timezone.now()))).one("time")

    assert "data-ago" not in shown.attrs
