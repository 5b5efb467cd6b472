"""Which lessons stand in the way of a plan: who is taken, and by what."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from schedule.models import Lesson, LessonSnapshot, Occupation
from schedule.planning.shared_students import students_taken

# A page names these, and there are hardly ever more than two.
NAMED_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody whom the plan takes is taken already."""

    who: str
    lesson: Lesson


def clashes_of(
    wanted: LessonSnapshot, *, without: Lesson | None, groups_may_overlap: bool
) -> list[Clash]:
    """Who of a lesson as it is wanted is taken by others than the lesson itself; three queries at most."""
    people = Q(person__in={wanted.teacher.pk, *wanted.assistant_ids})
    groups = Q(class_group__in=wanted.class_group_ids, is_exclusive=True)
    taken = (
        Occupation.objects.overlapping(starts_at=wanted.starts_at, ends_at=wanted.ends_at)
        .filter(people if groups_may_overlap else people | groups)
        .exclude(lesson=without)
        .select_related("lesson__course", "lesson__teacher", "person", "class_group")
        .order_by("lesson__starts_at", "pk")
    )
    found = list(taken[:NAMED_AT_MOST])
    clashes = [Clash(each.who, each.lesson) for each in found]
    if not groups_may_overlap:
        # Where a class group itself is in both, its students are as well.
        of_groups = {each.lesson_id for each in found if each.person is None}
        clashes += _of_students(wanted, without, of_groups)
    return clashes[:NAMED_AT_MOST]


def _of_students(
    wanted: LessonSnapshot, without: Lesson | None, named: Collection[int]
) -> list[Clash]:
    """Students who are in other lessons than those that are named already."""
    found = students_taken(
        wanted.class_group_ids,
        starts_at=wanted.starts_at,
        ends_at=wanted.ends_at,
        without=without,
    )
    return [Clash(each.who, each.lesson) for each in found if each.lesson.pk not in named]
