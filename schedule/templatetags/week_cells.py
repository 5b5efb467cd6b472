"""The lessons of a week as HTML: hundreds of them, and each twice, take a template's own loops too long."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from html import escape  # Django's own asks of each text what kind it is
from itertools import pairwise

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from edu_platform.lib.formatting import StateWords
from schedule.hooks import LinkedState
from schedule.templatetags.empty_place_links import around_places, texts_of_places
from schedule.timetable.cards import LessonCard
from schedule.timetable.empty_places import EmptyPlaces
from schedule.timetable.lanes import groups_of
from schedule.timetable.week_days import Day, Entry, OldPlace, break_between
from schedule.timetable.week_rows import RowKind, WeekRow
from schedule.timetable.weeks import Week

register = template.Library()

HEAD = """
<th scope="col"{}>{}<span class="weekday">{}</span> <span class="day-number">{}</span>{}{}</th>"""
LUNAR = ' <span class="lunar" lang="zh-Hans">{}</span>'
CURRENT = ' class="is-today" aria-current="date"'
TO_DAY = '<a href="{}{}">'
ROW = """
<tr{}><th scope="row">{}</th>{}</tr>"""
# The script finds the present row by its times; that of an hour by its head.
ROW_TIMES = ' data-starts="{}" data-ends="{}"'
ROW_CLASSES = {RowKind.PERIOD: "period", RowKind.BETWEEN: "between", RowKind.BREAK: "break"}
HEAD_TIMES = '<span class="row-times">{}</span>'
IN_GRID = """
<a class="lesson {} subject-{}" href="{}"><span class="lesson-course">{}</span> <span class="lesson-time">{}</span> {}{}<span class="lesson-rest">{}</span> {}{}</a>{}"""
IN_DAY = """
<li class="subject-{}"><a class="day-lesson {}" href="{}"><span class="times">{}<span class="lesson-time">{}</span> <span>{}</span></span> <span class="day-lesson-text"><span><span class="lesson-course">{}</span> {}<span class="lesson-rest">{}</span>{}</span> {}</span></a>{}</li>"""
OLD_IN_GRID = """
<a class="old-place" href="{}"><del>{} {}</del> <span class="old-place-news">{}</span></a>"""
OLD_IN_DAY = """
<li><a class="day-old-place" href="{}"><del class="times">{}</del> <span><del>{}</del> <span class="old-place-news">{}</span></span></a></li>"""


def _as_text(link: str) -> str:
    """Return the same where there is no address to lead to; its place takes the empty one."""
    return link.replace("<a ", "<div ").replace(' href="{}"', "{}").replace("</a>", "</div>")


# For families, who have no page of a lesson.
TEXT_OF = {link: _as_text(link) for link in (IN_GRID, IN_DAY, OLD_IN_GRID, OLD_IN_DAY)}
# Lessons at one time, each in a lane of its own.
BESIDE = """
<div class="lessons-beside">{}</div>"""
LANE = "<div>{}</div>"
# So many lessons that still run are named; of more, how many there are.
NAMED_AT_MOST = 2
RUNNING_ON = '<span class="running-on{}">{}</span>'
OF_SUBJECT = " subject-{}"
# The script moves it on; it says nothing that the states of lessons do not say.
NOW_IN_GRID = '<td><span class="now-line at-{:02}" data-key="now" aria-hidden="true"></span>'
STEP_SIXTIETHS = 5
NOW_IN_DAY = """
<li class="now-item" data-key="now">{}</li>"""
# The name of a long break, and of a shorter one the line alone.
BREAK_IN_DAY = """
<li class="day-break" data-key="break-{}">{}</li>"""
LINE_IN_DAY = """
<li class="day-break" data-key="break-{}" aria-hidden="true"></li>"""
DAY_BUTTON = """
<li>{}<span class="weekday">{}</span> <span class="day-number">{}</span>{}</li>"""
TO_DAY_BELOW = '<a href="#{}"{}>'
# Nothing leads to a day without lessons.
NO_DAY_BELOW = '<span class="no-lessons">'
MARK = '{}<span class="{}"><span class="mark {}">{}</span></span>'
# What the head of its row says is not seen again: who hears the page does not hear the head with each lesson.
PERIODS = '<span class="lesson-periods{}">{}</span> '
AS_ITS_ROW = " visually-hidden"
TOPIC = '<span class="lesson-topic">{}</span> '
REASON = ' <span class="lesson-rest">{}</span>'
# A link of its own, behind the lesson's: one link holds no other.
LINKED = ' <a class="lesson-linked{}" href="{}">{} <span class="mark {}">{} {}</span></a>'


@register.filter
def heads(days: Sequence[Day], days_url: str | None) -> SafeString:
    """Write the heads of the days' columns; with `days_url` each leads to the page of its day, which follows there."""
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
def rows(week: Week, places: EmptyPlaces | None) -> SafeString:
    """Write the rows of a week; with `places` the empty places that lie ahead lead to a new lesson."""
    texts = (
        ROW.format(_attributes(row), _head(row), "".join(_completed(_cells(row, places), row)))
        for row in week.rows
    )
    return mark_safe("".join(texts))  # noqa: S308 -- every text is escaped


