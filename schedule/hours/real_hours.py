"""Sum up how long teachers really taught, and how often they began late, which higher apps know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.models import User
from edu_platform.lib.formatting import NOTHING
from schedule.enums import HoursColumn
from schedule.hooks import RealTeaching, real_teaching
from schedule.hours.months import Month
from schedule.hours.reading import CountedLesson

MINUTE_S = 60
# The lines of a lesson that are of who really taught it.
TAUGHT_AS = (HoursColumn.HELD, HoursColumn.STOOD_IN)


@dataclass(slots=True)
class RealHours:
    lessons: int = 0
    seconds: int = 0
    late_starts: int = 0

    @property
    def minutes(self) -> int:
        return self.seconds // MINUTE_S

    @property
    def minutes_text(self) -> str:
        """Return the minutes, and nothing where no lesson has any that are known."""
        return f"{self.minutes:,}" if self.lessons else NOTHING

    @property
    def late_starts_text(self) -> str:
        return str(self.late_starts) if self.lessons else NOTHING

    @property
    def numbers(self) -> tuple[int | None, int | None]:
        """Return both as a sheet takes them."""
        return (self.minutes, self.late_starts) if self.lessons else (None, None)

    def add(self, taught: RealTeaching) -> None:
        self.lessons += 1
        self.seconds += taught.seconds
        self.late_starts += taught.has_begun_late


class RealTeachingOfMonth:
    """Holds what is known of the lessons of a month, for everybody or for one teacher; one query."""

    def __init__(self, month: Month, person: User | None = None) -> None:
        teacher_id = None if person is None else person.pk
        self._by_code = real_teaching(month.starts_at, month.ends_at, teacher_id)
        self._by_teacher = _summed(self._by_code)

    def of_teacher(self, teacher_id: int) -> RealHours:
        return self._by_teacher.get(teacher_id) or RealHours()

    @property
    def total(self) -> RealHours:
        total = RealHours()
        for hours in self._by_teacher.values():
            total.lessons += hours.lessons
            total.seconds += hours.seconds
            total.late_starts += hours.late_starts
        return total

    def of_lesson(self, lesson: CountedLesson) -> RealHours:
        """Return those of one line; of a lesson that somebody else taught, or assisted in, there are none."""
        hours, taught = RealHours(), self._by_code.get(lesson.code)
        if taught is not None and lesson.counts_as in TAUGHT_AS:
            hours.add(taught)
        return hours


def _summed(by_code: Mapping[str, RealTeaching]) -> dict[int, RealHours]:
    by_teacher: dict[int, RealHours] = {}
    for taught in by_code.values():
        by_teacher.setdefault(taught.teacher_id, RealHours()).add(taught)
    return by_teacher
