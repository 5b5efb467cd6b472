"""Properties of a term's calendar: weeks, parity, and days that take another weekday's plan."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from zoneinfo import ZoneInfo

from django.test import override_settings
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from schedule.enums import DayKind
from schedule.models import MOST_WEEKS, Course, TermDay, WeeklyLesson
from schedule.terms.bells.bell_lists import BellLists
from schedule.terms.days.calendar import TermCalendar
from schedule.terms.days.national_calendar import national_days
from schedule.terms.planning.placements import place
from schedule.terms.weekly_lessons.week_ranges import Weeks

MONDAYS = st.dates(dt.date(2004, 1, 5), dt.date(2040, 12, 31)).map(
    lambda day: day - dt.timedelta(days=day.weekday())
)
# Each example is a whole term, of hundreds of days.
SOME = settings(max_examples=40)
WEEKDAYS = st.integers(1, 7)
WEEKS = st.sampled_from(["", "odd", "even", "1-8", "3,5,7-9"]).map(Weeks)


@st.composite
def calendars(draw: st.DrawFn) -> TermCalendar:
    """A term of any length, with some days made holidays or school days of any weekday's plan."""
    first_monday, weeks = draw(MONDAYS), draw(st.integers(1, MOST_WEEKS))
    kinds = st.one_of(
        st.just((DayKind.HOLIDAY, None)), st.tuples(st.just(DayKind.WORKDAY), WEEKDAYS)
    )
    chosen = draw(st.dictionaries(st.integers(0, weeks * 7 - 1), kinds, max_size=20))
    days = {}
    for number, (kind, plan_weekday) in chosen.items():
        date = first_monday + dt.timedelta(days=number)
        days[date] = TermDay(date=date, kind=kind, plan_weekday=plan_weekday)
    return TermCalendar(first_monday, weeks, days)


@SOME
@given(calendars())
def test_each_day_lies_in_exactly_one_week_and_nothing_shifts_parity(calendar: TermCalendar):
    dates = list(calendar.dates())
    plain = TermCalendar(calendar.first_monday, calendar.weeks, {})

    assert Counter(each.week for each in dates) == dict.fromkeys(range(1, calendar.weeks + 1), 7)
    assert len({each.date for each in dates}) == len(dates)
    # Neither do holidays and school days.
    assert [(each.date, each.week, each.is_odd) for each in dates] == [
        (each.date, each.week, each.is_odd) for each in plain.dates()
    ]
    for each in dates:
        week_later = calendar.at(each.date + dt.timedelta(weeks=1))
        assert week_later.is_odd is not each.is_odd


@SOME
@given(calendars(), WEEKS)
def test_a_school_day_takes_the_plan_of_its_weekday_in_its_own_week_alone(
    calendar: TermCalendar, weeks: Weeks
):
    taken = {
        weekday: {each.date: each.week for each in calendar.dates_of(weekday, weeks)}
        for weekday in range(1, 8)
    }
    for date, day in calendar.days.items():
        week = (date - calendar.first_monday).days // 7 + 1
        is_held = day.kind == DayKind.WORKDAY and weeks.has(week)

        expected = {day.plan_weekday: week} if is_held else {}
        assert {n: dates[date] for n, dates in taken.items() if date in dates} == expected


@SOME
@given(calendars(), WEEKDAYS, WEEKS)
def test_each_plan_is_held_or_left_out_on_every_day_of_its_weekday(
    calendar: TermCalendar, weekday: int, weeks: Weeks
):
    """Count as held each of its weeks, less holidays and days that take another plan, and more that take it."""
    own = [
        each
        for each in calendar.days.values()
        if each.date.isoweekday() == weekday and weeks.has(calendar.at(each.date).week)
    ]
    left_out = [each for each in own if each.kind == DayKind.HOLIDAY]
    given_up = [each for each in own if each.plan_weekday not in (None, weekday)]
    made_up = [
        each for each in calendar.dates() if each.makes_up_for == weekday and weeks.has(each.week)
    ]

    held = len(calendar.dates_of(weekday, weeks))

    assert held == len(weeks.among(calendar.weeks)) - len(left_out) - len(given_up) + len(made_up)
    assert len(calendar.holidays_of(weekday, weeks)) == len(left_out)


