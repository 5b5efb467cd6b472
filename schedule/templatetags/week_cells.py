"""The lessons of a week as HTML: hundreds of them, and each twice, take a template's own loops too long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import escape  # Django's own asks of each text what kind it is

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from edu_platform.lib.formatting import StateWords
from schedule.hooks import LinkedState
from schedule.timetable.cards import LessonCard
from schedule.timetable.lanes import groups_of
from schedule.timetable.weeks import Day, EmptyPlaces, Entry, HourRow, OldPlace, Week

register = template.Library()

HEAD = """
<th scope="col"{}>{}<span class="weekday">{}</span> <span class="day-number">{}</span>{}{}</th>"""
LUNAR = ' <span class="lunar" lang="zh-Hans">{}</span>'
CURRENT = ' class="is-today" aria-current="date"'
TO_DAY = '<a href="{}{}">'
ROW = """
<tr><th scope="row">{}{}</th>{}</tr>"""
HOUR_PERIODS = ' <span class="hour-periods">{}</span>'
IN_GRID = """
<a class="lesson {}" href="{}"><span class="lesson-course">{}</span> <span class="lesson-time">{}</span> {}{}<span class="lesson-rest">{}</span> {}{}</a>{}"""
IN_DAY = """
<li><a class="day-lesson {}" href="{}"><span class="times"><span class="lesson-time">{}</span> <span>{}</span></span> <span><span class="lesson-course">{}</span> {}{}<span class="lesson-rest">{}</span>{}</span> {}</a>{}</li>"""
OLD_IN_GRID = """
<a class="old-place" href="{}"><del>{} {}</del> <span class="old-place-news">{}</span></a>"""
OLD_IN_DAY = """
<li><a class="day-old-place" href="{}"><del class="times">{}</del> <span><del>{}</del> <span class="old-place-news">{}</span></span></a></li>"""
# Lessons at one time, each in a lane of its own.
BESIDE = """
<div class="lessons-beside">{}</div>"""
LANE = "<div>{}</div>"
# So many lessons that still run are named; of more, how many there are.
NAMED_AT_MOST = 2
RUNNING_ON = '<span class="running-on">{}</span>'
# The script moves it on; it says nothing that the states of lessons do not say.
NOW_IN_GRID = '<td><span class="now-line at-{:02}" data-key="now" aria-hidden="true"></span>'
MINUTES_A_STEP = 5
NOW_IN_DAY = """
<li class="now-item" data-key="now">{}</li>"""
MARK = '{}<span class="{}"><span class="mark {}">{}</span></span>'
PERIODS = '<span class="lesson-periods">{}</span> '
TOPIC = '<span class="lesson-topic">{}</span> '
REASON = ' <span class="lesson-rest">{}</span>'
# A link of its own, behind the lesson's: one link holds no other.
LINKED = ' <a class="lesson-linked" href="{}">{} <span class="mark {}">{} {}</span></a>'


@register.filter
def heads(days: Sequence[Day], days_url: str | None) -> SafeString:
    """The heads of the days' columns; with `days_url` each leads to the page of its day, which follows there."""
    address, end = ("", "") if days_url is None else (escape(days_url), "</a>")
    return mark_safe(  # noqa: S308 -- every text is escaped
        "".join(
            HEAD.format(
                CURRENT if day.is_today else "",
                TO_DAY.format(address, day.date) if address else "",
                *(escape(day.weekday), day.date.day),
                *(LUNAR.format(day.lunar) if day.lunar else "", end),
            )
            for day in days
        )
    )


@register.filter
def hours(week: Week, places: EmptyPlaces | None) -> SafeString:
    """The rows of the hours; with `places` the empty places that lie ahead lead to a new lesson."""
    return rows_of((row, _cells(row, places)) for row in week.rows)


def rows_of(written: Iterable[tuple[HourRow, list[str]]]) -> SafeString:
    """The rows of these hours, of each with its cells, one a day."""
    rows = (
        ROW.format(
            row.label,
            HOUR_PERIODS.format(escape(row.periods)) if row.periods else "",
            "".join(_completed(cells, row)),
        )
        for row, cells in written
    )
    return mark_safe("".join(rows))  # noqa: S308 -- every text is escaped


def _cells(row: HourRow, places: EmptyPlaces | None) -> list[str]:
    if places is None:
        return [f"<td>{cell_of(cell)}</td>" for cell in row.cells]
    hour, hour_text = row.hour, f"{row.hour:02}"
    return [
        f'{before}{hour_text}{after}{hour_text}:00"></a></td>'
        if not cell and hour >= ahead
        else f"<td>{cell_of(cell)}</td>"
        for cell, (before, after, ahead) in zip(row.cells, places.columns, strict=True)
    ]


