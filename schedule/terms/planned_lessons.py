"""The lessons of a term's plan as they are, by the thousand: of people and class groups there is one object each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db import models

from accounts.models import User
from edu_platform.lib.batches import in_batches
from edu_platform.lib.statements import Statement
from schedule.history.snapshots import snapshot_with
from schedule.models import ClassGroup, Lesson, LessonSnapshot, PlannedLesson, Term

Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True, slots=True)
class PlannedLessons:
    """In the order of their days; with those whose lesson was deleted by hand."""

    rows: Sequence[PlannedLesson]
    # The lessons as they are, by their keys.
    snapshots: Mapping[int, LessonSnapshot]


def planned_lessons_of(term: Term, *, among: Collection[int] | None = None) -> PlannedLessons:
    """Read the planned lessons of a term, or those of these keys, with their lessons; five queries for hundreds of people."""
    rows = _PLANNED.rows(term_id=term.pk)
    if among is not None:
        rows = [planned for planned in rows if planned.pk in among]
    assistants = _pairs(_ASSISTING.rows(term_id=term.pk), User.objects.get_queryset())
    class_groups = _pairs(_ATTENDING.rows(term_id=term.pk), ClassGroup.objects.all())
    snapshots: dict[int, LessonSnapshot] = {}
    for planned in rows:
        if (lesson := planned.lesson) is not None:
            assisting, attending = assistants[lesson.pk], class_groups[lesson.pk]
            with_it = {"assistants": assisting, "class_groups": attending}
            lesson._prefetched_objects_cache = with_it  # type: ignore[attr-defined] # noqa: SLF001 -- as Prefetch fills it
            snapshots[lesson.pk] = snapshot_with(lesson, assisting, attending)
    return PlannedLessons(rows, snapshots)


def _pairs(
    keys: Sequence[tuple[int, int]], objects: models.QuerySet[Row]
) -> defaultdict[int, list[Row]]:
    """Return the objects of each lesson, by its key; of one that is gone by now, none."""
    object_by_key: dict[int, Row] = {}
    for batch in in_batches(pk for _lesson_id, pk in keys):
        object_by_key.update(objects.in_bulk(batch))
    objects_by_lesson: defaultdict[int, list[Row]] = defaultdict(list)
    for lesson_id, pk in keys:
        if pk in object_by_key:
            objects_by_lesson[lesson_id].append(object_by_key[pk])
    return objects_by_lesson


_PLANNED = Statement(
    lambda term_id: (
        PlannedLesson.objects.filter(term=term_id)
        .select_related("lesson__course", "lesson__teacher")
        .order_by("date", "pk")
    )
)
_ASSISTING = Statement(
    lambda term_id: Lesson.assistants.through.objects.filter(
        lesson__planned__term=term_id
    ).values_list("lesson", "user")
)
_ATTENDING = Statement(
    lambda term_id: Lesson.class_groups.through.objects.filter(
        lesson__planned__term=term_id
    ).values_list("lesson", "classgroup")
)
