"""Proposals for a new school year, by the grades in the names of class groups, and the day on which it begins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from edu_platform.lib.natural_order import sorted_names
from schedule.class_groups.grades import Grade, grade_in_name, next_grade
from schedule.models import Term
from schedule.school_year.wish import STAYS, WishedRow, YearAction
from schedule.school_years import first_day_of, school_year_of

# A school year begins with its first term, whose first Monday is not farther than this from the usual day.
NEAR = dt.timedelta(days=31)
# So late somebody may still begin it.
LATE = dt.timedelta(days=30)
# Farther ahead than this it is more likely a mistake than a preparation: somebody has to say that it is meant.
FAR_AHEAD = dt.timedelta(days=92)
# Another one begins no sooner after the one before.
SHORTEST_YEAR = dt.timedelta(days=200)


@dataclass(frozen=True, slots=True)
class TopGrade:
    """A grade with which the school may end."""

    grade: str
    # What the next grade is called.
    next: str
    # It leaves, unless somebody says that it rises.
    leaves: bool


def top_grades(names: Iterable[str]) -> list[TopGrade]:
    """Return the grades of which the school says whether they leave; the very last of all schools are not among them."""
    present = _grades_of(names)
    tops: dict[str, TopGrade] = {}
    for grade in present:
        later = next_grade(grade, present)
        is_highest = later not in present
        if later is not None and (is_highest or grade.may_be_the_last):
            leaves = is_highest and grade.may_be_the_last
            tops[str(grade)] = TopGrade(str(grade), str(later), leaves)
    return [tops[text] for text in sorted_names(tops)]


def proposed_rows(names: Iterable[str], leaving: Collection[str]) -> dict[str, WishedRow]:
    """Return what is proposed for each of these class groups, by name; `leaving` are grades that leave."""
    names = list(names)
    present = _grades_of(names)
    return {name: _proposed(name, present, leaving) for name in names}


def _proposed(name: str, present: Collection[Grade], leaving: Collection[str]) -> WishedRow:
    named = grade_in_name(name)
    if named is None:
        return STAYS
    later = next_grade(named.grade, present)
    if later is None or str(named.grade) in leaving:
        return WishedRow(YearAction.LEAVE)
    return WishedRow(YearAction.RISE, named.with_grade(later))


def _grades_of(names: Iterable[str]) -> frozenset[Grade]:
    return frozenset(named.grade for named in map(grade_in_name, names) if named is not None)


def usual_first_day(today: dt.date, *, last_begun: dt.date | None = None) -> dt.date:
    """Return the first day of the next school year: that of its first term, else the usual one; one query.

    `last_begun` is the first day of the school year that has begun already.
    """
    school_year = school_year_of(today - LATE) + 1
    day = first_day_of(school_year)
    if last_begun is not None and day < last_begun + SHORTEST_YEAR:
        day = first_day_of(school_year + 1)
    near = Term.objects.filter(first_monday__range=(day - NEAR, day + NEAR))
    first_mondays = near.order_by("first_monday").values_list("first_monday", flat=True)
    return first_mondays.first() or day
