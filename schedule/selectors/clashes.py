"""Which lessons stand in the way of a plan: who is taken, and by what."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from schedule.models import Lesson, LessonSnapshot, Occupation

# A page names these, and there are hardly ever more than two.
NAMED_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody whom the plan takes is taken already."""

    who: str
    is_class_group: bool
    lesson: Lesson


def clashes_of(
    wanted: LessonSnapshot, *, without: Lesson | None, groups_may_overlap: bool
) -> list[Clash]:
    """Who of a lesson as it is wanted is taken by others than the lesson itself; one query."""
    people = Q(person__in={wanted.teacher.pk, *wanted.assistant_ids})
    groups = Q(class_group__in=wanted.class_group_ids, is_exclusive=True)
    taken = (
        Occupation.objects.overlapping(starts_at=wanted.starts_at, ends_at=wanted.ends_at)
        .filter(people if groups_may_overlap else people | groups)
        .exclude(lesson=without)
        .select_related("lesson__course", "lesson__teacher", "person", "class_group")
        .order_by("lesson__starts_at", "pk")
    )
    return [
        Clash(
            who=each.who,
            is_class_group=each.person is None,
            lesson=each.lesson,
        )
        for each in taken[:NAMED_AT_MOST]
    ]
