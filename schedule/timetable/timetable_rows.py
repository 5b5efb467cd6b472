"""Lessons with all that a timetable shows of them, as plain rows: a week has hundreds of them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

from django.db.models import QuerySet

from edu_platform.lib.statements import Statement
from schedule.course_colours import colour_of
from schedule.enums import CourseColour
from schedule.lessons.begun import is_begun
from schedule.models import Lesson, LessonQuerySet, LessonStates, Room, RoomStates
from schedule.polling_times import EARLY_START

# A row has these columns of a lesson, then those of its current room.
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
    "substitution__absent_teacher__display_name",
)
ROOM_COLUMNS = (
    *("room_id", "cloud_status", "real_started_at", "asked_at", "gone_at"),
    "polling__unreachable_since",
)

OF_CURRENT_ROOM = ("current_room__pk", *(f"current_room__{column}" for column in ROOM_COLUMNS))
COLUMNS = len(LESSON_COLUMNS) + len(OF_CURRENT_ROOM)


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
    assistant_ids: tuple[int, ...]
    assistants: tuple[str, ...]
    class_groups: tuple[str, ...]
    # The current one.
    room: RoomRow | None

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


_OF_LESSON = attrgetter(*(field.name for field in fields(LessonRow)[: len(LESSON_COLUMNS)]))


def rows_of(lessons: LessonQuerySet) -> list[LessonRow]:
    """The rows of these lessons, in their order; three queries however many there are."""
    return completed([bare_row(columns)[0] for columns in columns_of(lessons)])


def completed(rows: Sequence[LessonRow]) -> list[LessonRow]:
    """These rows with their assistants and class groups; two queries."""
    groups = _class_groups_of([row.pk for row in rows])
    return with_class_groups(rows, {row.pk: tuple(groups.get(row.pk, ())) for row in rows})


def with_class_groups(
    rows: Sequence[LessonRow], class_groups: Mapping[int, tuple[str, ...]]
) -> list[LessonRow]:
    """These rows with their assistants, and with class groups that are known by lesson already; one query."""
    assistants_by_lesson = _assistants_of([row.pk for row in rows])
    completed_rows = []
    for row in rows:
        assistants = assistants_by_lesson.get(row.pk)
        ids, names = zip(*assistants, strict=True) if assistants else ((), ())
        # `replace` takes several times as long, and a week has hundreds of rows.
        columns = (*_OF_LESSON(row), ids, names, class_groups[row.pk], row.room)
        completed_rows.append(LessonRow(*columns))
    return completed_rows


def columns_of(lessons: LessonQuerySet, *more: str) -> QuerySet[Lesson, tuple[Any, ...]]:
    """Return what `bare_row` needs of each, and these annotations."""
    return lessons.with_current_room().values_list(*LESSON_COLUMNS, *OF_CURRENT_ROOM, *more)


def bare_row(columns: tuple[Any, ...]) -> tuple[LessonRow, tuple[Any, ...]]:
    """A row without assistants and class groups; and what else was asked for."""
    room_pk, *of_room = columns[len(LESSON_COLUMNS) : COLUMNS]
    room = None if room_pk is None else RoomRow(*of_room)
    without_people = (*columns[: len(LESSON_COLUMNS)], (), (), (), room)
    return LessonRow(*without_people), columns[COLUMNS:]


def row_of(lesson: Lesson) -> LessonRow:
    """The row of a lesson that was read with its course, teacher and substitution; three queries."""
    room = _ROOM.first(lesson_id=lesson.pk)
    assistants = _assistants_of([lesson.pk])[lesson.pk]
    substitution = getattr(lesson, "substitution", None)
    return LessonRow(
        pk=lesson.pk,
        code=lesson.code,
        title=lesson.title,
        course=lesson.course.name,
        chosen_colour=lesson.course.colour,
        teacher_id=lesson.teacher_id,
        teacher=lesson.teacher.display_name,
        starts_at=lesson.starts_at,
        ends_at=lesson.ends_at,
        state=lesson.state,
        cancel_reason=lesson.cancel_reason,
        moved_from=lesson.moved_from,
        moved_at=lesson.moved_at,
        teacher_changed_at=lesson.teacher_changed_at,
        absent_teacher=substitution and substitution.absent_teacher.display_name,
        assistant_ids=tuple(assistant[0] for assistant in assistants),
        assistants=tuple(assistant[1] for assistant in assistants),
        class_groups=tuple(_class_groups_of([lesson.pk])[lesson.pk]),
        room=None if room is None else RoomRow(*room),
    )


_ROOM = Statement(
    lambda lesson_id: Room.objects.current().filter(lesson_id=lesson_id).values_list(*ROOM_COLUMNS)
)
_ASSISTING = Statement(
    lambda lesson_ids: (
        Lesson.assistants.through.objects.filter(lesson__pk__in=lesson_ids)
        .order_by("user__name_key", "user__username")
        .values_list("lesson", "user", "user__display_name")
    )
)
_ATTENDING = Statement(
    lambda lesson_ids: (
        Lesson.class_groups.through.objects.filter(lesson__pk__in=lesson_ids)
        .order_by("classgroup__name_key", "classgroup")
        .values_list("lesson", "classgroup__name")
    )
)


def _assistants_of(lesson_ids: list[int]) -> dict[int, list[tuple[int, str]]]:
    assistants_by_lesson: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for lesson_id, user_id, name in _ASSISTING.rows(lesson_ids=lesson_ids):
        assistants_by_lesson[lesson_id].append((user_id, name))
    return assistants_by_lesson


def _class_groups_of(lesson_ids: list[int]) -> dict[int, list[str]]:
    names_by_lesson: dict[int, list[str]] = defaultdict(list)
    for lesson_id, name in _ATTENDING.rows(lesson_ids=lesson_ids):
        names_by_lesson[lesson_id].append(name)
    return names_by_lesson