def _attributes(row: WeekRow) -> str:
    if row.kind is RowKind.HOUR:
        return ""
    css_class = ROW_CLASSES[row.kind] + (" after-break" if row.is_after_break else "")
    return f' class="{css_class}"' + ROW_TIMES.format(row.start_text, row.end_text)


def _head(row: WeekRow) -> str:
    if row.kind is RowKind.HOUR:
        return row.times
    times = HEAD_TIMES.format(row.times) if row.times else ""
    return f"{escape(row.words)} {times}".strip()


def _cells(row: WeekRow, places: EmptyPlaces | None) -> list[str]:
    if places is None:
        return [f"<td>{_cell(cell, row.words)}</td>" for cell in row.cells]
    running = row.running_on or row.cells
    begin, end = around_places(places.address)
    links = [f"{begin}{text}{end}" if text else "" for text in texts_of_places(places.in_row(row))]
    return [
        f"<td>{_cell(cell, row.words) if cell or runs_on else link}</td>"
        for cell, runs_on, link in zip(row.cells, running, links, strict=True)
    ]


def _completed(written: list[str], row: WeekRow) -> list[str]:
    """Write the cells of a row, with what still runs from rows before, and the line of the present moment."""
    for column, running in enumerate(row.running_on):
        if running:
            written[column] = written[column].replace("<td>", f"<td>{_running_on(running)}", 1)
    if row.now is not None:
        step = row.now.sixtieths // STEP_SIXTIETHS * STEP_SIXTIETHS
        column = row.now.column
        written[column] = written[column].replace("<td>", NOW_IN_GRID.format(step), 1)
    return written


@register.filter
def in_day(day: Day) -> SafeString:
    """Write the lessons of one day, as the items of a list, with the breaks between them; today with the present moment."""
    entries = day.entries
    written = [_in_day(entry) for entry in entries]
    if day.breaks:
        for number, (before, after) in enumerate(pairwise(entries), start=1):
            written[number] = _break_in_day(before, after, day) + written[number]
    if day.begun is not None:
        written.insert(day.begun, NOW_IN_DAY.format(escape(_("Now"))))
    return mark_safe("".join(written))  # noqa: S308 -- every text is escaped


def _break_in_day(before: Entry, after: Entry, day: Day) -> str:
    between = break_between(before, after, day.breaks)
    if between is None:
        return ""
    if between.is_long:
        return BREAK_IN_DAY.format(between.starts, escape(between.words))
    return LINE_IN_DAY.format(between.starts)


