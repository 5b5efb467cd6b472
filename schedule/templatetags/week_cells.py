"""The lessons of a week as HTML: hundreds of them, and each twice, take a template's own loops too long."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from edu_platform.lib.formatting import StateWords
from schedule.selectors.cards import LessonCard

register = template.Library()

IN_GRID = """
<a class="lesson {}" href="{}"><span class="lesson-course">{}</span> <span class="lesson-time">{}</span> {}<span class="lesson-rest">{}</span> {}{}</a>"""
IN_DAY = """
<li><a class="day-lesson {}" href="{}"><span class="times"><span class="lesson-time">{}</span> <span>{}</span></span> <span><span class="lesson-course">{}</span> {}<span class="lesson-rest">{}</span>{}</span> {}</a></li>"""
MARK = '{}<span class="{}"><span class="mark {}">{}</span></span>'
TOPIC = '<span class="lesson-topic">{}</span> '
REASON = ' <span class="lesson-rest">{}</span>'


@register.filter
def in_grid(cards: Iterable[LessonCard]) -> SafeString:
    """The lessons of one cell: of an hour of a day."""
    return format_html_join(
        "",
        IN_GRID,
        (
            (
                *(card.css_class, card.address, card.course, card.start_text),
                *(_topic_of(card), card.subtitle, _marks_of(card), _reason_of(card)),
            )
            for card in cards
        ),
    )


@register.filter
def in_day(cards: Iterable[LessonCard]) -> SafeString:
    """The lessons of one day, as the items of a list."""
    return format_html_join(
        "",
        IN_DAY,
        (
            (
                *(card.css_class, card.address, card.start_text, card.end_text),
                *(card.course, _topic_of(card), card.subtitle, _reason_of(card), _marks_of(card)),
            )
            for card in cards
        ),
    )


def _topic_of(card: LessonCard) -> str:
    return format_html(TOPIC, card.topic) if card.topic else ""


def _reason_of(card: LessonCard) -> str:
    return format_html(REASON, card.cancel_reason) if card.cancel_reason else ""


def _marks_of(card: LessonCard) -> SafeString:
    return _marks(card.marks, card.more_marks, card.opening if card.opens_later_today else "")


@lru_cache(maxsize=1024)  # a page has few different ones
def _marks(
    marks: tuple[StateWords, ...], more_marks: tuple[StateWords, ...], opening: str
) -> SafeString:
    shown = [("", "lesson-marks", each.css_class, f"{each.shape} {each.label}") for each in marks]
    shown += [
        ("", "lesson-marks lesson-more", each.css_class, f"{each.shape} {each.label}")
        for each in more_marks
    ]
    if opening:
        shown.append((" ", "lesson-marks", "soft", opening))
    return format_html_join("", MARK, shown)
