"""Wishes of planners for weekly lessons from a day on: whose, from which day, and what becomes of them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from schedule.models import ClassGroup, Course, WeeklyLesson

# Fields that name rows, with their tables, and those that JSON has no form for.
ROWS: Mapping[str, Any] = {
    "teacher": User,
    "class_group": ClassGroup,
    "course": Course,
    "new_teacher": User,
    "new_course": Course,
}
TIMES = ("starts", "ends")


class Gone(Exception):
    """A teacher, class group or course of a kept wish was deleted since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FromDay:
    """One wish. Of the first four fields each narrows whose weekly lessons are meant; of the others each changes them."""

    first_day: dt.date
    teacher: User | None = None
    class_group: ClassGroup | None = None
    course: Course | None = None
    weekday: int | None = None
    new_teacher: User | None = None
    new_course: Course | None = None
    new_weekday: int | None = None
    # Periods of the term's own bell times. Without a last one each keeps as many as it has.
    first_bell: int | None = None
    last_bell: int | None = None
    # By the clock. Without an end each keeps its length.
    starts: dt.time | None = None
    ends: dt.time | None = None
    # So many periods later; earlier where it is negative.
    shift: int = 0
    # Why class groups may overlap; where it is empty, each keeps its own.
    overlap_reason: str = ""

    def concerns(self, weekly_lesson: WeeklyLesson) -> bool:
        """Tell whether a weekly lesson is meant, its class groups being read with it."""
        return (
            (self.teacher is None or weekly_lesson.teacher_id == self.teacher.pk)
            and (self.course is None or weekly_lesson.course_id == self.course.pk)
            and (self.weekday is None or weekly_lesson.weekday == self.weekday)
            and (
                self.class_group is None
                or any(
                    group.pk == self.class_group.pk for group in weekly_lesson.class_groups.all()
                )
            )
        )

    def kept(self) -> dict[str, Any]:
        """Return it as JSON, with the keys of rows."""
        values: dict[str, Any] = {}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name in ROWS:
                values[field.name] = value and value.pk
            elif field.name in {"first_day", *TIMES}:
                values[field.name] = value and value.isoformat()
            else:
                values[field.name] = value
        return values

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> FromDay:
        """Return a kept wish.

        Raises:
            Gone: somebody or something that it names is not there any more.
        """
        values = dict(row)
        for name, model in ROWS.items():
            if row[name] is not None:
                values[name] = model._default_manager.filter(pk=row[name]).first()  # noqa: SLF001 -- Django's name for it
                if values[name] is None:
                    raise Gone
        for name in TIMES:
            values[name] = row[name] and dt.time.fromisoformat(row[name])
        values["first_day"] = dt.date.fromisoformat(row["first_day"])
        return cls(**values)