@SOME
@given(MONDAYS, st.integers(1, 30))
def test_all_plans_of_a_term_in_china_make_up_its_days(first_monday: dt.date, weeks: int):
    with override_settings(TIME_ZONE="Asia/Shanghai"):
        national = national_days(first_monday, first_monday + dt.timedelta(days=weeks * 7 - 1))
    days = {
        each.date: TermDay(date=each.date, kind=each.kind, plan_weekday=each.plan_weekday)
        for each in national
    }
    calendar = TermCalendar(first_monday, weeks, days)

    held = sum(len(calendar.dates_of(weekday, Weeks())) for weekday in range(1, 8))

    assert held == weeks * 7 - sum(each.kind == DayKind.HOLIDAY for each in national)


# --- Where clocks change --------------------------------------------------------------------------

# Lessons around the hour that is skipped or there twice, and others.
MINUTES = st.one_of(st.integers(0, 4 * 60), st.integers(0, 23 * 60))


def at_minute(minutes: int) -> dt.time:
    return dt.time(minutes // 60, minutes % 60)


def sunday_weekly_lesson(start: int, length: int) -> WeeklyLesson:
    """One that needs no database."""
    weekly_lesson = WeeklyLesson(
        pk=1,
        course=Course(name="语文课"),
        teacher=User(username="li"),
        weekday=7,
        starts=at_minute(start),
        ends=at_minute(start + length),
    )
    prefetched: dict[str, list[object]] = {"class_groups": [], "assistants": []}
    weekly_lesson.__dict__["_prefetched_objects_cache"] = prefetched
    return weekly_lesson


def is_odd_hour(date: dt.date, time: dt.time) -> bool:
    """Tell whether Berlin's clocks skip this time that day, or have it twice: last Sundays of March and October."""
    is_last_sunday = date.isoweekday() == 7 and date.day > 24
    return is_last_sunday and date.month in (3, 10) and time.hour == 2


@SOME
@given(st.integers(2024, 2036), MINUTES, st.integers(5, 59))
@override_settings(TIME_ZONE="Europe/Berlin")
def test_lessons_keep_the_time_of_the_wall_where_clocks_change(year: int, start: int, length: int):
    first = dt.date(year, 2, 1)
    calendar = TermCalendar(first - dt.timedelta(days=first.weekday()), 44, {})
    weekly_lesson = sunday_weekly_lesson(start, length)

    found = place([weekly_lesson], calendar, BellLists())

    zone = ZoneInfo("Europe/Berlin")
    for placement in found.wanted:
        walls = [
            each.astimezone(zone) for each in (placement.plan.starts_at, placement.plan.ends_at)
        ]
        assert {wall.date() for wall in walls} == {placement.date}
        assert [wall.time() for wall in walls] == [weekly_lesson.starts, weekly_lesson.ends]
    assert all(each.reason for each in found.not_placed)
    assert {each.day.date for each in found.not_placed} == {
        each.date
        for each in calendar.dates_of(7, Weeks())
        if is_odd_hour(each.date, weekly_lesson.starts)
        or is_odd_hour(each.date, weekly_lesson.ends)
    }
    assert len(found.wanted) + len(found.not_placed) == 44


@override_settings(TIME_ZONE="Europe/Berlin")
def test_why_a_lesson_has_no_place_is_said():
    calendar = TermCalendar(dt.date(2027, 2, 1), 44, {})

    with translation.override("en"):
        found = place([sunday_weekly_lesson(2 * 60, 45)], calendar, BellLists())

    assert {each.day.date: each.reason for each in found.not_placed} == {
        dt.date(2027, 3, 28): "this time is skipped when the clocks go forward",
        dt.date(2027, 10, 31): "this time is there twice when the clocks go back",
    }
