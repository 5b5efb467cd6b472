"""The grid of a term as HTML: thousands of cells take a template's own loops too long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape  # Django's own asks of each text what kind it is
from urllib.parse import quote_plus, urlencode

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from edu_platform.lib.moments import weekday_label
from schedule.matrix.columns import Column
from schedule.matrix.rows import Row, grouped
from schedule.matrix.table import Cell, Entry
from schedule.templatetags.matrix_cells import (
    COLGROUP,
    GRADE,
    HEAD,
    HEAD_TIME,
    OF_DAY,
    ONE,
    ROW_LINK,
    TIMES,
    mark_of,
    options_of,
    when,
)
from schedule.weekly_grid.pages import GridPage
from schedule.weekly_grid.places import EmptyPlace
from schedule.weekly_grid.ways import address_of, row_in_address

register = template.Library()

ROW = """
<tr id="r{}"><th scope="row">{}</th>{}</tr>"""
# The rows are periods where one alone is shown.
PERIOD = """
<tr><th scope="row">{}</th>{}</tr>"""
CELL = '<td id="{}">{}</td>'
LESSON = '<span class="grid-lesson"><a class="subject-{}" href="{}{}/{}">{}</a><a class="grid-move" href="{}{}/places/{}" aria-label="{}">⇄</a></span>'
RUNS_ON = '<span class="subject-{} is-going-on">{}</span>'
EMPTY_PLACE = '<a class="empty-place" href="{}" aria-label="{}"></a>'


@register.filter
def grid_facts(page: GridPage) -> str:
    count = page.matrix.facts.lessons
    words = ngettext("%(count)s weekly lesson", "%(count)s weekly lessons", count)
    return words % {"count": count}


@register.filter
def grid_table(page: GridPage) -> SafeString:
    """Write heads and rows: of one alone weekdays above periods, else a row for each."""
    parts = _of_one(page) if page.chosen_row else _of_all(page)
    return mark_safe("".join(parts))  # noqa: S308 -- every text is escaped


@register.filter
def grid_day(page: GridPage) -> SafeString:
    """Write one row on one weekday as a list, for narrow screens."""
    first, day = page.phone_day
    cells = Writer(page, id_prefix="p").cells(page.phone_row)[first : first + len(day.columns)]
    lines = (
        ONE.format(f'<span id="{place}">{when(column)}</span>', inside or "–")
        for column, (place, inside) in zip(day.columns, cells, strict=True)
        if inside or column.starts is not None
    )
    return mark_safe(f"<ol>{''.join(lines)}</ol>")  # noqa: S308 -- every text is escaped


@register.filter
def grid_options(page: GridPage) -> SafeString:
    """Write the choice of a row: all of them, below their grades."""
    groups = grouped(page.rows, is_by_teacher=page.choice.matrix.is_by_teacher)
    options = "".join(options_of(group, page.chosen_row) for group in groups)
    return mark_safe(options)  # noqa: S308 -- every text is escaped


def _of_all(page: GridPage) -> Iterable[str]:
    columns, writer = page.matrix.columns, Writer(page)
    heads = "".join(
        HEAD.format("", escape(column.head), _time(column)) for column in columns.columns
    )
    if page.choice.is_of_week:
        groups = "".join(COLGROUP.format(len(day.columns)) for day in columns.days)
        of_days = "".join(
            OF_DAY.format(len(day.columns), "", escape(weekday_label(day.date)))
            for day in columns.days
        )
        yield f'<colgroup span="1"></colgroup>{groups}'
        yield f'<thead><tr><td rowspan="2"></td>{of_days}</tr><tr>{heads}</tr></thead>'
    else:
        yield f"<thead><tr><td></td>{heads}</tr></thead>"
    for group in page.matrix.groups:
        head = GRADE.format(len(columns.columns) + 1, escape(group.name)) if group.name else ""
        yield f"<tbody>{head}{''.join(map(writer.row, group.rows))}</tbody>"


def _of_one(page: GridPage) -> Iterable[str]:
    """Yield the table of one row, turned round: its columns of one period stand beside each other."""
    days, cells = page.matrix.columns.days, Writer(page).cells(page.phone_row)
    heads = "".join(HEAD.format("", escape(weekday_label(day.date)), "") for day in days)
    yield f"<thead><tr><td></td>{heads}</tr></thead><tbody>"
    by_period: dict[tuple[bool, int, str], dict[int, tuple[Column, str]]] = {}
    numbered = [(number, column) for number, day in enumerate(days) for column in day.columns]
    for (number, column), (place, inside) in zip(numbered, cells, strict=True):
        if column.is_of_empty_day:
            continue
        key = not column.number and column.starts is None, column.number, str(column.starts or "")
        by_period.setdefault(key, {})[number] = column, CELL.format(place, inside)
    for _key, of_period in sorted(by_period.items(), key=lambda item: item[0]):
        head = when(next(column for column, _cell in of_period.values()))
        tds = (
            of_period[number][1] if number in of_period else "<td></td>"
            for number in range(len(days))
        )
        yield PERIOD.format(head, "".join(tds))
    yield "</tbody>"


def _time(column: Column) -> str:
    return HEAD_TIME.format(column.time) if column.time else ""


class Writer:
    """Writes the cells of one page, of what they have in common each text once."""

    def __init__(self, page: GridPage, id_prefix: str = "r") -> None:
        self._page, self._id_prefix = page, id_prefix
        self._lessons = reverse("schedule:weekly_lesson_change", args=[page.term.code, "CODE"])
        self._lessons = self._lessons.removesuffix("CODE/")
        self._new = reverse("schedule:weekly_lesson_new", args=[page.term.code])
        self._courses = {
            pk: f"<b>{escape(course.name)}</b>" for pk, course in page.lessons.courses.items()
        }
        query = urlencode(page.choice.as_query())
        self._back = f"?grid={quote_plus(f'{query}&at=' if query else 'at=')}"
        self._words = {"move": _("Where is it free?"), "new": _("New weekly lesson")}
        self._is_of_teacher = page.choice.matrix.is_by_teacher
        self._in_words = [escape(column.in_words) for column in page.matrix.columns.columns]

    def row(self, row: Row) -> str:
        cells = "".join([CELL.format(place, inside) for place, inside in self.cells(row)])
        return ROW.format(row.pk, self._head(row), cells)

    def cells(self, row: Row) -> list[tuple[str, str]]:
        """Write what stands in each column of a row, each with the name of its place in the page."""
        places = self._places(row)
        written = []
        for number, cell in enumerate(self._page.matrix.cells_of(row)):
            place = f"{self._id_prefix}{row.pk}-{number}"
            back = f"{self._back}{place}"
            inside = "\n".join([self._entry(entry, back, number) for entry in cell])
            if places and (new := places[number]) is not None:
                inside += self._empty_place(new, cell, row, number, back)
            written.append((place, inside))
        return written

    def _head(self, row: Row) -> str:
        address = address_of(self._page.term, self._page.choice.with_rows(row_key=row.key))
        return ROW_LINK.format(escape(address), escape(row.name))

    def _places(self, row: Row) -> Sequence[EmptyPlace | None]:
        if not row.is_current:
            return ()
        place_in, is_of_teacher = self._page.places.place_in, self._is_of_teacher
        columns = self._page.matrix.columns.columns
        return [place_in(column, row, is_of_teacher=is_of_teacher) for column in columns]

    def _empty_place(self, place: EmptyPlace, cell: Cell, row: Row, number: int, back: str) -> str:
        weeks = self._page.places.free_weeks(cell)
        if weeks is None:
            return ""
        query = row_in_address(self._page, row.key) | {"weekday": str(place.weekday)}
        if place.first_bell is None:
            query["start"] = place.starts.isoformat("minutes")
            if place.ends is not None:
                query["end"] = place.ends.isoformat("minutes")
        else:
            query["first_bell"] = str(place.first_bell)
        if weeks:
            query["weeks"] = weeks
        address = f"{self._new}{back}&{urlencode(query)}"
        label = f"{self._words['new']} {self._in_words[number]} {escape(row.name)}"
        return EMPTY_PLACE.format(escape(address), label)

    def _entry(self, entry: Entry, back: str, number: int) -> str:
        lesson, colour = entry.lesson, entry.course.colour
        if entry.runs_on:
            return RUNS_ON.format(colour, escape(entry.text))
        course = self._courses[lesson.course]
        times = TIMES.format(entry.times) if entry.times else ""
        marks = "".join(map(mark_of, entry.marks))
        inside = f"{course}{times} {escape(entry.other)}{marks}"
        move = f"{self._words['move']} {escape(entry.course.name)} {self._in_words[number]}"
        address = self._lessons, lesson.code, back
        return LESSON.format(colour, *address, inside, *address, move)
