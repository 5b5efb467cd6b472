"""School years: when one begins, and how it is called."""

from __future__ import annotations

import datetime as dt

# The month and day: the school year begins with the week that holds it, as terms begin with a Monday.
BEGINS_IN_WEEK_OF = (9, 1)


def first_day_of(school_year: int) -> dt.date:
    """Return the day on which the school year begins that is called by this year."""
    day = dt.date(school_year, *BEGINS_IN_WEEK_OF)
    return day - dt.timedelta(days=day.weekday())


def last_day_of(school_year: int) -> dt.date:
    return first_day_of(school_year + 1) - dt.timedelta(days=1)


def school_year_of(day: dt.date) -> int:
    """Return the school year that a day lies in, as the year in which it began."""
    return day.year if day >= first_day_of(day.year) else day.year - 1


def school_year_in_words(school_year: int) -> str:
    return f"{school_year}–{school_year + 1}"
