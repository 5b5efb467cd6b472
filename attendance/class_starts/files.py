"""Write how classes began into an XLSX file: a sheet by teacher, and one by course."""

from __future__ import annotations

import io
from collections.abc import Iterator

from django.utils.translation import gettext, pgettext

from attendance.class_starts.period import By, Choice
from attendance.class_starts.reading import ClassStarts
from attendance.enums import AlarmKind
from edu_platform.lib.spreadsheets.sheets import Row, fill_sheet
from edu_platform.lib.spreadsheets.workbooks import filling, new_write_only_workbook
from edu_platform.lib.spreadsheets.writing import xlsx_text


def class_starts_file(choice: Choice) -> bytes:
    class_starts = ClassStarts(*choice.period)
    workbook = new_write_only_workbook()
    with filling(workbook):
        fill_sheet(
            workbook, pgettext("class starts", "By teacher"), _rows(class_starts, By.TEACHER)
        )
        fill_sheet(workbook, pgettext("class starts", "By course"), _rows(class_starts, By.COURSE))
    packed = io.BytesIO()
    workbook.save(packed)
    return packed.getvalue()


def class_starts_file_name(choice: Choice) -> str:
    return f"{gettext('How classes start')} {choice.first_day} {choice.last_day}.xlsx"


def _rows(class_starts: ClassStarts, by: By) -> Iterator[Row]:
    is_of_teachers = by is By.TEACHER
    yield [
        *([gettext("Teacher"), gettext("Username")] if is_of_teachers else [gettext("Course")]),
        gettext("Classes held"),
        gettext("Late starts"),
        gettext("Mean delay in seconds"),
        gettext("Worst delay in seconds"),
        *(str(kind.label) for kind in AlarmKind),
    ]
    for row in class_starts.rows(by):
        starts = row.starts
        delays = [starts.mean_s, starts.worst_s] if starts.held else [None, None]
        yield [
            xlsx_text(row.name),
            *([xlsx_text(row.username)] if is_of_teachers else []),
            *(starts.held, starts.late, *delays),
            *starts.alarm_cells,
        ]
