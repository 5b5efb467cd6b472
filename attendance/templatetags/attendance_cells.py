"""The attendance of a class group as HTML: thousands of cells take a template's own loops too long."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape  # Django's own asks of each text what kind it is

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from attendance.enums import AttendanceState
from attendance.overviews.class_terms import ClassTerm, LessonColumn, StudentRow
from attendance.state_words import PROVISIONAL, short_state_label, state_label, state_name
from edu_platform.lib.formatting import NOTHING
from edu_platform.lib.http import with_query

register = template.Library()

HEAD = """
<th scope="col"{}><a href="{}" title="{}"><span>{}</span> <span>{}</span> <span>{}</span></a></th>"""
NOT_FINAL = ' class="is-provisional"'
# What is seen, and what is heard in its place.
CELL = '<td class="is-{}"><i aria-hidden="true">{}</i><b>{}</b></td>'
SUM = "<td>{}</td>"
ROW = """
<tr><th scope="row">{}</th>{}<td class="rate">{}</td>{}</tr>"""
NAME = '<a href="{}">{}</a>'
STATES = (*AttendanceState, PROVISIONAL)


@register.simple_tag
def attendance_heads(lessons: Sequence[LessonColumn]) -> SafeString:
    """Write the heads of lessons, each a link to who was there."""
    before, after = reverse("attendance:lesson", args=["CODE"]).rsplit("CODE")
    provisional = state_label(PROVISIONAL)
    written = []
    for lesson in lessons:
        start = timezone.localtime(lesson.starts_at)
        words = (lesson.title, f"{start:%Y-%m-%d %H:%M}", lesson.head_count)
        title = " · ".join(words if lesson.is_final else (*words, provisional))
        written.append(
            HEAD.format(
                *("" if lesson.is_final else NOT_FINAL, f"{before}{lesson.code}{after}"),
                *(escape(title), f"{start:%m-%d}", f"{start:%H:%M}", escape(lesson.course)),
            )
        )
    return mark_safe("".join(written))  # noqa: S308 -- every text is escaped


@register.simple_tag
def attendance_rows(
    term: ClassTerm, lessons: Sequence[LessonColumn], *, with_links: bool = True
) -> SafeString:
    """Write the rows of students: name, sums, and what each lesson was."""
    cells = {state: _cell(state) for state in STATES}
    keys = [lesson.pk for lesson in lessons]
    nothing = "<td></td>"
    before, after = reverse("attendance:person", args=["CODE"]).rsplit("CODE")
    query = with_query("", term.span.query)
    written = []
    for row in term.rows:
        name, states = escape(row.student.name), row.states
        if with_links and row.student.code:
            name = NAME.format(f"{before}{row.student.code}{after}{query}", name)
        of_lessons = "".join([cells[states[key]] if key in states else nothing for key in keys])
        written.append(ROW.format(name, _sums(row), row.figures.percent_text, of_lessons))
    return mark_safe("".join(written))  # noqa: S308 -- every text is escaped


def _sums(row: StudentRow) -> str:
    return "".join(
        SUM.format(count or NOTHING) for count in (*row.figures.cells, row.figures.provisional)
    )


def _cell(state: str) -> str:
    return CELL.format(
        state_name(state), escape(short_state_label(state)), escape(state_label(state))
    )


@register.simple_tag
def attendance_legend() -> list[tuple[str, str, str]]:
    """Return class, letter and word of each state."""
    return [(state_name(state), short_state_label(state), state_label(state)) for state in STATES]


@register.simple_tag
def attendance_states() -> list[str]:
    """Return the words of the sums of a row, in their order."""
    return [state_label(state) for state in STATES]


@register.simple_tag
def week_words(label: str, *, is_of_term: bool) -> str:
    """Name a week of a chart."""
    return _("Week %(number)s") % {"number": label} if is_of_term else label
