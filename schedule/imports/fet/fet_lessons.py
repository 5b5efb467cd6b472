"""From rows to weekly lessons: the hours of an activity on a day joined, what cannot be held left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from accounts.models import User
from edu_platform.lib.spreadsheets.rows import SheetFault
from schedule.imports.fet.clock_times import Hour, are_consecutive, bells_of, hour_of_bell
from schedule.imports.fet.fet_rows import FetFile, FetRow
from schedule.imports.fet.meanings import Meaning, Meanings, State
from schedule.models import BellTime, ClassGroup, Course
from schedule.terms.weekly_lessons.writing import WeeklyLessonPlan

UNKNOWN_TO_FET = frozenset({"title", "room_type", "record_mode", "overlap_reason"})


@dataclass(frozen=True, slots=True)
class FetLesson:
    """One or several hours of an activity that follow each other, with the first row that tells of them."""

    row: FetRow
    weekday: int
    hours: tuple[Hour, ...]
    # As the file calls them, without those that are left out.
    teachers: tuple[str, ...]
    students: tuple[str, ...]

    @property
    def subject(self) -> str:
        """FET knows activities without a subject; a lesson is always of a course."""
        return self.row.subject or gettext("Unnamed course")


@dataclass(slots=True)
class Timetable:
    lessons: list[FetLesson]
    # Each activity once for each reason, at its first line.
    left_out: list[SheetFault]


def timetable_of(file: FetFile, meanings: Meanings, bells: Sequence[BellTime]) -> Timetable:
    """The weekly lessons of a file in its order, once no name in it is open."""
    reasons: dict[tuple[str, str], SheetFault] = {}
    rows_by_key: dict[tuple[object, ...], list[FetRow]] = defaultdict(list)
    for row in file.rows:
        fault = _why_left_out(row, meanings)
        if fault is not None:
            reasons.setdefault((row.activity, fault.reason), fault)
            continue
        day = meanings.days[row.day].value
        rows_by_key[row.activity, day, row.subject, row.teachers, row.students].append(row)
    all_hours = [hour for meaning in meanings.hours.values() if (hour := meaning.value) is not None]
    all_hours += [hour_of_bell(bell) for bell in bells]
    lessons = [
        lesson for rows in rows_by_key.values() for lesson in _joined(rows, meanings, all_hours)
    ]
    return Timetable(lessons, list(reasons.values()))


def as_plan(
    lesson: FetLesson,
    course: Course,
    teachers: dict[str, User],
    groups: dict[str, ClassGroup],
) -> WeeklyLessonPlan:
    """The first teacher teaches, the others assist. What FET does not know stays as it is."""
    people = tuple(dict.fromkeys(teachers[name] for name in lesson.teachers))
    first_bell, last_bell = bells_of(lesson.hours)
    return WeeklyLessonPlan(
        course=course,
        teacher=people[0],
        class_groups=tuple(dict.fromkeys(groups[name] for name in lesson.students)),
        weekday=lesson.weekday,
        starts=lesson.hours[0].starts,
        ends=lesson.hours[-1].ends,
        assistants=people[1:],
        first_bell=first_bell,
        last_bell=last_bell,
        unsaid=UNKNOWN_TO_FET,
    )


def _why_left_out(row: FetRow, meanings: Meanings) -> SheetFault | None:
    names = {"id": row.activity, "name": ""}
    if not row.teachers:
        reason = gettext("activity %(id)s has no teacher: left out")
        return SheetFault(row.line, "Teachers", reason % names)
    if not row.students:
        reason = gettext("activity %(id)s has no students set: left out")
        return SheetFault(row.line, "Students Sets", reason % names)
    left_out = gettext("activity %(id)s: %(name)s is left out")
    for column, name, state in (
        ("Day", row.day, meanings.days[row.day].state),
        ("Hour", row.hour, meanings.hours[row.hour].state),
    ):
        if state is State.LEFT_OUT:
            return SheetFault(row.line, column, left_out % {**names, "name": name})
    for column, all_names, remaining_names in (
        ("Teachers", row.teachers, _kept(row.teachers, meanings.teachers)),
        ("Students Sets", row.students, _kept(row.students, meanings.students)),
    ):
        if not remaining_names:
            return SheetFault(row.line, column, left_out % {**names, "name": all_names[0]})
    return None


def _kept(names: Sequence[str], meanings: Mapping[str, Meaning[object]]) -> tuple[str, ...]:
    return tuple(name for name in names if meanings[name].state is not State.LEFT_OUT)


def _joined(
    rows: Sequence[FetRow], meanings: Meanings, all_hours: Sequence[Hour]
) -> list[FetLesson]:
    by_hour = {meanings.hours[row.hour].found[0]: row for row in reversed(rows)}
    runs: list[list[Hour]] = []
    for hour in sorted(by_hour):
        if runs and are_consecutive(runs[-1][-1], hour, all_hours):
            runs[-1].append(hour)
        else:
            runs.append([hour])
    row = rows[0]
    return [
        FetLesson(
            row=by_hour[hours[0]],
            weekday=meanings.days[row.day].found[0],
            hours=tuple(hours),
            teachers=_kept(row.teachers, meanings.teachers),
            students=_kept(row.students, meanings.students),
        )
        for hours in runs
    ]
