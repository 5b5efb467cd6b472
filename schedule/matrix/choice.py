"""The choice of a matrix, as an address says it: what is malformed counts as absent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from schedule.timetable.school_week import Span


class By(StrEnum):
    """The kind of rows."""

    CLASS_GROUP = "class_group"
    TEACHER = "teacher"


class Paper(StrEnum):
    A4 = "a4"
    A3 = "a3"


# What is called otherwise in an address.
IN_ADDRESSES = {"row_key": "of"}


@dataclass(frozen=True, slots=True)
class MatrixChoice:
    by: By = By.CLASS_GROUP
    span: Span = Span.DAY
    # The name of a course, of which alone lessons are shown.
    course: str = ""
    # Its class groups, or the teachers who teach them.
    grade: str = ""
    # One row alone is asked for: the name of a class group, or the username of a teacher.
    row_key: str = ""

    @property
    def is_by_teacher(self) -> bool:
        return self.by is By.TEACHER

    @property
    def is_of_week(self) -> bool:
        return self.span is Span.WEEK

    def with_others(self, **values: object) -> MatrixChoice:
        """Return the same with these values; a row is of one kind alone."""
        changed = replace(self, **values)  # type: ignore[arg-type] # each of its own kind
        return changed if changed.by is self.by else replace(changed, row_key="")

    def as_query(self) -> dict[str, str]:
        """Return what an address says; of the usual nothing."""
        usual = MatrixChoice()
        texts = {name: str(getattr(self, name)) for name in self.__dataclass_fields__}
        return {
            IN_ADDRESSES.get(name, name): text
            for name, text in texts.items()
            if text != getattr(usual, name)
        }


def matrix_choice(query: Mapping[str, str]) -> MatrixChoice:
    """Read an address; whether there is such a course, grade or row is found out with the lessons."""
    is_by_teacher = query.get("by") == By.TEACHER
    is_of_week = query.get("span") == Span.WEEK
    return MatrixChoice(
        by=By.TEACHER if is_by_teacher else By.CLASS_GROUP,
        span=Span.WEEK if is_of_week else Span.DAY,
        course=query.get("course", ""),
        grade=query.get("grade", ""),
        row_key=query.get(IN_ADDRESSES["row_key"], ""),
    )


def paper_in(query: Mapping[str, str]) -> Paper:
    return Paper.A3 if query.get("paper", "").lower() == Paper.A3 else Paper.A4
