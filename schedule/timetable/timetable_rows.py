"""Lessons with all that a timetable shows of them, as plain rows: a week has hundreds of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from edu_platform.lib.aggregates import Hexadecimal, cells_in, lines_of
from schedule.courses.colours import colour_of
from schedule.enums import CourseColour
from schedule.hooks import Facts
from schedule.lessons.begun import is_begun
from schedule.models import (
    Lesson,
    LessonQuerySet,
    LessonStates,
    RoomStates,
    Substitution,
)
from schedule.polling_times import EARLY_START
from schedule.terms.bells.bell_lists import Member

# A row has these columns of a lesson, then those of its current room, then the texts of its people.
LESSON_COLUMNS = (
    "pk",
    "code",
    "title",
    "course__name",
    "course__colour",
    "teacher_id",
    "teacher__display_name",
    "starts_at",
    "ends_at",
    "state",
    "cancel_reason",
    "moved_from",
    "moved_at",
    "teacher_changed_at",
    "absent_teacher",
)
ROOM_COLUMNS = (
    *("room_id", "cloud_status", "real_started_at", "asked_at", "gone_at"),
    "polling__unreachable_since",
)

OF_CURRENT_ROOM = ("current_room__pk", *(f"current_room__{column}" for column in ROOM_COLUMNS))
PEOPLE = ("assisting", "attending")

NO_FACTS: Facts = MappingProxyType({})
COLUMNS = len(LESSON_COLUMNS) + len(OF_CURRENT_ROOM) + len(PEOPLE)


@dataclass(frozen=True, slots=True)
class RoomRow(RoomStates):
    room_id: int | None
    cloud_status: int
    real_started_at: dt.datetime | None
    asked_at: dt.datetime | None
    gone_at: dt.datetime | None
    # Since when the cloud does not tell how it is.
    unreachable_since: dt.datetime | None

    def is_known_not_begun(self, *, planned_start: dt.datetime) -> bool:
        """Tell whether the cloud, asked around the time of the class, says that nobody has begun it.

        Nobody begins a class whose room is yet to be made, as after it was opened again.
        """
        if not self.is_made:
            return self.gone_at is None
        return (
            not is_begun(self)
            and self.unreachable_since is None
            and self.asked_at is not None
            and self.asked_at >= planned_start - EARLY_START
        )


@dataclass(frozen=True, slots=True)
class LessonRow(LessonStates):
    pk: int
    code: str
    title: str
    course: str
    # Chosen for the course, else 0.
    chosen_colour: int
    teacher_id: int
    teacher: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    state: str
    cancel_reason: str
    moved_from: dt.datetime | None
    moved_at: dt.datetime | None
    teacher_changed_at: dt.datetime | None
    # For whom its teacher stands in.
    absent_teacher: str | None
    # Both in the order of their names.
    assistant_ids: tuple[int, ...]
    assistants: tuple[str, ...]
    class_group_ids: tuple[int, ...]
    class_groups: tuple[str, ...]
    class_group_grades: tuple[str, ...]
    # The current one.
    room: RoomRow | None
    # What marks follow from; of rows that are read without them there are none.
    facts: Facts = field(default=NO_FACTS, compare=False)

    @property
    def members(self) -> list[Member]:
        """Return its class groups as lists of bell times ask for them."""
        return list(zip(self.class_group_ids, self.class_group_grades, strict=True))

    @property
    def colour(self) -> CourseColour:
        return colour_of(self.course, self.chosen_colour)

    @property
    def was_never_held(self) -> bool:
        """Return whether it is certain that nobody began the class."""
        return self.room is not None and self.room.was_never_held(planned_end=self.ends_at)

    @property
    def is_known_not_begun(self) -> bool:
        """Return whether the cloud says that nobody has begun the class."""
        return self.room is not None and self.room.is_known_not_begun(planned_start=self.starts_at)


def rows_of(lessons: LessonQuerySet) -> list[LessonRow]:
    """Return the rows of these lessons, in their order; one query."""
    return [row_in(columns) for columns in columns_of(lessons)]


def columns_of(lessons: LessonQuerySet, *more: str) -> QuerySet[Lesson, tuple[Any, ...]]:
    """Return what `row_in` needs of each, and these annotations."""
    of_lesson = {"lesson": OuterRef("pk")}
    absent = Substitution.objects.filter(**of_lesson).values("absent_teacher__display_name")
    assisting = Lesson.assistants.through.objects.filter(**of_lesson)
    attending = Lesson.class_groups.through.objects.filter(**of_lesson)
    person_key, group_key = Hexadecimal("user__name_key"), Hexadecimal("classgroup__name_key")
    annotated = lessons.with_current_room().annotate(
        # A join of what hardly any lesson has would take PostgreSQL longer to plan than this.
        absent_teacher=Subquery(absent),
        assisting=lines_of(assisting, person_key, "user", "user__display_name", of="lesson"),
        attending=lines_of(
            attending,
            *(group_key, "classgroup", "classgroup__name", "classgroup__grade"),
            of="lesson",
        ),
    )
    return annotated.values_list(*LESSON_COLUMNS, *OF_CURRENT_ROOM, *PEOPLE, *more)


def row_in(columns: tuple[Any, ...], facts: Facts = NO_FACTS) -> LessonRow:
    """Return the row of these columns, with its facts, if they were asked for."""
    room_pk, *of_room, assisting, attending = columns[len(LESSON_COLUMNS) : COLUMNS]
    assistants, groups = cells_in(assisting), cells_in(attending)
    people = (
        tuple([pk for _key, pk, _name in assistants]),
        tuple([name for _key, _pk, name in assistants]),
        tuple([pk for _key, pk, _name, _grade in groups]),
        tuple([name for _key, _pk, name, _grade in groups]),
        tuple([grade for _key, _pk, _name, grade in groups]),
    )
    room = None if room_pk is None else RoomRow(*of_room)
    values = (*columns[: len(LESSON_COLUMNS)], *people, room, facts)
    return LessonRow(*values)
