"""Lessons that were read before the transaction that writes them, in which they are locked if they are still the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import models

from edu_platform.lib.batches import in_batches
from schedule.lessons.change import LessonFrozen
from schedule.lessons.delete import LessonBegun
from schedule.lessons.locks import lock_lessons
from schedule.lessons.plan import PLANNED_COLUMNS
from schedule.lessons.taking import LessonOverlaps
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.models import Lesson

# Raised by the writers of lessons where the timetable has changed before the write.
TIMETABLE_CHANGED = (LessonBegun, LessonFrozen, LessonOverlaps)
# All of a lesson that is worked out by.
Shape = tuple[object, ...]
COLUMNS = ("state", "sequence", *PLANNED_COLUMNS)


class AsRead:
    """Lessons as they were read, with their people and class groups."""

    def __init__(self, lessons: Sequence[Lesson]) -> None:
        self.lessons = lessons
        self._shapes = {lesson.pk: shape_of_lesson(lesson) for lesson in lessons}

    def lock(self, *, will_delete: bool = False) -> None:
        """Keep others from changing them until the transaction ends.

        Raises:
            ChangedMeanwhile: somebody has changed one of them since, or deleted it.
        """
        lock_lessons(self.lessons, will_delete=will_delete)
        if not are_as_they_were(self._shapes):
            raise ChangedMeanwhile


def shape_of_lesson(lesson: Lesson) -> Shape:
    return shape_of(
        lesson,
        assistants=(user.pk for user in lesson.assistants.all()),
        class_groups=(group.pk for group in lesson.class_groups.all()),
    )


def shape_of(lesson: Lesson, *, assistants: Iterable[int], class_groups: Iterable[int]) -> Shape:
    """Return the shape of a lesson as it was read, with the keys of its people and class groups."""
    columns = (getattr(lesson, name) for name in COLUMNS)
    return (*columns, frozenset(assistants), frozenset(class_groups))


def are_as_they_were(shapes: Mapping[int, Shape]) -> bool:
    """Tell whether the lessons of these keys are as they were; three queries for hundreds, of columns alone."""
    for keys in in_batches(shapes):
        assistants = _keys_by_lesson(Lesson.assistants.through, "user", keys)
        class_groups = _keys_by_lesson(Lesson.class_groups.through, "classgroup", keys)
        rows = Lesson.objects.filter(pk__in=keys).values_list("pk", *COLUMNS)
        now = {
            pk: (*columns, frozenset(assistants[pk]), frozenset(class_groups[pk]))
            for pk, *columns in rows
        }
        if any(now.get(pk) != shapes[pk] for pk in keys):
            return False
    return True


def _keys_by_lesson(
    through: type[models.Model], column: str, lesson_ids: list[int]
) -> dict[int, list[int]]:
    rows: Any = through._default_manager.filter(lesson__in=lesson_ids)  # noqa: SLF001 -- as documented by Django
    keys_by_lesson: dict[int, list[int]] = defaultdict(list)
    for lesson_id, key in rows.values_list("lesson", column):
        keys_by_lesson[lesson_id].append(key)
    return keys_by_lesson
