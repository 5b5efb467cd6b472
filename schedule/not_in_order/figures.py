"""The figures above the school's day, each of which leads to what it counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import pgettext

from schedule.school_day_hooks import DayFigure, NotInOrder
from schedule.timetable.day import SchoolDay, to_be_covered_in_words
from schedule.timetable.day_filters import Shown

# What a style sheet makes of a figure.
ALARMING, WAITING = "is-alarming", "is-waiting"
OF_TODAY = (Shown.RUNNING, Shown.AWAITED, Shown.COMING, Shown.SUBSTITUTED)
OF_ANOTHER_DAY = (Shown.PLANNED, Shown.SUBSTITUTED)


@dataclass(frozen=True, slots=True)
class Figure:
    count: int
    words: str
    # What else is to be said of it; mostly nothing.
    note: str
    css_class: str
    address: str
    # Its lessons alone are looked at.
    is_chosen: bool = False


def shown_in_words(shown: Shown) -> str:
    if shown is Shown.RUNNING:
        return pgettext("figure", "In class now")
    if shown is Shown.AWAITED:
        return pgettext("figure", "Overdue, nobody there")
    if shown is Shown.COMING:
        return pgettext("figure", "Still to come today")
    if shown is Shown.SUBSTITUTED:
        return pgettext("figure", "Substituted")
    return pgettext("figure", "Lessons")


def figures_of(day: SchoolDay, chosen: Shown | None, addresses: dict[Shown, str]) -> list[Figure]:
    """Return the figures of the day's lessons, with these addresses."""
    return [
        _of_lessons(day, shown, addresses[shown], is_chosen=shown is chosen)
        for shown in (OF_TODAY if day.is_today else OF_ANOTHER_DAY)
    ]


def _of_lessons(day: SchoolDay, shown: Shown, address: str, *, is_chosen: bool) -> Figure:
    count, note, css_class = day.counts[shown], "", ""
    if shown is Shown.AWAITED and count:
        css_class = ALARMING
    if shown is Shown.SUBSTITUTED and day.to_be_covered:
        note, css_class = to_be_covered_in_words(day.to_be_covered), WAITING
    return Figure(count, shown_in_words(shown), note, css_class, address, is_chosen)


def further_figures(figures: Iterable[DayFigure], lines: Sequence[NotInOrder]) -> list[Figure]:
    """Return those of higher apps, by what the lines of the same kind count."""
    counts = [
        (figure, sum(line.count for line in lines if line.kind == figure.kind))
        for figure in figures
    ]
    return [
        Figure(count, figure.words, "", WAITING if count else "", figure.address)
        for figure, count in counts
    ]
