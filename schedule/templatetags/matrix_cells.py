"""A matrix as HTML: thousands of cells take a template's own loops too long."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from html import escape  # Django's own asks of each text what kind it is

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from edu_platform.lib.http import with_query
from schedule.matrix.columns import Column
from schedule.matrix.labels import CourseLabels
from schedule.matrix.marks import Mark
from schedule.matrix.pages import MatrixPage
from schedule.matrix.rows import Row, RowGroup, grouped
from schedule.matrix.table import Cell, Entry
from schedule.matrix.words import day_in_words, facts_in_words
from schedule.templatetags.empty_place_links import around_places, texts_of_places
from schedule.templatetags.week_cells import CURRENT
from schedule.terms.bells.bell_times import Bells
from schedule.terms.words import time_in_words

register = template.Library()

HEAD = '<th scope="col"{}>{}{}</th>'
HEAD_TIME = ' <span class="matrix-time">{}</span>'
OF_DAY = """
<th scope="colgroup" colspan="{}"{}>{}</th>"""
COLGROUP = '<colgroup span="{}"></colgroup>'
GRADE = """
<tr class="matrix-grade"><th scope="rowgroup" colspan="{}"><span>{}</span></th></tr>"""
ROW = """
<tr><th scope="row">{}</th>{}</tr>"""
ROW_LINK = '<a href="{}">{}</a>'
MARK = ' <span class="matrix-mark {}" role="img" title="{}" aria-label="{}">{}</span>'
TIMES = ' <span class="matrix-time">{}</span>'
ONE = """
<li><span class="matrix-when">{}</span> <span class="matrix-what">{}</span></li>"""
ONE_DAY = """
<h3>{}</h3>"""
OPTION = '<option value="{}"{}>{}</option>'
OPTIONS = '<optgroup label="{}">{}</optgroup>'


@register.filter
def matrix_facts(page: MatrixPage) -> str:
    return " · ".join(facts_in_words(page))


@register.filter
def matrix_heads(page: MatrixPage) -> SafeString:
    """Write the columns, and their heads; of a week in two lines, days above periods."""
    days = page.matrix.columns.days
    today = timezone.localdate(page.at)
    heads = "".join(
        HEAD.format("", escape(column.head), HEAD_TIME.format(column.time) if column.time else "")
        for column in page.matrix.columns.columns
    )
    if not page.choice.is_of_week:
        return mark_safe(f"<thead><tr><td></td>{heads}</tr></thead>")  # noqa: S308 -- every text is escaped
    groups = "".join(COLGROUP.format(len(day.columns)) for day in days)
    of_days = "".join(
        OF_DAY.format(
            len(day.columns), CURRENT if day.date == today else "", escape(day_in_words(day.date))
        )
        for day in days
    )
    return mark_safe(  # noqa: S308 -- every text is escaped
        f'<colgroup span="1"></colgroup>{groups}'
        f'<thead><tr><td rowspan="2"></td>{of_days}</tr><tr>{heads}</tr></thead>'
    )


@register.filter
def matrix_body(page: MatrixPage) -> SafeString:
    """Write the rows; with grades above theirs, and links to new lessons where a planner may begin one."""
    writer = Writer(page)
    width = len(page.matrix.columns.columns) + 1
    written = []
    for group in page.matrix.groups:
        head = GRADE.format(width, escape(group.name)) if group.name else ""
        written.append(f"<tbody>{head}{''.join(map(writer.row, group.rows))}</tbody>")
    return mark_safe("\n".join(written))  # noqa: S308 -- every text is escaped


@register.filter
def matrix_one(page: MatrixPage) -> SafeString:
    """Write one row as lists, for narrow screens: what each of its days has in each period."""
    writer, row = Writer(page), page.phone_row
    cells = writer.cells(row)
    written = []
    first = 0
    for day in page.matrix.columns.days:
        of_day = cells[first : first + len(day.columns)]
        first += len(day.columns)
        if page.choice.is_of_week:
            written.append(ONE_DAY.format(escape(day_in_words(day.date))))
        lines = (
            ONE.format(when(column), inside or "–")
            for column, inside in zip(day.columns, of_day, strict=True)
            if inside or column.starts is not None
        )
        written.append(f"<ol>{''.join(lines)}</ol>")
    return mark_safe("".join(written))  # noqa: S308 -- every text is escaped


@register.filter
def matrix_options(page: MatrixPage) -> SafeString:
    """Write the choice of a row: all of them, below their grades."""
    chosen = page.phone_row
    groups = grouped(page.rows, is_by_teacher=page.choice.is_by_teacher)
    return mark_safe("".join(options_of(group, chosen) for group in groups))  # noqa: S308 -- every text is escaped


def options_of(group: RowGroup, chosen: Row | None) -> str:
    options = "".join(
        OPTION.format(escape(row.key), " selected" if row == chosen else "", escape(row.name))
        for row in group.rows
    )
    return OPTIONS.format(escape(group.name), options) if group.name else options


def when(column: Column) -> str:
    head = escape(column.head)
    if column.number and column.starts and column.ends:
        return head + TIMES.format(time_in_words(column.starts, column.ends))
    return head


class Writer:
    """Writes the rows of one page, of what its cells have in common each text once."""

    def __init__(self, page: MatrixPage) -> None:
        self._page = page
        self._opens_all = page.opens_all
        self._before, self._after = reverse("schedule:lesson", args=["CODE"]).rsplit("CODE")
        self._others: dict[str, str] = {}
        self._courses: dict[int, tuple[int, str]] = {
            pk: (course.colour, f"<b>{escape(course.name)}</b>")
            for pk, course in page.lessons.courses.items()
        }
        self._weeks = {"day": reverse("schedule:week", args=[page.day])} if page.may_choose else {}
        self._new_lesson = reverse("schedule:lesson_new") if page.may_begin_lessons else ""
        columns = page.matrix.columns.columns if self._new_lesson else ()
        self._places = self._places_ahead(columns)
        self._places_by_bells: dict[tuple[Bells, ...], list[str]] = {}

    def row(self, row: Row) -> str:
        cells = "".join([f"<td>{inside}</td>" for inside in self.cells(row)])
        return ROW.format(self._head(row), cells)

    def cells(self, row: Row) -> list[str]:
        """Write what stands in each column of a row."""
        written = [self._cell(cell) for cell in self._page.matrix.cells_of(row)]
        if self._new_lesson and row.is_current:
            address = with_query(self._new_lesson, self._query(row))
            begin, end = around_places(address, row.name)
            for number, place in enumerate(self._places_of(row)):
                if place and not written[number]:
                    written[number] = f"{begin}{place}{end}"
        return written

    def _head(self, row: Row) -> str:
        if not self._weeks or not row.is_current:
            return escape(row.name)
        address = with_query(self._weeks["day"], self._query(row))
        return ROW_LINK.format(escape(address), escape(row.name))

    def _query(self, row: Row) -> dict[str, str]:
        return {"teacher" if self._page.choice.is_by_teacher else "class_group": row.key}

    def _places_of(self, row: Row) -> list[str]:
        """Return the same for a class group, which may have other bell times than most; a teacher has those of most."""
        bell_lists, days = self._page.bell_lists, self._page.matrix.columns.days
        if self._page.choice.is_by_teacher or not bell_lists.are_several:
            return self._places
        member = (row.pk, row.grade)
        held = tuple(bell_lists.shown_for([member], day.date) for day in days)
        if held not in self._places_by_bells:
            columns = [
                column.in_list(bells)
                for bells, day in zip(held, days, strict=True)
                for column in day.columns
            ]
            self._places_by_bells[held] = self._places_ahead(columns)
        return self._places_by_bells[held]

    def _places_ahead(self, columns: Iterable[Column]) -> list[str]:
        """Return what links to empty places say of each column; an empty text of what is over."""
        now = timezone.localtime(self._page.at)
        places = (column.empty_place for column in columns)
        return texts_of_places(
            [place if place is not None and place.lies_ahead(now) else None for place in places]
        )

    def _cell(self, cell: Cell) -> str:
        if len(cell) == 1:
            return self._entry(cell[0])
        return "\n".join(map(self._entry, cell))

    def _entry(self, entry: Entry) -> str:
        lesson = entry.lesson
        colour, course = self._courses[lesson.course]
        css_class = f"subject-{colour}"
        if entry.runs_on:
            inside, css_class = escape(entry.text), f"{css_class} is-going-on"
        else:
            other = self._others.get(entry.other)
            if other is None:
                other = self._others[entry.other] = escape(entry.other)
            times = TIMES.format(entry.times) if entry.times else ""
            inside = f"{course}{times} {other}"
            if entry.marks:
                inside += "".join(map(mark_of, entry.marks))
                css_class += entry.css_class
        if self._opens_all or self._page.may_open(lesson):
            return f'<a class="{css_class}" href="{self._before}{lesson.code}{self._after}">{inside}</a>'
        return f'<span class="{css_class}">{inside}</span>'


@lru_cache(maxsize=256)  # a page has few different ones
def mark_of(mark: Mark) -> str:
    state = mark.state
    label = escape(state.label)
    return MARK.format(state.css_class, label, label, escape(state.shape))


# --- On paper -----------------------------------------------------------------------------------

SHEET_ENTRY = '<span class="{}"><b title="{}">{}</b>{} <i>{}</i>{}</span>'
SHEET_MARK = " <em>{}</em>"


@register.simple_tag
def matrix_sheet(page: MatrixPage, group: RowGroup, labels: CourseLabels) -> SafeString:
    """Write the rows of a grade as they stand on paper, courses by their labels."""
    rows = (
        ROW.format(
            escape(row.name),
            "".join(
                f"<td>{' '.join(_on_paper(entry, labels) for entry in cell)}</td>"
                for cell in page.matrix.cells_of(row)
            ),
        )
        for row in group.rows
    )
    return mark_safe("".join(rows))  # noqa: S308 -- every text is escaped


def _on_paper(entry: Entry, labels: CourseLabels) -> str:
    css_class = f"subject-{entry.course.colour}"
    name = entry.course.name
    label = escape(labels[name])
    if entry.runs_on:
        return (
            f'<span class="{css_class} is-going-on"><b title="{escape(name)}">{label}</b> ←</span>'
        )
    lasting = (mark for mark in entry.marks if not mark.is_for_screens)
    marks = "".join(SHEET_MARK.format(escape(mark.state.shape)) for mark in lasting)
    times = f" {entry.times}" if entry.times else ""
    texts = (escape(name), label, times, escape(entry.other), marks)
    return SHEET_ENTRY.format(f"{css_class}{entry.css_class}", *texts)
