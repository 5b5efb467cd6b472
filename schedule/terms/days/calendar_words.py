"""Days of a term in words: what the school's calendar says of them, and which week a lesson belongs to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext

from edu_platform.lib.formatting import listed
from schedule.enums import DayKind
from schedule.history.words import names_text
from schedule.models import PlannedLesson, TermDay
from schedule.terms.days.calendar import TermCalendar
from schedule.terms.days.days_off import PartOff
from schedule.terms.days.national_calendar import name_in_words
from schedule.terms.words import periods_in_words, weekday_in_words


def where_from(planned: PlannedLesson, calendar: TermCalendar) -> str:
    """Say which week of the term's plan a lesson belongs to, with its parity: 第7周，单周，调休补周一."""
    day = calendar.at(planned.date)
    words = {
        "week": day.week,
        "parity": gettext("odd week") if day.is_odd else gettext("even week"),
    }
    if day.makes_up_for is None:
        return gettext("Week %(week)s, %(parity)s") % words
    words["weekday"] = weekday_in_words(day.makes_up_for)
    return gettext("Week %(week)s, %(parity)s, makes up for %(weekday)s") % words


def days_in_words(days: Sequence[TermDay]) -> str:
    """Say days of the school calendar that are alike: 周四、周五放假（国庆节）, or 周六补周一的课（国庆节）."""
    first = days[0]
    when = names_text(tuple(weekday_in_words(day.date.isoweekday()) for day in days))
    if first.kind == DayKind.HOLIDAY:
        words = gettext("%(days)s: holiday") % {"days": when}
    elif first.plan_weekday is None:
        words = gettext("%(days)s: school day") % {"days": when}
    else:
        placeholders = {"days": when, "weekday": weekday_in_words(first.plan_weekday)}
        words = gettext("%(days)s: lessons of %(weekday)s") % placeholders
    return _named(words, name_in_words(first.name))


def away_in_words(group_names: Iterable[str], names: Iterable[str]) -> str:
    """Name the class groups that a lesson is held without, and why: 七年级1班不上课（春游）."""
    words = gettext("Without %(groups)s") % {"groups": listed(group_names)}
    return _named(words, listed(dict.fromkeys(filter(None, names))))


def part_off_in_words(part: PartOff, first: dt.date, last: dt.date) -> str:
    """Say a part of days off as far as it lies in a week: 周三从第5节起放假（运动会）, or 周三放假：七年级1班（春游）."""
    first, last = max(first, part.first_day), min(last, part.last_day)
    when = weekday_in_words(first.isoweekday())
    if last != first:
        days = {"weekday": when, "other": weekday_in_words(last.isoweekday())}
        when = gettext("%(weekday)s to %(other)s") % days
    periods = off_periods_in_words(part.from_bell, part.until_bell)
    if periods:
        when = gettext("%(days)s %(periods)s") % {"days": when, "periods": periods}
    words = gettext("%(days)s: holiday") % {"days": when}
    if part.is_for_class_groups:
        placeholders = {"what": words, "groups": part.group_names}
        words = gettext("%(what)s for %(groups)s") % placeholders
    return _named(words, part.name)


def off_periods_in_words(from_bell: int | None, until_bell: int | None) -> str:
    """Say in which periods a day is off; empty for the whole day."""
    if from_bell is not None and until_bell is not None:
        return periods_in_words(from_bell, until_bell)
    if from_bell is not None:
        return gettext("from period %(number)s on") % {"number": from_bell}
    if until_bell is not None:
        return gettext("until period %(number)s") % {"number": until_bell}
    return ""


def _named(words: str, name: str) -> str:
    return gettext("%(what)s (%(name)s)") % {"what": words, "name": name} if name else words