@register.filter
def day_buttons(week: Week) -> SafeString:
    """Write the days of a week as the items of a list, each of which leads to its lessons further down."""
    listed = {day.date for day in (*week.earlier_days, *week.days_ahead)}
    return mark_safe(  # noqa: S308 -- every text is escaped
        "".join(
            DAY_BUTTON.format(
                TO_DAY_BELOW.format(day.anchor, CURRENT if day.is_today else "")
                if day.date in listed
                else NO_DAY_BELOW,
                escape(day.weekday),
                day.date.day,
                "</a>" if day.date in listed else "</span>",
            )
            for day in week.days
        )
    )


def _cell(entries: Sequence[Entry], of_row: str = "") -> str:
    """Write the lessons of a day that begin in a row: below each other, and beside each other when they overlap.

    `of_row` are the words of the row, if it is a period.
    """
    if len(entries) < 2:
        return "".join([_in_grid(entry, of_row) for entry in entries])
    written = []
    for lanes in groups_of(entries):
        lane_cells = ["".join([_in_grid(entry, of_row) for entry in lane]) for lane in lanes]
        is_alone = len(lane_cells) == 1
        written.append(
            lane_cells[0] if is_alone else BESIDE.format("".join(map(LANE.format, lane_cells)))
        )
    return "".join(written)


def _running_on(cards: Sequence[LessonCard]) -> str:
    """Write the lessons of rows before that still run, in words: they stand in another row."""
    count = len(cards)
    if count > NAMED_AT_MOST:
        words = ngettext(
            "%(count)s earlier lesson still runs", "%(count)s earlier lessons still run", count
        )
        return RUNNING_ON.format("", escape(words % {"count": count}))
    words = _("%(course)s runs until %(end)s")
    return "".join(
        RUNNING_ON.format(
            OF_SUBJECT.format(card.colour),
            escape(words % {"course": card.course, "end": card.end_text}),
        )
        for card in cards
    )


def _in_grid(entry: Entry, of_row: str) -> str:
    if isinstance(entry, OldPlace):
        card = entry.card
        texts = (card.address, card.course, entry.start_text, entry.news)
        return _led(OLD_IN_GRID, card).format(*map(escape, texts))
    card = entry
    return _led(IN_GRID, card).format(
        *(card.css_class, card.colour, escape(card.address), escape(card.course), card.start_text),
        *(periods_of(card, of_row), topic_of(card), escape(card.subtitle)),
        *(marks_of(card), reason_of(card)),
        linked_of(card.linked_states, OF_SUBJECT.format(card.colour)),
    )


def _in_day(entry: Entry) -> str:
    if isinstance(entry, OldPlace):
        card = entry.card
        texts = (card.address, entry.start_text, card.course, entry.news)
        return _led(OLD_IN_DAY, card).format(*map(escape, texts))
    card = entry
    return _led(IN_DAY, card).format(
        *(card.colour, card.css_class, escape(card.address), periods_of(card)),
        *(card.start_text, card.end_text, escape(card.course)),
        *(topic_of(card), escape(card.subtitle)),
        *(reason_of(card), marks_of(card)),
        linked_of(card.linked_states),
    )


def _led(link: str, card: LessonCard) -> str:
    return link if card.address else TEXT_OF[link]


def periods_of(card: LessonCard, of_row: str = "") -> str:
    if not card.periods:
        return ""
    return PERIODS.format(AS_ITS_ROW if card.periods == of_row else "", escape(card.periods))


def topic_of(card: LessonCard) -> str:
    return TOPIC.format(escape(card.topic)) if card.topic else ""


def reason_of(card: LessonCard) -> str:
    return REASON.format(escape(card.cancel_reason)) if card.cancel_reason else ""


@lru_cache(maxsize=1024)  # each stands on a page twice
def linked_of(states: tuple[LinkedState, ...], of_subject: str = "") -> SafeString:
    """Write the states beside a lesson; `of_subject` colours them as the lesson, where nothing around them does."""
    return format_html_join(
        "",
        LINKED,
        (
            (
                of_subject,
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
