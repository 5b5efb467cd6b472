"""The attendance of a lesson as an XLSX file: a row a person of the roster."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.utils import timezone
from django.utils.translation import gettext, pgettext

from attendance.lesson_page.reading import people_of
from attendance.models import LessonAttendance, PersonAttendance
from attendance.state_words import state_label
from edu_platform.lib.spreadsheets.sheets import Row, one_sheet
from edu_platform.lib.spreadsheets.writing import xlsx_text
from schedule.models import Lesson


def lesson_file(lesson: Lesson) -> bytes:
    row = LessonAttendance.objects.filter(pk=lesson.pk).first()
    return one_sheet(gettext("Attendance"), _rows(row))


def lesson_file_name(lesson: Lesson) -> str:
    local = timezone.localtime(lesson.starts_at)
    return f"{gettext('Attendance')} {lesson.title} {local:%Y-%m-%d}.xlsx"


def _rows(row: LessonAttendance | None) -> Iterator[Row]:
    yield [
        gettext("Username"),
        gettext("Name"),
        gettext("Class group"),
        gettext("State"),
        pgettext("attendance", "In"),
        pgettext("attendance", "Out"),
        gettext("Seconds in class"),
        gettext("Seconds of replay"),
        gettext("Corrected by"),
    ]
    for person in [] if row is None else people_of(row):
        yield _row(person, has_states=row is not None and row.has_states)


def _row(person: PersonAttendance, *, has_states: bool) -> Row:
    class_group, by = person.class_group, person.corrected_by
    return [
        xlsx_text(person.person.username),
        xlsx_text(person.person.display_name),
        "" if class_group is None else xlsx_text(class_group.name),
        state_label(person.shown_state) if has_states else "",
        _cell(person.first_in_at),
        _cell(person.last_out_at),
        person.seconds,
        person.watched_s,
        "" if by is None else xlsx_text(by.display_name),
    ]


def _cell(moment: dt.datetime | None) -> dt.datetime | None:
    """Return a moment in the school's time: sheets have no time zones."""
    return None if moment is None else timezone.localtime(moment).replace(tzinfo=None)
