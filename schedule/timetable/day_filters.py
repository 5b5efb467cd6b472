"""The filters of a day beyond teacher and class group, as its address says them, and the form that chooses them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django import forms
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.form_renderer import KeptSelect
from schedule.class_groups.grades import WITHOUT_GRADE, grade_in_address, grade_in_words, has_grade
from schedule.lessons.choices import TimetableForm
from schedule.timetable.day_order import DayNames, GroupName


class Shown(StrEnum):
    """The lessons that a figure of the day counts, and that its link shows alone."""

    RUNNING = "running"
    AWAITED = "awaited"
    COMING = "coming"
    PLANNED = "planned"
    SUBSTITUTED = "substituted"


@dataclass(frozen=True, slots=True)
class DayFilter:
    # Empty: of any.
    grade: str = ""
    course: str = ""
    # None: all of them.
    shown: Shown | None = None

    @classmethod
    def read(cls, query: Mapping[str, str], names: DayNames) -> DayFilter:
        """Read `grade`, `course` and `show` of an address; what there is not counts as absent."""
        grade, course, word = (query.get(name, "") for name in ("grade", "course", "show"))
        return cls(
            grade=grade if grade in map(grade_in_address, names.grades) else "",
            course=course if course in names.courses else "",
            shown=next((shown for shown in Shown if shown.value == word), None),
        )

    def as_query(self) -> dict[str, str]:
        """Return what a link keeps of it: which figure is looked at belongs to one page alone."""
        query = {"grade": self.grade, "course": self.course}
        return {name: value for name, value in query.items() if value}

    def takes(self, course: str, class_groups: Iterable[GroupName]) -> bool:
        """Tell whether a lesson of this course and these class groups is to be seen."""
        if self.course and course != self.course:
            return False
        return not self.grade or any(has_grade(group.grade, self.grade) for group in class_groups)

    @property
    def names(self) -> list[str]:
        """Return what was chosen, in words."""
        return [name for name in (self._grade_in_words, self.course) if name]

    @property
    def _grade_in_words(self) -> str:
        return grade_in_words("") if self.grade == WITHOUT_GRADE else self.grade


class DayFilterForm(TimetableForm):
    """The choice above a day. What was chosen is read by `lessons.access` and `DayFilter`."""

    grade = forms.CharField(label=_("Grade"), required=False, widget=KeptSelect)
    course = forms.CharField(label=_("Course"), required=False, widget=KeptSelect)

    def __init__(self, address: Mapping[str, object], names: DayNames) -> None:
        teachers = [(one.username, one.label) for one in names.teachers.values()]
        super().__init__(address, teachers, names.group_names)
        grades = [(grade_in_address(grade), grade_in_words(grade)) for grade in names.grades]
        # Class groups of no school year: there is nothing to choose.
        if len(grades) > 1:
            self.offer("grade", grades)
        else:
            del self.fields["grade"]
        self.offer("course", [(name, name) for name in names.courses])
