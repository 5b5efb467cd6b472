"""The attendance of a class group over a term as an XLSX file: a row a student, a column a lesson."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils import timezone
from django.utils.translation import gettext, pgettext

from attendance.enums import AttendanceState
from attendance.overviews.class_terms import ClassTerm
from attendance.state_words import PROVISIONAL, state_label
from edu_platform.lib.spreadsheets.sheets import Row, one_sheet
from edu_platform.lib.spreadsheets.writing import xlsx_text


def class_file(term: ClassTerm) -> bytes:
    return one_sheet(gettext("Attendance"), _rows(term))


def class_file_name(term: ClassTerm) -> str:
    return f"{gettext('Attendance')} {term.class_group.name} {term.span.name}.xlsx"


def _rows(term: ClassTerm) -> Iterator[Row]:
    labels = {state: state_label(state) for state in (*AttendanceState, PROVISIONAL)}
    yield [
        gettext("Name"),
        gettext("Username"),
        *labels.values(),
        pgettext("attendance", "Rate (%)"),
        *(
            xlsx_text(f"{timezone.localtime(lesson.starts_at):%Y-%m-%d %H:%M} {lesson.title}")
            for lesson in term.lessons
        ),
    ]
    for row in term.rows:
        per_mille = row.figures.per_mille
        yield [
            xlsx_text(row.student.name),
            xlsx_text(row.student.username),
            *row.figures.cells,
            row.figures.provisional,
            None if per_mille is None else per_mille / 10,
            *(
                labels[row.states[lesson.pk]] if lesson.pk in row.states else None
                for lesson in term.lessons
            ),
        ]
