"""What planning a term would do: the lessons that its patterns ask for, beside those that are there."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from edu_platform.lib.batches import in_batches
from schedule.models import Lesson, Pattern, PlannedLesson, Room, Term
from schedule.services.bulk_lessons import bookings_of
from schedule.services.changes import snapshot_of
from schedule.services.lessons import BEGUN, LessonPlan, snapshot_of_plan
from schedule.services.overlaps import Holder, bookings_in_timetable, find_overlaps
from schedule.terms.calendar import TermDate
from schedule.terms.placements import NotPlaced, Placement, placements_of

# A lesson follows its pattern to another day that is no further away; else it is another lesson.
FOLLOWS_WITHIN = dt.timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A lesson that becomes another: by its pattern, or on another day."""

    planned: PlannedLesson
    lesson: Lesson
    placement: Placement
    plan: LessonPlan

    @property
    def is_moved(self) -> bool:
        return self.lesson.starts_at != self.plan.starts_at


@dataclass(frozen=True, slots=True)
class PlanConflict:
    """A lesson that cannot be placed, since somebody is taken: by a lesson that is there, or by one of the plan."""

    placement: Placement
    holder: Holder
    lesson_id: int | None
    other: Placement | None


@dataclass(slots=True)
class TermDifference:
    """All in order of time."""

    added: list[Placement] = field(default_factory=list)
    changed: list[Rewritten] = field(default_factory=list)
    removed: list[PlannedLesson] = field(default_factory=list)
    # As the patterns have them; and those that are over, whatever the patterns say by now.
    unchanged: int = 0
    # What people changed or deleted by hand, or what has begun: left alone, though the plan says otherwise.
    left_alone: list[PlannedLesson] = field(default_factory=list)
    # Asked for in the past, and not made any more.
    over: int = 0
    conflicts: list[PlanConflict] = field(default_factory=list)
    on_holidays: list[tuple[Pattern, TermDate]] = field(default_factory=list)
    not_placed: list[NotPlaced] = field(default_factory=list)

    @property
    def changes_anything(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    def counts(self) -> dict[str, int]:
        return {
            "added": len(self.added),
            "changed": len(self.changed),
            "unchanged": self.unchanged + len(self.left_alone),
            "removed": len(self.removed),
        }


def difference(term: Term, *, at: dt.datetime, with_past: bool) -> TermDifference:
    """What the lessons of a term lack of its patterns; a number of queries that hardly grows with them.

    `with_past`: lessons that lie in the past are made as well, as history. What is there and over is
    never touched.
    """
    placements = placements_of(term)
    found = TermDifference(on_holidays=placements.on_holidays, not_placed=placements.not_placed)
    there = _planned_lessons(term)
    begun = _begun(there)
    by_key = {(each.pattern_id, each.date): each for each in there}
    missing: list[Placement] = []
    for placement in placements.wanted:
        planned = by_key.pop(placement.key, None)
        if planned is None:
            missing.append(placement)
        elif planned.lesson is None or planned.is_edited:
            found.left_alone.append(planned)
        elif planned.lesson.starts_at <= at:
            found.unchanged += 1
        else:
            _compare(found, planned, planned.lesson, placement, begun)
    unwanted = _unwanted(found, by_key.values(), begun, at)
    _follow(found, unwanted, missing)
    _place_missing(found, missing, at=at, with_past=with_past)
    found.changed.sort(key=lambda each: each.plan.starts_at)
    found.conflicts = _conflicts(found)
    return found


def without_conflicts(found: TermDifference) -> TermDifference:
    """The difference without the lessons that cannot be placed; its conflicts still tell of them."""
    told = list(found.conflicts)
    while found.conflicts:
        barred = {conflict.placement.key for conflict in found.conflicts}
        found = dataclasses.replace(
            found,
            added=[each for each in found.added if each.key not in barred],
            changed=[each for each in found.changed if each.placement.key not in barred],
        )
        found.conflicts = _conflicts(found)
        told += found.conflicts
    return dataclasses.replace(found, conflicts=told)


def _planned_lessons(term: Term) -> list[PlannedLesson]:
    rows = term.planned_lessons.select_related("lesson__course", "lesson__teacher")
    return list(
        rows.prefetch_related("lesson__assistants", "lesson__class_groups").order_by("date", "pk")
    )


def _begun(there: Iterable[PlannedLesson]) -> set[int]:
    """The lessons whose class runs, though their time may not have come."""
    found: set[int] = set()
    rooms = Room.objects.filter(cloud_status__in=BEGUN)
    for batch in in_batches(each.lesson_id for each in there):
        found.update(rooms.filter(lesson__in=batch).values_list("lesson_id", flat=True))
    return found


def _compare(
    found: TermDifference,
    planned: PlannedLesson,
    lesson: Lesson,
    placement: Placement,
    begun: set[int],
) -> None:
    plan = _plan_for(lesson, placement)
    if _is_as_planned(lesson, plan):
        found.unchanged += 1
    elif lesson.pk in begun:
        found.left_alone.append(planned)
    else:
        found.changed.append(Rewritten(planned, lesson, placement, plan))


def _plan_for(lesson: Lesson, placement: Placement) -> LessonPlan:
    """The plan with what patterns do not say as it is."""
    return dataclasses.replace(placement.plan, students_may_download=lesson.students_may_download)


def _is_as_planned(lesson: Lesson, plan: LessonPlan) -> bool:
    same = snapshot_of(lesson) == snapshot_of_plan(plan, lesson.state)
    return same and lesson.overlap_reason == plan.overlap_reason


def _unwanted(
    found: TermDifference, left: Iterable[PlannedLesson], begun: set[int], at: dt.datetime
) -> list[PlannedLesson]:
    """The lessons that no pattern asks for any more, and that may go."""
    unwanted: list[PlannedLesson] = []
    for planned in left:
        if planned.lesson is None:
            continue
        if planned.lesson.starts_at <= at:
            found.unchanged += 1
        elif planned.is_edited or planned.lesson_id in begun:
            found.left_alone.append(planned)
        else:
            unwanted.append(planned)
    return unwanted


def _follow(
    found: TermDifference, unwanted: Sequence[PlannedLesson], missing: list[Placement]
) -> None:
    """Have lessons follow their pattern to another day, of the same week before any other; the rest goes."""
    wanted: dict[int, list[Placement]] = defaultdict(list)
    for placement in missing:
        wanted[placement.pattern.pk].append(placement)
    rest: list[PlannedLesson] = []
    for planned in unwanted:
        same_week = [
            each
            for each in wanted[planned.pattern_id or 0]
            if each.date.isocalendar()[:2] == planned.date.isocalendar()[:2]
        ]
        _pair(found, planned, same_week, wanted, rest)
    for planned in rest:
        near = [
            each
            for each in wanted[planned.pattern_id or 0]
            if abs(each.date - planned.date) <= FOLLOWS_WITHIN
        ]
        _pair(found, planned, near, wanted, found.removed)
    followed = {each.placement.key for each in found.changed}
    missing[:] = [each for each in missing if each.key not in followed]


def _pair(
    found: TermDifference,
    planned: PlannedLesson,
    candidates: Sequence[Placement],
    wanted: dict[int, list[Placement]],
    rest: list[PlannedLesson],
) -> None:
    lesson = planned.lesson
    if lesson is None or not candidates:
        rest.append(planned)
        return
    nearest = min(candidates, key=lambda each: (abs(each.date - planned.date), each.date))
    wanted[nearest.pattern.pk].remove(nearest)
    found.changed.append(Rewritten(planned, lesson, nearest, _plan_for(lesson, nearest)))


def _place_missing(
    found: TermDifference, missing: Iterable[Placement], *, at: dt.datetime, with_past: bool
) -> None:
    for placement in missing:
        if with_past or placement.plan.starts_at > at:
            found.added.append(placement)
        else:
            found.over += 1


def _conflicts(found: TermDifference) -> list[PlanConflict]:
    """Who of the lessons to be placed is taken, each lesson once; by what is there before what is planned."""
    placements = [*found.added, *(each.placement for each in found.changed)]
    if not placements:
        return []
    plans = [each.plan for each in placements]
    leaving = [each.lesson for each in found.changed]
    leaving += [each.lesson for each in found.removed if each.lesson is not None]
    bookings = bookings_in_timetable(
        starts_at=min(plan.starts_at for plan in plans),
        ends_at=max(plan.ends_at for plan in plans),
        without=leaving,
    )
    for order, plan in enumerate(plans, start=1):
        bookings += bookings_of(plan, order=order)
    conflicts: dict[int, PlanConflict] = {}
    for overlap in find_overlaps(bookings):
        order, other = overlap.booking.order, overlap.taken.order
        conflicts.setdefault(
            order,
            PlanConflict(
                placement=placements[order - 1],
                holder=overlap.booking.holder,
                lesson_id=overlap.taken.lesson_pk,
                other=placements[other - 1] if other else None,
            ),
        )
    return [conflicts[order] for order in sorted(conflicts)]
