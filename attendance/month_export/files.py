"""The attendance of a month as an XLSX file, a row a person and lesson, for those who count lessons as money (课消).

Lessons that were never held or were cancelled are no rows. Lessons are read in portions, in the order of time, each
with its people by one query, so that memory does not grow with the month.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import IO, Any, NamedTuple

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext, pgettext

from attendance.enums import AttendanceState, RosterRole
from attendance.models import LessonAttendance, PersonAttendance
from attendance.models.lessons import SHOWN_STATE
from attendance.rules import MINUTE_S
from attendance.state_words import PROVISIONAL, state_label
from edu_platform.lib.batches import in_batches
from edu_platform.lib.periods import Period, length_s
from edu_platform.lib.progress import Phase, report
from edu_platform.lib.spreadsheets.plain_sheets import (
    EMPTY,
    day_cell,
    moment_cell,
    number_cell,
    plain_sheet,
    text_cell,
    time_cell,
)
from edu_platform.lib.statements import Statement
from schedule.hours.months import Month
from schedule.models import begins_within

# The people of so many lessons are read at once: about a thousand.
LESSONS_A_PORTION = 25
DIGITS_OF_MINUTES = 2
WIDTHS = (12, 8, 8, 16, 24, 12, 14, 16, 14, 8, 8, 10, 12, 12, 20, 20, 12, 12, 24)


class _Lesson(NamedTuple):
    pk: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    course: str
    title: str
    teacher: str
    held: Sequence[tuple[int, int]]


class _Person(NamedTuple):
    lesson_id: int
    class_group: str | None
    username: str
    name: str
    role: str
    state: str
    seconds: int
    first_in_at: dt.datetime | None
    last_out_at: dt.datetime | None
    watched_s: int
    corrected_by: str | None
    reason: str


def month_rows(month: Month) -> int:
    """Count the rows of the file."""
    lessons = LessonAttendance.objects.with_states().filter(_in_month(month))
    return PersonAttendance.objects.filter(attendance__in=lessons.values("pk")).count()


def month_file(month: Month, row_count: int) -> IO[bytes]:
    """Make the file, in the language of the caller; it is gone when closed."""
    title = f"{gettext('Attendance')} {month}"
    return plain_sheet(title, WIDTHS, _heads(), _portions(month, row_count))


def month_file_name(month: Month) -> str:
    return f"{gettext('Attendance')} {month}.xlsx"


def _heads() -> list[str]:
    return [
        gettext("Date"),
        gettext("Start"),
        gettext("End"),
        gettext("Course"),
        gettext("Lesson title"),
        gettext("Teacher"),
        gettext("Class group"),
        gettext("Username"),
        gettext("Name"),
        pgettext("attendance", "As"),
        gettext("State"),
        gettext("Planned minutes"),
        gettext("Minutes really held"),
        gettext("Minutes in class"),
        pgettext("attendance", "Came"),
        pgettext("attendance", "Left"),
        gettext("Minutes watched"),
        gettext("Corrected by"),
        gettext("Reason"),
    ]


def _portions(month: Month, row_count: int) -> Iterator[list[str]]:
    """Yield the rows of some lessons at a time, and say how many are done."""
    done, cells = 0, _Cells()
    lessons = [_Lesson(*row) for row in _LESSONS.rows(since=month.starts_at, until=month.ends_at)]
    report(Phase.FILLING, done, row_count)
    for first in range(0, len(lessons), LESSONS_A_PORTION):
        rows = list(cells.of_lessons(lessons[first : first + LESSONS_A_PORTION]))
        yield rows
        done += len(rows)
        # People may be counted anew meanwhile.
        report(Phase.FILLING, min(done, row_count), row_count)


class _Cells:
    """Writes rows, of what they have in common each text once."""

    def __init__(self) -> None:
        self._zone = timezone.get_current_timezone()
        self._states: dict[str, str] = {
            state: text_cell(state_label(state)) for state in (*AttendanceState, PROVISIONAL)
        }
        self._roles: dict[str, str] = {role: text_cell(str(role.label)) for role in RosterRole}

    def of_lessons(self, lessons: Sequence[_Lesson]) -> Iterator[str]:
        by_key = {lesson.pk: lesson for lesson in lessons}
        people = _people(by_key)
        for key, of_lesson in groupby(people, itemgetter(0)):
            yield from self._of_lesson(by_key[key], of_lesson)

    def _of_lesson(self, lesson: _Lesson, people: Iterable[tuple[Any, ...]]) -> Iterator[str]:
        starts, ends = (
            moment.astimezone(self._zone) for moment in (lesson.starts_at, lesson.ends_at)
        )
        when = f"{day_cell(starts.date())}{time_cell(starts.time())}{time_cell(ends.time())}"
        what = "".join(map(text_cell, (lesson.course, lesson.title, lesson.teacher)))
        planned_s = int((lesson.ends_at - lesson.starts_at).total_seconds())
        held_s = length_s(Period(*period) for period in lesson.held)
        lengths = f"{_minutes(planned_s)}{_minutes(held_s)}"
        begins = f"{when}{what}"
        for row in people:
            yield self._of_person(_Person._make(row), begins, lengths)

    def _of_person(self, row: _Person, begins: str, lengths: str) -> str:
        return "".join(
            (
                *(begins, text_cell(row.class_group or ""), text_cell(row.username)),
                *(text_cell(row.name), self._roles[row.role]),
                *(self._states[row.state], lengths, _minutes(row.seconds)),
                moment_cell(row.first_in_at, self._zone),
                moment_cell(row.last_out_at, self._zone),
                _minutes(row.watched_s) if row.watched_s else EMPTY,
                text_cell(row.corrected_by) if row.corrected_by else EMPTY,
                text_cell(row.reason) if row.reason else EMPTY,
            )
        )


def _minutes(seconds: int) -> str:
    return number_cell(round(seconds / MINUTE_S, DIGITS_OF_MINUTES))


# --- Queries ----------------------------------------------------------------------------------------

PEOPLE = (
    *("attendance", "class_group__name", "person__username", "person__display_name", "role"),
    *("shown", "seconds", "first_in_at", "last_out_at", "watched_s"),
    *("corrected_by__display_name", "correction_reason"),
)


def _people(lessons: Iterable[int]) -> Iterator[tuple[Any, ...]]:
    """Yield the people of lessons: those of each together, in the order of names."""
    for keys in in_batches(lessons):
        yield from _PEOPLE.rows(keys=keys)


def _in_month(month: Month) -> Any:
    return begins_within(month.starts_at, month.ends_at, prefix="lesson__")


def _lessons(since: dt.datetime, until: dt.datetime) -> QuerySet[LessonAttendance, tuple[Any, ...]]:
    inside = begins_within(since, until, prefix="lesson__")
    lessons = LessonAttendance.objects.with_states().filter(inside)
    rows: QuerySet[LessonAttendance, tuple[Any, ...]] = lessons.order_by(
        "lesson__starts_at", "lesson"
    ).values_list(
        *("lesson", "lesson__starts_at", "lesson__ends_at", "lesson__course__name"),
        *("lesson__title", "lesson__teacher__display_name", "held"),
    )
    return rows


_LESSONS: Statement[tuple[Any, ...]] = Statement(_lessons)
_PEOPLE: Statement[tuple[Any, ...]] = Statement(
    lambda keys: (
        PersonAttendance.objects.filter(attendance__lesson__pk__in=keys)
        .annotate(shown=SHOWN_STATE)
        .order_by(
            "attendance__lesson__starts_at", "attendance__lesson__pk", "person__name_key", "pk"
        )
        .values_list(*PEOPLE)
    )
)
