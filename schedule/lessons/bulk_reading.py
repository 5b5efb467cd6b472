"""Lessons by the thousand, read with one object for each course, person and class group.

Prefetching people and class groups makes a queryset for each lesson, which is most of the time of thousands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import TypeVar

from django.db import models

from accounts.models import User
from edu_platform.lib.batches import in_batches
from schedule.models import ClassGroup, Lesson

Row = TypeVar("Row", bound=models.Model)
# The keys of a lesson, and of somebody who is in it.
KeyPair = tuple[int, int]


def lessons_with_people(keys: list[int]) -> dict[int, Lesson]:
    """Return these lessons with their courses, people and class groups; seven queries."""
    lessons = Lesson.objects.prefetch_related("course", "teacher").in_bulk(keys)
    assisting, attending = Lesson.assistants.through, Lesson.class_groups.through
    add_people(
        lessons.values(),
        assistants=assisting.objects.filter(lesson__in=keys).values_list("lesson", "user"),
        class_groups=attending.objects.filter(lesson__in=keys).values_list("lesson", "classgroup"),
    )
    return lessons


def add_people(
    lessons: Iterable[Lesson],
    *,
    assistants: Collection[KeyPair],
    class_groups: Collection[KeyPair],
) -> None:
    """Give lessons their assistants and class groups as if these had been prefetched; who is gone by now is left out."""
    assistants_of = _by_lesson(assistants, User.objects.get_queryset())
    class_groups_of = _by_lesson(class_groups, ClassGroup.objects.all())
    for lesson in lessons:
        lesson._prefetched_objects_cache = {  # type: ignore[attr-defined] # noqa: SLF001 -- as Prefetch fills it
            "assistants": assistants_of.get(lesson.pk, []),
            "class_groups": class_groups_of.get(lesson.pk, []),
        }


def _by_lesson(pairs: Collection[KeyPair], rows: models.QuerySet[Row]) -> dict[int, list[Row]]:
    row_by_key: dict[int, Row] = {}
    for batch in in_batches(key for _lesson_id, key in pairs):
        row_by_key |= rows.in_bulk(batch)
    rows_by_lesson: dict[int, list[Row]] = defaultdict(list)
    for lesson_id, key in pairs:
        if key in row_by_key:
            rows_by_lesson[lesson_id].append(row_by_key[key])
    return rows_by_lesson
