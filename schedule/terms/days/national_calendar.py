"""The national calendar of China: holidays, and the school days that make up for them.

The package chinesecalendar keeps what the State Council publishes, a year in the autumn before it. No year is named
here: a newer package knows more. The last days of a December may still change with the year that follows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chinese_calendar.constants import Holiday, holidays, in_lieu_days, workdays
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy

from schedule.enums import DayKind

# These zones are of mainland China alone: Hong Kong, Macau and Taiwan have holidays of their own.
CHINA_TIME_ZONES = frozenset(
    {
        *("Asia/Shanghai", "Asia/Urumqi", "PRC"),
        *("Asia/Chongqing", "Asia/Chungking", "Asia/Harbin", "Asia/Kashgar"),
    }
)
# Schools call a day that makes up for one of a holiday so; added to the holiday's name.
MAKES_UP = "调休"
# Days of one holiday lie closer together than this; those of two years do not.
SAME_OCCASION_WITHIN = dt.timedelta(days=60)
# A year is known once its October is: the first days of January may come with the year before.
LAST_HOLIDAY_MONTH = 10
FIRST_WEEKEND_DAY = 6
# By the names that the package has in Chinese, which are kept.
HOLIDAYS_IN_WORDS = {
    "元旦": pgettext_lazy("holiday", "New Year's Day"),
    "春节": pgettext_lazy("holiday", "Spring Festival"),
    "清明": pgettext_lazy("holiday", "Tomb-Sweeping Day"),
    "劳动节": pgettext_lazy("holiday", "Labour Day"),
    "端午": pgettext_lazy("holiday", "Dragon Boat Festival"),
    "中秋": pgettext_lazy("holiday", "Mid-Autumn Festival"),
    "国庆节": pgettext_lazy("holiday", "National Day"),
    "中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日": pgettext_lazy(
        "holiday", "70th anniversary of victory"
    ),
}
NAMES = {holiday.value: holiday.chinese for holiday in Holiday}  # type: ignore[attr-defined] # by its __new__


@dataclass(frozen=True, slots=True)
class NationalDay:
    date: dt.date
    kind: DayKind
    # In Chinese: 国庆节, or 国庆节调休.
    name: str
    # This module proposes that a school day takes this weekday's plan, 1 for Monday.
    # None: nothing speaks for any.
    plan_weekday: int | None = None


def name_in_words(name: str) -> str:
    """Return a day's name in the reader's language: statutory ones are kept in Chinese, others stay as they are."""
    holiday = HOLIDAYS_IN_WORDS.get(name.removesuffix(MAKES_UP))
    if holiday is None:
        return name
    if name.endswith(MAKES_UP):
        return gettext("Make-up day for %(holiday)s") % {"holiday": holiday}
    return str(holiday)


def name_to_keep(words: str) -> str:
    """Return the name to keep of a day that is called so in the reader's language."""
    names = (name + ending for name in HOLIDAYS_IN_WORDS for ending in ("", MAKES_UP))
    return next((name for name in names if name_in_words(name) == words), words)


def is_followed() -> bool:
    """Tell whether the school is in mainland China, as its time zone says."""
    return timezone.get_default_timezone_name() in CHINA_TIME_ZONES


def published_years() -> frozenset[int]:
    return frozenset(day.year for day in holidays if day.month == LAST_HOLIDAY_MONTH)


def unpublished_years(first: dt.date, last: dt.date) -> list[int]:
    """Return the years of a period that are yet to be published; none for schools that do not follow this calendar."""
    if not is_followed():
        return []
    known_until = max(published_years())
    return [year for year in range(first.year, last.year + 1) if year > known_until]


def national_day(date: dt.date) -> NationalDay | None:
    """Return what the calendar says of a day, if anything."""
    return next(iter(national_days(date, date)), None)


def national_days(first: dt.date, last: dt.date) -> list[NationalDay]:
    """Return the days of a period that are not what their weekday says, in order.

    Days of a weekend that lie in a holiday are among them: the school is closed, also where there are lessons on
    weekends, and planners see the holiday whole. Empty for schools that do not follow this calendar.
    """
    if not is_followed():
        return []
    days = [
        NationalDay(date, DayKind.HOLIDAY, NAMES[name])
        for date, name in holidays.items()
        if first <= date <= last
    ]
    if working := [date for date in workdays if first <= date <= last]:
        proposed = _proposed_weekdays()
        days += [
            NationalDay(date, DayKind.WORKDAY, NAMES[workdays[date]] + MAKES_UP, proposed.get(date))
            for date in working
        ]
    return sorted(days, key=lambda day: day.date)


def _proposed_weekdays() -> dict[dt.date, int]:
    """Propose whose plan each school day takes: the first that of the holiday's first day in lieu, and so on.

    The State Council says which weekends are worked, and not for which days: schools decide, mostly like this.
    """
    weekdays_by_day: dict[dt.date, int] = {}
    for name in set(workdays.values()):
        of_name = (day for day in {*workdays, *in_lieu_days} if _name_of(day) == name)
        for occasion in _occasions(of_name):
            working = [day for day in occasion if day in workdays]
            in_lieu = [day for day in occasion if day in in_lieu_days]
            weekdays = [day.isoweekday() for day in in_lieu if day.isoweekday() < FIRST_WEEKEND_DAY]
            weekdays_by_day |= zip(working, weekdays, strict=False)
    return weekdays_by_day


def _name_of(day: dt.date) -> str:
    return str(workdays[day] if day in workdays else in_lieu_days[day])


def _occasions(days: Iterable[dt.date]) -> Iterator[list[dt.date]]:
    """Return the days of one holiday, year by year."""
    together: list[dt.date] = []
    for day in sorted(days):
        if together and day - together[-1] > SAME_OCCASION_WITHIN:
            yield together
            together = []
        together.append(day)
    yield together
