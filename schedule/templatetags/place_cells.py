"""The places of a lesson as HTML: a hundred cells of many kinds take a template's own loops too long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape  # Django's own asks of each text what kind it is

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from schedule.places.grid import Cell, DayHead, GridRow, TakenBy
from schedule.places.lesson_places import PlaceKind

register = template.Library()

ROW = """
<tr><th scope="row">{}<span class="row-times">{}</span></th>{}</tr>"""
TD = '<td data-day="{}"{}>{}</td>'
TIMES = '<span class="place-times">{}</span> '
# The place to which it leads is heard, and seen from where it stands.
BUTTON = """<button class="place-button" name="place" value="{}">{}<span class="visually-hidden"> {}</span></button>"""
TAKEN = '<span class="place-taken"><span>{}</span> <a href="{}">{}</a></span>'
MORE = '<span class="place-taken">{}</span>'
HERE = '<span class="place-here" data-dragged>{}</span>'
SOFT = '<span class="soft">{}</span>'
NOTE = ' <span class="place-note soft">{}</span>'
CLASSES = {PlaceKind.FREE: "is-free", PlaceKind.SWAP: "is-swap", PlaceKind.HERE: "is-here"}


@register.simple_tag
def place_rows(rows: Sequence[GridRow], days: Sequence[DayHead], lesson: str) -> SafeString:
    """Return the rows of the table; `lesson` is what the card says that can be dragged."""
    filling = _Filling(days, lesson)
    return mark_safe("".join(map(filling.row, rows)))  # noqa: S308 -- each part escapes what it shows


class _Filling:
    def __init__(self, days: Sequence[DayHead], lesson: str) -> None:
        self._days = [escape(day.label) for day in days]
        self._lesson = escape(lesson)
        self._free = escape(pgettext("place", "Free"))
        self._swap = escape(pgettext("two lessons", "Swap"))
        self._words: Mapping[PlaceKind, str] = {
            PlaceKind.PAST: SOFT.format(escape(pgettext("place", "Over"))),
            PlaceKind.OFF: SOFT.format(escape(_("Holiday"))),
        }

    def row(self, row: GridRow) -> str:
        cells = zip(self._days, row.cells, strict=True)
        return ROW.format(
            escape(row.head),
            escape(row.times),
            "".join(self._td(day, cells_of_day) for day, cells_of_day in cells),
        )

    def _td(self, day: str, cells: Sequence[Cell]) -> str:
        classes = " ".join(filter(None, (CLASSES.get(cell.kind) for cell in cells)))
        inner = "".join(map(self._place, cells))
        return TD.format(day, f' class="{classes}"' if classes else "", inner)

    def _place(self, cell: Cell) -> str:
        times = TIMES.format(escape(cell.times)) if cell.times else ""
        note = NOTE.format(escape(cell.note)) if cell.note else ""
        if cell.kind is PlaceKind.HERE:
            return times + HERE.format(self._lesson) + note
        if cell.kind is PlaceKind.FREE:
            return times + BUTTON.format(escape(cell.value), self._free, escape(cell.label)) + note
        if cell.kind is PlaceKind.SWAP:
            where = escape(f"{cell.other} {cell.label}")
            button = BUTTON.format(escape(cell.value), self._swap, where)
            return times + _taken(cell) + button + note
        return times + (self._words.get(cell.kind) or _taken(cell))


def _taken(cell: Cell) -> str:
    named = "".join(map(_taken_by, cell.taken))
    if not cell.more:
        return named
    more = ngettext("and %(count)s more lesson", "and %(count)s more lessons", cell.more)
    return named + MORE.format(escape(more % {"count": cell.more}))


def _taken_by(taken: TakenBy) -> str:
    return TAKEN.format(escape(taken.who), escape(taken.address), escape(taken.lesson))
