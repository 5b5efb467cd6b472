"""The changes that planning a term would make, as values, and the version of them that pages show."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from edu_platform.lib.versions import version_of
from schedule.enums import WeeklyLessonSource
from schedule.lessons.plan import LessonPlan
from schedule.models import Lesson, LessonSnapshot, PlannedLesson, Term, WeeklyLesson
from schedule.terms.days.calendar import TermDate
from schedule.terms.planning.placements import NotPlaced, PartlyAway, Placement
from schedule.terms.planning.plan_conflicts import PlanConflict


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A lesson that becomes another: by its weekly lesson, or on another day."""

    planned: PlannedLesson
    lesson: Lesson
    placement: Placement
    plan: LessonPlan
    before: LessonSnapshot
    after: LessonSnapshot

    @property
    def is_moved(self) -> bool:
        return self.lesson.starts_at != self.plan.starts_at


@dataclass(frozen=True, slots=True)
class PlanPart:
    """The part of a term's plan that comes from one source, or is of some weekly lessons, and what was made of it so far."""

    # None: the caller says which weekly lessons the part has.
    source: WeeklyLessonSource | None
    # Its planned lessons, also of weekly lessons that are removed before the plan is applied.
    planned_ids: frozenset[int]
    # Nothing beside this part waits to be planned.
    is_all_that_waits: bool

    @classmethod
    def of(cls, term: Term, source: WeeklyLessonSource) -> PlanPart:
        """The part as it is, before its weekly lessons change."""
        planned = term.planned_lessons.filter(weekly_lesson__source=source)
        others_wait = term.awaits_planning and term.weekly_lessons.exclude(source=source).exists()
        ids = frozenset(planned.values_list("pk", flat=True))
        return cls(source, ids, is_all_that_waits=not others_wait)


@dataclass(slots=True)
class TermDifference:
    """The changes that planning a term would make; each list is in order of time."""

    at: dt.datetime
    added: list[Placement] = field(default_factory=list)
    changed: list[Rewritten] = field(default_factory=list)
    removed: list[PlannedLesson] = field(default_factory=list)
    # Those that are as the weekly lessons say, and those that are over.
    unchanged: int = 0
    # What people changed or deleted by hand, or what has begun: left alone, though the plan says otherwise.
    left_alone: list[PlannedLesson] = field(default_factory=list)
    # Asked for in the past, and not made any more.
    past: list[Placement] = field(default_factory=list)
    conflicts: list[PlanConflict] = field(default_factory=list)
    on_holidays: list[tuple[WeeklyLesson, TermDate]] = field(default_factory=list)
    not_placed: list[NotPlaced] = field(default_factory=list)
    # To come, and held without some of their class groups.
    partly_away: list[PartlyAway] = field(default_factory=list)
    # How many lessons the weekly lessons ask for on days that take another weekday's plan.
    making_up: Counter[dt.date] = field(default_factory=Counter)
    # Lessons of a weekly lesson that was removed, and that another one asks for in its place: they are its lessons then.
    taken_over: list[tuple[PlannedLesson, Placement]] = field(default_factory=list)
    # The lessons that there are of its plan, by their keys.
    snapshots: Mapping[int, LessonSnapshot] = field(default_factory=dict)

    @property
    def changes_anything(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    @property
    def version(self) -> str:
        """The same for the same difference, whether or not lessons are made in the past."""
        return version_of(_told_by(self))

    def counts(self) -> dict[str, int]:
        return {
            "added": len(self.added),
            "changed": len(self.changed),
            "unchanged": self.unchanged + len(self.left_alone),
            "removed": len(self.removed),
        }

    def counts_with_left_out(self) -> dict[str, int]:
        """Return how many lessons planning adds, changes, removes, and leaves out since they conflict."""
        return {**self.counts(), "left_out": len(self.conflicts)}


def _told_by(plan_difference: TermDifference) -> list[object]:
    """Return what a page tells of a difference."""
    placements = [*plan_difference.added, *plan_difference.past]
    asked_for = sorted(placements, key=lambda placement: placement.key)
    return [
        [(*placement.key, _wording(placement.plan)) for placement in asked_for],
        # One of them has begun since, and is not made any more.
        sum(placement.plan.starts_at > plan_difference.at for placement in asked_for),
        [
            (rewritten.lesson.pk, *rewritten.placement.key, _wording(rewritten.plan))
            for rewritten in plan_difference.changed
        ],
        [planned.pk for planned in plan_difference.removed],
        [
            (
                *conflict.placement.key,
                conflict.holder,
                conflict.lesson_id,
                conflict.other and conflict.other.key,
            )
            for conflict in plan_difference.conflicts
            if conflict.placement.plan.starts_at > plan_difference.at
        ],
    ]


def _wording(plan: LessonPlan) -> tuple[object, ...]:
    assistants = sorted(user.pk for user in plan.assistants)
    course_id, groups, starts_at = place_of(plan)
    return (
        *(course_id, plan.teacher.pk, assistants, sorted(groups), starts_at),
        plan.ends_at.astimezone(dt.UTC),
        *(plan.title, int(plan.room_type), int(plan.record_mode), plan.overlap_reason),
    )


# What a lesson that takes the place of another has in common with it: its course, class groups, and start.
Place = tuple[int, frozenset[int], dt.datetime]


def place_of(plan: LessonPlan) -> Place:
    groups = frozenset(group.pk for group in plan.class_groups)
    return plan.course.pk, groups, plan.starts_at.astimezone(dt.UTC)


def place_of_lesson(lesson: LessonSnapshot) -> Place:
    return lesson.course.pk, frozenset(lesson.class_group_ids), lesson.starts_at
