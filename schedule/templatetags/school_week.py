"""The week of the whole school as HTML: hundreds of lessons, of each hour folded when they are many."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape  # Django's own asks of each text what kind it is

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from schedule.templatetags.week_cells import cell_of, marks_of, rows_of
from schedule.timetable.cards import LessonCard
from schedule.timetable.weeks import Entry, Week

register = template.Library()

# So many lessons of an hour are shown as in other weeks; of more, how many there are.
FOLDED_ABOVE = 3
LINE = """
<li><a class="line {}" href="{}">{} <b>{}</b> {} {}</a></li>"""
FOLDED = '<details class="folded"><summary>{}</summary><ul class="lines">{}</ul></details>'


@register.filter
def folded_hours(week: Week) -> SafeString:
    """The rows of the hours; what is too much for a cell is a list to open."""
    return rows_of((row, [f"<td>{_cell(cell)}</td>" for cell in row.cells]) for row in week.rows)


def _cell(entries: Sequence[Entry]) -> str:
    if len(entries) <= FOLDED_ABOVE:
        return cell_of(entries)
    cards = [entry for entry in entries if isinstance(entry, LessonCard)]
    count = len(cards)
    words = ngettext("%(count)s lesson", "%(count)s lessons", count) % {"count": count}
    return FOLDED.format(escape(words), "".join(map(_line, cards)))


def _line(card: LessonCard) -> str:
    # That a lesson is over, or can be entered, follows from the time.
    is_told = card.is_running or card.is_awaited or card.is_cancelled or card.is_draft
    marks = marks_of(card) if is_told or card.change_marks else ""
    texts = (card.css_class, card.address, card.start_text, card.course, card.subtitle)
    return LINE.format(*map(escape, texts), marks)
