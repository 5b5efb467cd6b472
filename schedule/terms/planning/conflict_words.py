"""Words for who stands against the lessons of a plan: taken by which other lesson, or why not at all."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext

from edu_platform.lib.batches import in_batches
from schedule.lessons.plan import LessonPlan
from schedule.models import Lesson
from schedule.occupancy.bookings import Holder
from schedule.occupancy.overlaps import Who
from schedule.occupancy.words import named, taken_in_words, who_in_words
from schedule.terms.planning.plan_conflicts import PlanConflict

# What makes a lesson one of many: its weekly lesson, or what it has in common with those of other weeks.
WeeklyKey = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class WeeklyConflict:
    """Conflicts of one weekly lesson with one other, in all their weeks; in order of time."""

    conflicts: Sequence[PlanConflict]

    @property
    def first(self) -> PlanConflict:
        return self.conflicts[0]

    @property
    def who(self) -> Who:
        """With the students of all the weeks."""
        holder = self.first.holder
        if self.first.who is None:
            return Who(holder, holder)
        students = {
            pk for conflict in self.conflicts if conflict.who for pk in conflict.who.students
        }
        return Who(holder, self.first.who.other, frozenset(students))


def by_week(conflicts: Iterable[PlanConflict]) -> list[WeeklyConflict]:
    """Those of one weekly lesson together, by who is taken and by what; one query, more for hundreds."""
    conflicts = list(conflicts)
    others = _other_lessons(
        conflict.lesson_id for conflict in conflicts if conflict.lesson_id is not None
    )
    groups: dict[object, list[PlanConflict]] = defaultdict(list)
    for conflict in conflicts:
        by = conflict.other.weekly_lesson.pk if conflict.other is not None else None
        taken = others.get(conflict.lesson_id) if conflict.lesson_id is not None else None
        near = conflict.who.other if conflict.who is not None else None
        key = (conflict.placement.weekly_lesson.pk, conflict.holder, near, by, taken)
        groups[key].append(conflict)
    return [WeeklyConflict(group) for group in groups.values()]


def _other_lessons(lesson_ids: Iterable[int]) -> dict[int, WeeklyKey]:
    """Return the weekly keys of lessons by their own keys."""
    keys_by_lesson: dict[int, WeeklyKey] = {}
    columns = ("pk", "starts_at", "ends_at", "planned__weekly_lesson", "course", "teacher")
    for batch in in_batches(lesson_ids):
        rows = Lesson.objects.filter(pk__in=batch).values_list(*columns)
        for pk, start, end, weekly_lesson, *others in rows:
            begins = timezone.localtime(start)
            keys_by_lesson[pk] = weekly_key(
                begins, end - start, weekly_lesson=weekly_lesson, others=others
            )
    return keys_by_lesson


def weekly_key(
    begins: dt.datetime, length: dt.timedelta, *, weekly_lesson: int | None, others: Iterable[int]
) -> WeeklyKey:
    """Return what lessons of other weeks are alike by; `others` are the keys of the course and the teacher."""
    if weekly_lesson is not None:
        return ("weekly_lesson", weekly_lesson)
    length_s = int(length.total_seconds())
    return ("lesson", *others, begins.isoweekday(), f"{begins:%H:%M}", length_s)


class ConflictWords:
    """The names that conflicts mention, read at once: four queries, more for hundreds of conflicts."""

    def __init__(self, conflicts: Collection[WeeklyConflict]) -> None:
        # Some of a file's plan may not be saved yet.
        name_by_holder = {
            holder: name
            for conflict in conflicts
            for placement in (conflict.first.placement, conflict.first.other)
            if placement is not None
            for holder, name in _named_in(placement.plan).items()
        }
        self._names = who_in_words({conflict.who for conflict in conflicts}, known=name_by_holder)
        self._lessons = _lessons_of(conflicts)

    def who(self, conflict: WeeklyConflict) -> str:
        return self._names[conflict.who]

    def lesson(self, conflict: WeeklyConflict) -> Lesson | None:
        """The first lesson in the way, of those in the timetable; None where the plan has it, or none is."""
        pk = conflict.first.lesson_id
        return None if pk is None else self._lessons.get(pk)

    def why(self, conflict: WeeklyConflict, other: str) -> str:
        """The sentence; `other` is the lesson in the way, where there is one."""
        name = self.who(conflict)
        if conflict.first.cannot_teach:
            return conflict.first.cannot_teach.words(name)
        if conflict.first.is_archived:
            return gettext("The class group %(name)s is archived.") % {"name": name}
        return taken_in_words(conflict.who, name, other)


def _named_in(plan: LessonPlan) -> dict[Holder, str]:
    return named((plan.teacher, *plan.assistants), plan.class_groups)


def _lessons_of(conflicts: Iterable[WeeklyConflict]) -> dict[int, Lesson]:
    """With their teachers, class groups, and weekly lessons."""
    rows = Lesson.objects.select_related("course", "teacher", "planned")
    rows = rows.prefetch_related("class_groups")
    pks = (
        conflict.first.lesson_id for conflict in conflicts if conflict.first.lesson_id is not None
    )
    return {
        pk: lesson for batch in in_batches(pks) for pk, lesson in rows.in_bulk(list(batch)).items()
    }
