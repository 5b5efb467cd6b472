"""The lunar labels of the timetable against a second source, month by month."""

from __future__ import annotations

import datetime as dt

from cnlunar.config import lunarDayNameList, lunarMonthNameList
from cnlunar.lunar import Lunar

from schedule.models import LESSON_YEARS
from schedule.week_grid import lunar_day

# What that source calls otherwise.
OTHER_WORDS = {"冬月": "十一月", "腊月": "十二月", "闰冬月": "闰十一月"}
# It begins these months a day early: their new moon is so near to midnight in Beijing that older tables have it
# on the day before.
A_DAY_EARLY = (
    (dt.date(2057, 9, 28), dt.date(2057, 10, 27)),
    (dt.date(2089, 9, 4), dt.date(2089, 10, 3)),
    (dt.date(2097, 8, 7), dt.date(2097, 9, 5)),
)


class LunarDay(Lunar):
    """The day and month of that source alone; the rest of its almanac takes a hundred times as long."""

    def __init__(self, day: dt.date) -> None:
        self.date = dt.datetime(day.year, day.month, day.day)  # noqa: DTZ001 -- as it wants it
        self.isLunarLeapMonth = False
        self.get_lunarDateNum()

    @property
    def label(self) -> str:
        if self.lunarDay > 1:
            return str(lunarDayNameList[self.lunarDay - 1])
        month = lunarMonthNameList[self.lunarMonth - 1]
        name = f"闰{month}" if self.isLunarLeapMonth else month
        return OTHER_WORDS.get(name, name)


def days_of_every_month() -> set[dt.date]:
    """Return the first day of each lunar month of that source, and two or three others of it.

    A month that begins on another day, or has another name, differs on one of them.
    """
    first, last = dt.date(LESSON_YEARS[0], 1, 1), dt.date(2099, 12, 31)
    apart = range(0, (last - first).days + 1, 13)
    days = {first + dt.timedelta(days=number) for number in apart}
    begun = {day - dt.timedelta(days=LunarDay(day).lunarDay - 1) for day in days}
    return {day for day in days | begun if day >= first}


def test_both_sources_name_days_alike():
    days = days_of_every_month()

    differing = {day for day in days if LunarDay(day).label != lunar_day.__wrapped__(day)}

    assert differing == {day for day in days if any(a <= day <= b for a, b in A_DAY_EARLY)}
