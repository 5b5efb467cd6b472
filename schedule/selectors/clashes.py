"""Which lessons stand in the way of a plan: who is taken, and by what."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from schedule.models import Lesson, Occupation
from schedule.services.lessons import LessonPlan

# A page names these, and there are hardly ever more than two.
NAMED_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody whom the plan takes is taken already."""

    who: str
    is_class_group: bool
    lesson: Lesson


def clashes_of(plan: LessonPlan, lesson: Lesson | None) -> list[Clash]:
    """Who of the plan is taken by other lessons than its own; one query."""
    people = Q(person__in=[user.pk for user in (plan.teacher, *plan.assistants)])
    groups = Q(class_group__in=[group.pk for group in plan.class_groups], is_exclusive=True)
    taken = (
        Occupation.objects.overlapping(starts_at=plan.starts_at, ends_at=plan.ends_at)
        .filter(people if plan.overlap_reason else people | groups)
        .exclude(lesson=lesson)
        .select_related("lesson__course", "lesson__teacher", "person", "class_group")
        .order_by("lesson__starts_at", "pk")
    )
    return [
        Clash(
            who=each.person.display_name if each.person else str(each.class_group),
            is_class_group=each.person is None,
            lesson=each.lesson,
        )
        for each in taken[:NAMED_AT_MOST]
    ]
