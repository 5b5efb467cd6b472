"""Putting the weekly lessons of a term back as they were before a file, as far as they are as it left them.

Lessons follow with the term's plan, as they do after an import. Weekly lessons that somebody has changed since stay,
and so do those for which somebody is taken by now, or has left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from edu_platform.lib.batches import in_batches, update_rows
from edu_platform.lib.progress import Phase, counted
from schedule.enums import WeeklyLessonSource
from schedule.lessons.locks import require_taking_part
from schedule.models import (
    ImportedFile,
    ImportedWeeklyLesson,
    PlannedLesson,
    Term,
    WeeklyLesson,
)
from schedule.terms.planning.placements import ROLES_OF_PEOPLE, weekly_lessons_to_place
from schedule.terms.term_versions import touch
from schedule.terms.weekly_lessons.kept_plans import PlanParts, WeeklyLeftReason
from schedule.terms.weekly_lessons.overlaps import TakenWeeks
from schedule.terms.weekly_lessons.writing import (
    WeeklyLessonPlan,
    delete_weekly_lessons,
    insert_weekly_lessons,
    plan_of,
    update_weekly_lessons,
)


@dataclass(frozen=True, slots=True)
class Back:
    """A weekly lesson that becomes what it was; None: it is made again."""

    row: ImportedWeeklyLesson
    plan: WeeklyLessonPlan
    weekly_lesson: WeeklyLesson | None = None

    @property
    def source(self) -> WeeklyLessonSource:
        return WeeklyLessonSource(self.row.source_before)


@dataclass(frozen=True, slots=True)
class WeeklyLeftAlone:
    row: ImportedWeeklyLesson
    # As it is; None: it is not there.
    plan: WeeklyLessonPlan | None
    reason: WeeklyLeftReason


@dataclass(slots=True)
class WeeklyUndoing:
    deleted: list[WeeklyLesson] = field(default_factory=list)
    restored: list[Back] = field(default_factory=list)
    made_again: list[Back] = field(default_factory=list)
    left_alone: list[WeeklyLeftAlone] = field(default_factory=list)

    @property
    def changes_anything(self) -> bool:
        return bool(self.deleted or self.restored or self.made_again)

    def effects(self) -> tuple[object, ...]:
        """Return what a version is made of."""
        return (
            sorted(each.pk for each in self.deleted),
            [(back.row.pk, back.plan.version) for back in (*self.restored, *self.made_again)],
            [(left.row.pk, str(left.reason)) for left in self.left_alone],
        )


def undoing_of_weekly_lessons(file: ImportedFile, term: Term) -> WeeklyUndoing:
    """Return what undoing the import would do; a number of queries that hardly grows with it."""
    rows = list(file.weekly_lessons.order_by("pk"))
    weekly_lessons = weekly_lessons_to_place(term).prefetch_related(*ROLES_OF_PEOPLE)
    by_key = {each.pk: each for each in weekly_lessons.order_by("pk")}
    plans = {pk: plan_of(each) for pk, each in by_key.items()}
    kept_plans = (row.before for row in rows if row.before is not None)
    parts = PlanParts.of(kept_plans, term)
    undoing = WeeklyUndoing()
    wanted: list[Back] = []
    for row in counted(rows, Phase.COMPARING, len(rows)):
        weekly_lesson = by_key.get(row.weekly_lesson_id or 0)
        now = None if weekly_lesson is None else plans[weekly_lesson.pk]
        if row.after is not None and (now is None or now.kept() != row.after):
            reason = WeeklyLeftReason.GONE if now is None else WeeklyLeftReason.CHANGED
            undoing.left_alone.append(WeeklyLeftAlone(row, now, reason))
        elif row.before is None and weekly_lesson is not None:
            undoing.deleted.append(weekly_lesson)
        elif row.before is not None:
            plan = parts.plan(row.before)
            if plan is None:
                undoing.left_alone.append(WeeklyLeftAlone(row, now, WeeklyLeftReason.LEFT))
            else:
                wanted.append(Back(row, plan, weekly_lesson))
    _take_places(undoing, wanted, by_key, plans, term)
    return undoing


def _take_places(
    undoing: WeeklyUndoing,
    wanted: Sequence[Back],
    by_key: Mapping[int, WeeklyLesson],
    plans: Mapping[int, WeeklyLessonPlan],
    term: Term,
) -> None:
    """Put back what fits beside the weekly lessons that stay; one that does not fit stays, and may be in the way too."""
    moving = {back.weekly_lesson.pk for back in wanted if back.weekly_lesson is not None}
    gone = {each.pk for each in undoing.deleted}
    taken = TakenWeeks(term)
    for pk, weekly_lesson in by_key.items():
        if pk not in gone and pk not in moving:
            taken.add(weekly_lesson, plans[pk])
    for back in wanted:
        now = back.weekly_lesson
        # What was at its place before the file, and is still there, was in nobody's way.
        keeps_place = now is not None and plans[now.pk].place == back.plan.place
        if taken.overlaps_of(back.plan, keeps_place=keeps_place):
            now_plan = None if now is None else plans[now.pk]
            undoing.left_alone.append(WeeklyLeftAlone(back.row, now_plan, WeeklyLeftReason.TAKEN))
            if now is not None:
                taken.add(now, plans[now.pk])
            continue
        taken.add(now or WeeklyLesson(term=term), back.plan, keeps_place=keeps_place)
        (undoing.restored if now is not None else undoing.made_again).append(back)


def undo_weekly_lessons(undoing: WeeklyUndoing, term: Term) -> None:
    """Do what was worked out of a term that is locked by now.

    Raises:
        ChangedMeanwhile: somebody has left since it was worked out.
    """
    back = [*undoing.restored, *undoing.made_again]
    require_taking_part(each.plan for each in back)
    delete_weekly_lessons(undoing.deleted)
    for source in WeeklyLessonSource:
        changed = [
            (each.weekly_lesson, each.plan)
            for each in undoing.restored
            if each.weekly_lesson is not None and each.source == source
        ]
        update_weekly_lessons(changed, source=source)
        again = [each for each in undoing.made_again if each.source == source]
        made = insert_weekly_lessons(term, [each.plan for each in again], source=source)
        _give_lessons_back(
            {pk: own for each, own in zip(again, made, strict=True) for pk in each.row.planned}
        )
    if undoing.changes_anything:
        touch(term)


def _give_lessons_back(weekly_lessons: Mapping[int, WeeklyLesson]) -> None:
    """Give weekly lessons the planned lessons with these keys, as far as they are nobody else's by now."""
    given_back: list[PlannedLesson] = []
    for keys in in_batches(weekly_lessons):
        rows = PlannedLesson.objects.filter(pk__in=keys, weekly_lesson=None)
        for planned in rows.select_for_update(no_key=True).order_by("pk"):
            planned.weekly_lesson = weekly_lessons[planned.pk]
            given_back.append(planned)
    update_rows(given_back, ["weekly_lesson"])
