"""Usage as an XLSX file: months by class group, and on a second sheet the school month by month."""

from __future__ import annotations

import io
from collections.abc import Iterator

from django.utils.translation import gettext, pgettext

from edu_platform.lib.spreadsheets.sheets import Row, fill_sheet
from edu_platform.lib.spreadsheets.workbooks import new_write_only_workbook
from edu_platform.lib.spreadsheets.writing import xlsx_text
from replays.usage.tables import MonthlyUsage, Usage

DIGITS_OF_GB = 3


def usage_file(usage: MonthlyUsage) -> bytes:
    workbook = new_write_only_workbook()
    fill_sheet(workbook, pgettext("usage", "By class group"), _by_class_group(usage))
    fill_sheet(workbook, pgettext("usage", "The school"), _school(usage))
    packed = io.BytesIO()
    workbook.save(packed)
    return packed.getvalue()


def _heads() -> Row:
    return [
        pgettext("usage", "Classes"),
        pgettext("usage", "Minutes held"),
        pgettext("usage", "Classes of unknown length"),
        pgettext("usage", "Files"),
        pgettext("usage", "Minutes recorded"),
        pgettext("usage", "Files of unknown length"),
        "GB",
        pgettext("usage", "Files of unknown size"),
    ]


def _by_class_group(usage: MonthlyUsage) -> Iterator[Row]:
    yield [pgettext("usage", "Month"), gettext("Class group"), *_heads()]
    for each, table in usage.months:
        for name, of_group in table.rows:
            yield [str(each.month), xlsx_text(name), *_numbers(of_group)]


def _school(usage: MonthlyUsage) -> Iterator[Row]:
    yield [pgettext("usage", "Month"), *_heads()]
    for each, table in usage.months:
        yield [str(each.month), *_numbers(table.total)]
    yield [pgettext("usage", "Total"), *_numbers(usage.whole.total)]


def _numbers(usage: Usage) -> Row:
    return [
        usage.classes,
        usage.held_minutes,
        usage.classes_of_unknown_length,
        usage.files,
        usage.recorded_minutes,
        usage.files_of_unknown_length,
        round(usage.kept_gb, DIGITS_OF_GB),
        usage.files_of_unknown_size,
    ]