def _completed(written: list[str], row: HourRow) -> list[str]:
    """The cells of an hour, with what still runs from hours before, and the line of the present moment."""
    for column, running in enumerate(row.running_on):
        written[column] = written[column].replace("<td>", f"<td>{running_on(running)}", 1)
    if row.now is not None:
        column, minute = row.now
        line = NOW_IN_GRID.format(minute // MINUTES_A_STEP * MINUTES_A_STEP)
        written[column] = written[column].replace("<td>", line, 1)
    return written


@register.filter
def in_day(day: Day) -> SafeString:
    """The lessons of one day, as the items of a list; today with one where the present moment lies."""
    written = [_in_day(entry) for entry in day.entries]
    if day.begun is not None:
        written.insert(day.begun, NOW_IN_DAY.format(escape(_("Now"))))
    return mark_safe("".join(written))  # noqa: S308 -- every text is escaped


def cell_of(entries: Sequence[Entry]) -> str:
    """The lessons of a day that begin in an hour: below each other, and beside each other when they overlap."""
    if len(entries) < 2:
        return "".join(map(_in_grid, entries))
    written = []
    for lanes in groups_of(entries):
        lane_cells = ["".join(map(_in_grid, lane)) for lane in lanes]
        is_alone = len(lane_cells) == 1
        written.append(
            lane_cells[0] if is_alone else BESIDE.format("".join(map(LANE.format, lane_cells)))
        )
    return "".join(written)


def running_on(cards: Sequence[LessonCard]) -> str:
    """The lessons of hours before that still run, in words: they stand in another row."""
    if not cards:
        return ""
    count = len(cards)
    if count > NAMED_AT_MOST:
        words = ngettext(
            "%(count)s earlier lesson still runs", "%(count)s earlier lessons still run", count
        )
        sentences = [words % {"count": count}]
    else:
        words = _("%(course)s runs until %(end)s")
        sentences = [words % {"course": card.course, "end": card.end_text} for card in cards]
    return "".join(RUNNING_ON.format(escape(sentence)) for sentence in sentences)


def _in_grid(entry: Entry) -> str:
    if isinstance(entry, OldPlace):
        card = entry.card
        texts = (card.address, card.course, entry.start_text, entry.news)
        return OLD_IN_GRID.format(*map(escape, texts))
    card = entry
    return IN_GRID.format(
        *map(escape, (card.css_class, card.address, card.course, card.start_text)),
        *(periods_of(card), topic_of(card), escape(card.subtitle)),
        *(marks_of(card), reason_of(card)),
        linked_of(card.linked_states),
    )


def _in_day(entry: Entry) -> str:
    if isinstance(entry, OldPlace):
        card = entry.card
        texts = (card.address, entry.start_text, card.course, entry.news)
        return OLD_IN_DAY.format(*map(escape, texts))
    card = entry
    return IN_DAY.format(
        *map(escape, (card.css_class, card.address, card.start_text, card.end_text, card.course)),
        *(periods_of(card), topic_of(card), escape(card.subtitle)),
        *(reason_of(card), marks_of(card)),
        linked_of(card.linked_states),
    )


def periods_of(card: LessonCard) -> str:
    return PERIODS.format(escape(card.periods)) if card.periods else ""


def topic_of(card: LessonCard) -> str:
    return TOPIC.format(escape(card.topic)) if card.topic else ""


def reason_of(card: LessonCard) -> str:
    return REASON.format(escape(card.cancel_reason)) if card.cancel_reason else ""


@lru_cache(maxsize=1024)  # each stands on a page twice
def linked_of(states: tuple[LinkedState, ...]) -> SafeString:
    return format_html_join(
        "",
        LINKED,
        (
            (
                linked.address,
                linked.what,
                linked.state.css_class,
                linked.state.shape,
                linked.state.label,
            )
            for linked in states
        ),
    )


def marks_of(card: LessonCard) -> SafeString:
    more = (*card.change_marks, *card.more_marks) if card.change_marks else card.more_marks
    return _marks(card.marks, more, card.opening if card.opens_later_today else "")


@lru_cache(maxsize=1024)  # a page has few different ones
def _marks(
    marks: tuple[StateWords, ...], more_marks: tuple[StateWords, ...], opening: str
) -> SafeString:
    mark_texts = [
        ("", "lesson-marks", mark.css_class, f"{mark.shape} {mark.label}") for mark in marks
    ]
    mark_texts += [
        ("", "lesson-marks lesson-more", mark.css_class, f"{mark.shape} {mark.label}")
        for mark in more_marks
    ]
    if opening:
        mark_texts.append((" ", "lesson-marks", "soft", opening))
    return format_html_join("", MARK, mark_texts)
