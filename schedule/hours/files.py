"""Hours as an XLSX file: a row a teacher, and on a second sheet the lessons behind the numbers."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence

from django.utils import timezone
from django.utils.translation import gettext, pgettext

from edu_platform.lib.spreadsheets.sheets import Row, fill_sheet
from edu_platform.lib.spreadsheets.workbooks import filling, new_write_only_workbook
from edu_platform.lib.spreadsheets.writing import xlsx_text
from schedule.enums import HoursColumn
from schedule.hours.months import Month
from schedule.hours.reading import CountedLesson, HoursCount, Person, TeacherHours
from schedule.hours.real_hours import RealTeachingOfMonth

# Minutes as hours are endless fractions now and then.
DIGITS_OF_HOURS = 2


def hours_file(
    month: Month,
    rows: Sequence[TeacherHours],
    lessons: Iterable[CountedLesson],
    real: RealTeachingOfMonth,
) -> bytes:
    workbook = new_write_only_workbook()
    with filling(workbook):
        fill_sheet(workbook, f"{gettext('Teaching hours')} {month}", _hours(rows, real))
        fill_sheet(workbook, pgettext("hours", "Lessons"), _lessons(lessons, real))
    packed = io.BytesIO()
    workbook.save(packed)
    return packed.getvalue()


def hours_file_name(month: Month) -> str:
    return f"{gettext('Teaching hours')} {month}.xlsx"


def _hours(rows: Iterable[TeacherHours], real: RealTeachingOfMonth) -> Iterator[Row]:
    in_lessons = pgettext("hours", "%(what)s (lessons)")
    in_hours = pgettext("hours", "%(what)s (hours)")
    heads = [
        words % {"what": column.label} for column in HoursColumn for words in (in_lessons, in_hours)
    ]
    yield [gettext("Teacher"), gettext("Username"), *heads, *_real_heads()]
    for row in rows:
        numbers = (number for count in row.cells for number in _numbers(count))
        yield [*_named(row.person), *numbers, *real.of_teacher(row.person.pk).numbers]


def _lessons(lessons: Iterable[CountedLesson], real: RealTeachingOfMonth) -> Iterator[Row]:
    yield _lesson_heads()
    for lesson in lessons:
        # Sheets have no time zones: in the school's.
        start, end = timezone.localtime(lesson.starts_at), timezone.localtime(lesson.ends_at)
        yield [
            *_named(lesson.person),
            start.date(),
            start.time(),
            end.time(),
            xlsx_text(lesson.course),
            xlsx_text(lesson.class_groups),
            round(lesson.length.hours, DIGITS_OF_HOURS),
            str(lesson.counts_as.label),
            str(lesson.outcome.label),
            xlsx_text(lesson.teacher.name),
            xlsx_text(lesson.absent.name) if lesson.absent else "",
            *real.of_lesson(lesson).numbers,
        ]


def _lesson_heads() -> Row:
    return [
        gettext("Teacher"),
        gettext("Username"),
        gettext("Date"),
        gettext("Start"),
        gettext("End"),
        gettext("Course"),
        gettext("Class groups"),
        pgettext("length", "Hours"),
        gettext("Counts as"),
        pgettext("hours", "What became of it"),
        pgettext("hours", "Taught by"),
        pgettext("hours", "In place of"),
        *_real_heads(),
    ]


def _real_heads() -> Row:
    return [pgettext("hours", "Minutes really taught"), pgettext("hours", "Late starts")]


def _named(person: Person) -> Row:
    return [xlsx_text(person.name), xlsx_text(person.username)]


def _numbers(count: HoursCount) -> tuple[int, float]:
    return count.lessons, round(count.hours, DIGITS_OF_HOURS)
