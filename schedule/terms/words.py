"""Weekly lessons and periods in words: weekday, time or periods, and weeks."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext, pgettext

from edu_platform.lib.moments import WEEKDAYS
from schedule.models import BellTime, WeeklyLesson
from schedule.terms.weekly_lessons.week_ranges import EVEN, ODD, Weeks


def weekday_in_words(weekday: int) -> str:
    """1 is Monday."""
    return str(WEEKDAYS[weekday - 1])


def weeks_in_words(weeks: Weeks) -> str:
    if weeks.is_every:
        return gettext("every week")
    if weeks.text in (ODD, EVEN):
        return gettext("odd weeks") if weeks.text == ODD else gettext("even weeks")
    return gettext("weeks %(weeks)s") % {"weeks": weeks.text}


def week_in_words(week: int) -> str:
    """A week of a term, with its parity."""
    parity = gettext("odd weeks") if week % 2 else gettext("even weeks")
    return gettext("Week %(number)s") % {"number": week} + f" · {parity}"


def weeks_to_type(weeks: Weeks) -> str:
    """As `read_weeks` reads it again, in the language of the page; nothing for every week."""
    if weeks.text in (ODD, EVEN):
        return pgettext("weeks", "odd") if weeks.text == ODD else pgettext("weeks", "even")
    return weeks.text


def time_in_words(starts: dt.time, ends: dt.time) -> str:
    return f"{starts:%H:%M}–{ends:%H:%M}"


def periods_in_words(first: int, last: int) -> str:
    if first == last:
        return gettext("Period %(number)s") % {"number": first}
    return gettext("Periods %(first)s–%(last)s") % {"first": first, "last": last}


def bell_in_words(bell: BellTime) -> str:
    """第3节 10:00–10:45."""
    return f"{periods_in_words(bell.number, bell.number)} {time_in_words(bell.starts, bell.ends)}"


def no_such_period_in_words(number: int, list_name: str) -> str:
    """Say why a lesson by periods is held on no such day."""
    reason = gettext(
        "The bell times “%(list)s”, which hold on this day, have no period %(number)s."
    )
    return reason % {"list": list_name, "number": number}


def different_lists_in_words(names: str, starts: dt.time, ends: dt.time) -> str:
    """Say that a weekly lesson of these class groups is held by the clock, since their lists of bell times differ."""
    reason = gettext(
        "These class groups have different bell times, on some days at least: %(names)s. On such days the lesson is held from %(start)s to %(end)s, as the term's own bell times have these periods."
    )
    return reason % {"names": names, "start": f"{starts:%H:%M}", "end": f"{ends:%H:%M}"}


def weekly_lesson_in_words(weekly_lesson: WeeklyLesson) -> str:
    """Course, weekday, time and weeks of a weekly lesson."""
    parts = [
        weekly_lesson.course.name,
        weekday_in_words(weekly_lesson.weekday),
        time_in_words(weekly_lesson.starts, weekly_lesson.ends),
    ]
    if weekly_lesson.weeks:
        parts.append(weeks_in_words(Weeks(weekly_lesson.weeks)))
    return " ".join(parts)


def weekly_lesson_in_a_sentence(weekly_lesson: WeeklyLesson) -> str:
    """Name a weekly lesson as part of a sentence."""
    return gettext("the weekly lesson %(lesson)s") % {
        "lesson": weekly_lesson_in_words(weekly_lesson)
    }
