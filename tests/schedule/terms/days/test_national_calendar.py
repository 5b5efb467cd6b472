"""China's holidays as they are known here, against a second source; and which weekday's plan a school day takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

import pytest
from chinese_calendar.constants import Holiday, holidays, in_lieu_days, workdays
from django.utils import translation

from schedule.enums import DayKind
from schedule.terms.days.national_calendar import (
    CHINA_TIME_ZONES,
    MAKES_UP,
    NAMES,
    NationalDay,
    name_in_words,
    name_to_keep,
    national_day,
    national_days,
    published_years,
    unpublished_years,
)

# The second source is right about these days, and the package behind the calendar is not.
LACKING = {
    # 2006's New Year's Day was a Sunday, and its Monday and Tuesday were free for it: the Saturday before was worked.
    dt.date(2005, 12, 31),
}


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.fixture(autouse=True)
def _in_china(settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"


def ends_of(years: Collection[int]) -> tuple[dt.date, dt.date]:
    return dt.date(min(years), 1, 1), dt.date(max(years), 12, 31)


def days_between(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]


def said_of(text: str) -> NationalDay | None:
    return national_day(day(text))


def test_two_sources_agree_on_which_days_are_worked():
    # Here, since it brings the holidays of all countries along, which every worker would read.
    from holidays.countries.china import China, ChinaStaticHolidays

    years = sorted(published_years() & ChinaStaticHolidays.special_public_holidays.keys())
    second = China(years=years)
    known = {each.date: each.kind for each in national_days(*ends_of(years))}

    differing = set()
    for date in days_between(*ends_of(years)):
        usual = DayKind.WORKDAY if date.isoweekday() < 6 else DayKind.HOLIDAY
        is_worked = known.get(date, usual) == DayKind.WORKDAY
        if date.year in years and is_worked != second.is_working_day(date):
            differing.add(date)

    assert len(years) > 20
    assert differing == LACKING


class TestHolidays:
    def test_have_their_chinese_names(self):
        names = {each.name for each in national_days(day("2026-01-01"), day("2026-12-31"))}

        assert {"元旦", "春节", "清明", "劳动节", "端午", "中秋", "国庆节", "国庆节调休"} <= names

    def test_are_whole_with_their_weekends(self):
        week = national_days(day("2026-10-01"), day("2026-10-07"))

        assert [each.date.day for each in week] == [1, 2, 3, 4, 5, 6, 7]
        assert {(each.kind, each.name) for each in week} == {(DayKind.HOLIDAY, "国庆节")}

    def test_usual_days_are_not_listed(self):
        assert national_days(day("2026-11-02"), day("2026-11-08")) == []
        assert said_of("2026-11-07") is None


class TestSchoolDays:
    @pytest.mark.parametrize(
        ("date", "weekday"),
        [
            ("2026-09-20", 2),  # for Tuesday, 6 October
            ("2026-10-10", 3),  # for Wednesday, 7 October
            ("2026-02-14", 5),
            ("2026-02-28", 1),
            ("2026-01-04", 5),
            ("2025-10-11", 3),
            ("2024-04-28", 4),
            ("2024-05-11", 5),
        ],
    )
    def test_take_the_plans_of_the_days_in_lieu_in_order(self, date: str, weekday: int):
        found = said_of(date)

        assert found is not None
        assert (found.kind, found.plan_weekday) == (DayKind.WORKDAY, weekday)

    def test_that_stand_for_no_day_take_no_other_plan(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setitem(workdays, day("2026-10-11"), "National Day")

        found = said_of("2026-10-11")

        assert found is not None
        assert (found.kind, found.plan_weekday) == (DayKind.WORKDAY, None)

    def test_every_one_has_a_proposal(self):
        found = national_days(*ends_of(published_years()))
        working = [each for each in found if each.kind == DayKind.WORKDAY]

        assert len(working) == len(workdays)
        assert all(each.plan_weekday in range(1, 6) for each in working)

    def test_no_day_in_lieu_is_taken_twice(self):
        free = [date.isoweekday() for date in in_lieu_days if date.year == 2026]
        found = national_days(day("2026-01-01"), day("2026-12-31"))

        assert sorted(each.plan_weekday for each in found if each.plan_weekday) == sorted(free)


class TestYears:
    def test_the_first_days_of_january_do_not_make_a_year_known(
        self, monkeypatch: pytest.MonkeyPatch
    ):
        coming = max(published_years()) + 1
        monkeypatch.setitem(holidays, dt.date(coming, 1, 1), "New Year's Day")

        assert unpublished_years(dt.date(coming - 1, 9, 1), dt.date(coming, 1, 31)) == [coming]

    def test_a_newer_package_knows_more(self, monkeypatch: pytest.MonkeyPatch):
        coming = max(published_years()) + 1
        monkeypatch.setitem(holidays, dt.date(coming, 10, 1), "National Day")

        assert unpublished_years(dt.date(coming, 1, 1), dt.date(coming + 1, 1, 1)) == [coming + 1]

    def test_years_before_all_that_is_known_are_not_awaited(self):
        assert unpublished_years(dt.date(1999, 1, 1), dt.date(2004, 12, 31)) == []


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Hong_Kong", "Asia/Singapore", "UTC"])
def test_schools_elsewhere_hear_nothing_of_it(zone: str, settings: Any):
    settings.TIME_ZONE = zone

    assert national_days(day("2026-01-01"), day("2026-12-31")) == []
    assert unpublished_years(dt.date(2099, 1, 1), dt.date(2100, 12, 31)) == []


@pytest.mark.parametrize("zone", sorted(CHINA_TIME_ZONES))
def test_all_time_zones_of_china_follow_it(zone: str, settings: Any):
    settings.TIME_ZONE = zone

    assert said_of("2026-10-01") is not None


@pytest.mark.parametrize("holiday", Holiday)
@pytest.mark.parametrize("ending", ["", MAKES_UP])
def test_name_is_in_the_language_of_its_reader(holiday: Holiday, ending: str):
    name = NAMES[holiday.value] + ending

    assert name_in_words(name) == name
    with translation.override("en"):
        words = name_in_words(name)
        assert words.isascii()
        assert name_to_keep(words) == name


@pytest.mark.parametrize("name", ["", "运动会", "补课调休", "调休"])
def test_name_of_the_school_stays(name: str):
    with translation.override("en"):
        assert (name_in_words(name), name_to_keep(name)) == (name, name)
