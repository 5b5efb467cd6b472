"""Effects of planning a term: the lessons that its weekly lessons ask for, beside those that are there."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from edu_platform.lib.progress import Phase, counted
from schedule.lessons.begun import begun_among
from schedule.lessons.plan import snapshot_of_plan
from schedule.models import Lesson, PlannedLesson, Term, WeeklyLesson
from schedule.terms.bells.bell_lists import BellLists, bell_lists_of
from schedule.terms.days.calendar import TermCalendar, calendar_of
from schedule.terms.planning.placements import Placement, Placements, place, placements_of
from schedule.terms.planning.plan_conflicts import PlanConflict, Timetable, Wanted, conflicts_of
from schedule.terms.planning.planned_lessons import planned_lessons_of
from schedule.terms.planning.term_difference import (
    Place,
    PlanPart,
    Rewritten,
    TermDifference,
    place_of,
    place_of_lesson,
)

# A lesson follows its weekly lesson to another day that is no further away; else it is another lesson.
FOLLOWS_WITHIN = dt.timedelta(days=14)


def difference(
    term: Term,
    *,
    at: dt.datetime,
    with_past: bool,
    part: PlanPart | None = None,
    weekly_lessons: Collection[WeeklyLesson] | None = None,
    calendar: TermCalendar | None = None,
    bell_lists: BellLists | None = None,
    handed_over: Mapping[int, WeeklyLesson] | None = None,
) -> TermDifference:
    """Return what the lessons of a term lack of its weekly lessons; a number of queries that hardly grows with them.

    `with_past`: lessons that lie in the past are made as well, as history. What is there and over is
    never touched. `part`: nothing else of the plan is looked at. `weekly_lessons`: as these will be, all or those
    of the part, instead of those that the term has; `calendar`, `bell_lists`: as its days and bell times will be.
    `handed_over`: whose the planned lessons with these keys will be.
    """
    placements = _placements(term, part, weekly_lessons, calendar, bell_lists)
    planned_lessons = planned_lessons_of(term, among=part.planned_ids if part else None)
    _hand_over(planned_lessons.rows, handed_over or {})
    if weekly_lessons is not None:
        _orphan(planned_lessons.rows, {weekly_lesson.pk for weekly_lesson in weekly_lessons})
    making_up = (placement.date for placement in placements.wanted if placement.day.makes_up_for)
    plan_difference = TermDifference(
        at,
        on_holidays=placements.on_holidays,
        not_placed=placements.not_placed,
        partly_away=[each for each in placements.partly_away if each.placement.starts_at > at],
        making_up=Counter(making_up),
        snapshots=planned_lessons.snapshots,
    )
    # A class may run though its time has not come.
    begun = begun_among(planned.lesson_id for planned in planned_lessons.rows)
    matching = _Matching(plan_difference, at, begun)
    missing = matching.match(planned_lessons.rows, placements.wanted)
    for placement in missing:
        is_made = with_past or placement.plan.starts_at > at
        (plan_difference.added if is_made else plan_difference.past).append(placement)
    plan_difference.changed.sort(key=lambda rewritten: rewritten.plan.starts_at)
    plan_difference.removed.sort(key=lambda planned: planned.date)
    plan_difference.conflicts = _conflicts(plan_difference, Timetable(_wanted(plan_difference)))
    return plan_difference


def without_conflicts(plan_difference: TermDifference) -> TermDifference:
    """The difference without the lessons that cannot be placed; its conflicts still tell of them."""
    conflicts = list(plan_difference.conflicts)
    timetable = Timetable(_wanted(plan_difference))
    while plan_difference.conflicts:
        barred = {conflict.placement.key for conflict in plan_difference.conflicts}
        plan_difference = dataclasses.replace(
            plan_difference,
            added=[placement for placement in plan_difference.added if placement.key not in barred],
            changed=[
                rewritten
                for rewritten in plan_difference.changed
                if rewritten.placement.key not in barred
            ],
        )
        plan_difference.conflicts = _conflicts(plan_difference, timetable)
        conflicts += plan_difference.conflicts
    return dataclasses.replace(plan_difference, conflicts=conflicts)


def _hand_over(
    planned_lessons: Iterable[PlannedLesson], handed_over: Mapping[int, WeeklyLesson]
) -> None:
    for planned in planned_lessons:
        if planned.pk in handed_over:
            planned.weekly_lesson = handed_over[planned.pk]


def _orphan(planned_lessons: Iterable[PlannedLesson], staying: Collection[int]) -> None:
    """Take them from weekly lessons that will not stay, as it becomes of those that are deleted."""
    for planned in planned_lessons:
        if planned.weekly_lesson_id not in staying:
            planned.weekly_lesson_id = None


def _placements(
    term: Term,
    part: PlanPart | None,
    weekly_lessons: Collection[WeeklyLesson] | None,
    calendar: TermCalendar | None,
    bell_lists: BellLists | None,
) -> Placements:
    bell_lists = bell_lists or bell_lists_of(term)
    if weekly_lessons is None:
        source = part.source if part else None
        return placements_of(term, source=source, calendar=calendar, bell_lists=bell_lists)
    return place(weekly_lessons, calendar or calendar_of(term), bell_lists)


@dataclass(frozen=True, slots=True)
class _Matching:
    """Matches the lessons that exist with the placements that ask for them."""

    found: TermDifference
    at: dt.datetime
    begun: Container[int]

    def match(
        self, planned_lessons: Sequence[PlannedLesson], wanted: Sequence[Placement]
    ) -> list[Placement]:
        """Sort in all lessons that exist, and return the placements for which there is none."""
        by_key = {
            (planned.weekly_lesson_id, planned.date): planned
            for planned in planned_lessons
            if planned.weekly_lesson_id is not None
        }
        missing: list[Placement] = []
        for placement in counted(wanted, Phase.COMPARING, len(wanted)):
            planned = by_key.pop(placement.key, None)
            if planned is None:
                missing.append(placement)
            else:
                self.compare(planned, placement)
        orphans = [planned for planned in planned_lessons if planned.weekly_lesson_id is None]
        left, missing = self.take_over(orphans, missing)
        left = sorted([*by_key.values(), *left], key=lambda planned: planned.date)
        return self.sort_unasked(left, missing)

    def compare(self, planned: PlannedLesson, placement: Placement) -> None:
        """Compare a lesson with its placement on the same day."""
        lesson = planned.lesson
        if lesson is None or planned.is_edited:
            self.found.left_alone.append(planned)
        elif lesson.starts_at <= self.at:
            self.found.unchanged += 1
        else:
            self._rewrite(planned, lesson, placement)

    def _rewrite(self, planned: PlannedLesson, lesson: Lesson, placement: Placement) -> None:
        rewritten = self._rewritten(planned, lesson, placement)
        if rewritten.before == rewritten.after:
            self.found.unchanged += 1
        elif lesson.pk in self.begun or not self._is_coming(placement):
            self.found.left_alone.append(planned)
        else:
            self.found.changed.append(rewritten)

    def _is_coming(self, placement: Placement) -> bool:
        """Nothing is ever moved into the past."""
        return placement.plan.starts_at > self.at

    def take_over(
        self, orphans: Iterable[PlannedLesson], missing: Sequence[Placement]
    ) -> tuple[list[PlannedLesson], list[Placement]]:
        """Give lessons whose weekly lesson was removed to one that was made in its place; return the others of both.

        It is in its place with the same course and class groups, on the same day at the same time. Of lessons
        that somebody moved by hand only the day of the plan is known.
        """
        orphans = [planned for planned in orphans if planned.lesson is not None]
        if not orphans:
            return [], list(missing)
        by_time = {place_of(placement.plan): placement for placement in missing}
        left = [
            planned
            for planned in orphans
            if not planned.is_edited
            and not self._take_over(planned, by_time.pop(self._place(planned), None))
        ]
        left += self._take_over_edited(
            [planned for planned in orphans if planned.is_edited], by_time.values()
        )
        taken = {placement.key for _planned, placement in self.found.taken_over}
        return left, [placement for placement in missing if placement.key not in taken]

    def _take_over_edited(
        self, edited: Iterable[PlannedLesson], free: Iterable[Placement]
    ) -> list[PlannedLesson]:
        on_day: dict[object, list[Placement]] = defaultdict(list)
        for placement in free:
            on_day[*place_of(placement.plan)[:2], placement.date].append(placement)
        left = []
        for planned in edited:
            course_id, groups, starts_at = self._place(planned)
            nearest = on_day[course_id, groups, planned.date]
            nearest.sort(key=lambda placement: placement.plan.starts_at != starts_at)
            if not self._take_over(planned, nearest.pop(0) if nearest else None):
                left.append(planned)
        return left

    def _place(self, planned: PlannedLesson) -> Place:
        return place_of_lesson(self.found.snapshots[planned.lesson_id or 0])

    def _take_over(self, planned: PlannedLesson, placement: Placement | None) -> bool:
        if placement is None:
            return False
        self.found.taken_over.append((planned, placement))
        self.compare(planned, placement)
        return True

    def sort_unasked(
        self, left: Iterable[PlannedLesson], missing: Sequence[Placement]
    ) -> list[Placement]:
        """Sort in the lessons that are asked for on no day, or on another one; return what is missing still.

        Those that stay as they are stand for their weekly lesson in their week, so that it has no second lesson
        there. The others follow their weekly lesson, to a day of the same week before any other; the rest goes.
        """
        wanted: dict[int | None, list[Placement]] = defaultdict(list)
        for placement in missing:
            wanted[placement.weekly_lesson.pk].append(placement)
        free: list[PlannedLesson] = []
        for planned in left:
            if self._stays(planned):
                _take_nearest(wanted[planned.weekly_lesson_id], planned, _is_same_week)
            else:
                free.append(planned)
        for is_near in (_is_same_week, _is_near):
            free = [planned for planned in free if not self._follows(planned, wanted, is_near)]
        self.found.removed += free
        keys_left = {placement.key for placements in wanted.values() for placement in placements}
        return [placement for placement in missing if placement.key in keys_left]

    def _stays(self, planned: PlannedLesson) -> bool:
        """Tell whether it is left as it is, though no weekly lesson asks for it."""
        lesson = planned.lesson
        if lesson is None:
            return True
        if lesson.starts_at <= self.at:
            self.found.unchanged += 1
            return True
        if planned.is_edited or lesson.pk in self.begun:
            self.found.left_alone.append(planned)
            return True
        return False

    def _follows(
        self, planned: PlannedLesson, wanted: dict[int | None, list[Placement]], is_near: _Nearness
    ) -> bool:
        lesson = planned.lesson
        mine = wanted[planned.weekly_lesson_id]
        nearest = _take_nearest(
            mine, planned, lambda *both: self._is_coming(both[1]) and is_near(*both)
        )
        if lesson is None or nearest is None:
            return False
        self.found.changed.append(self._rewritten(planned, lesson, nearest))
        return True

    def _rewritten(self, planned: PlannedLesson, lesson: Lesson, placement: Placement) -> Rewritten:
        """The lesson as the placement has it; what weekly lessons do not say stays as it is."""
        plan = dataclasses.replace(
            placement.plan,
            students_may_download=lesson.students_may_download,
            families_may_watch=lesson.families_may_watch,
        )
        after = snapshot_of_plan(plan, lesson.state)
        before = self.found.snapshots[lesson.pk]
        return Rewritten(planned, lesson, placement, plan, before, after)


_Nearness = Callable[[PlannedLesson, Placement], bool]


def _is_same_week(planned: PlannedLesson, placement: Placement) -> bool:
    return placement.date.isocalendar()[:2] == planned.date.isocalendar()[:2]


def _is_near(planned: PlannedLesson, placement: Placement) -> bool:
    return abs(placement.date - planned.date) <= FOLLOWS_WITHIN


def _take_nearest(
    placements: list[Placement], planned: PlannedLesson, is_near: _Nearness
) -> Placement | None:
    """Remove and return the nearest that is near enough; None when there is none."""
    near = [placement for placement in placements if is_near(planned, placement)]
    if not near:
        return None
    nearest = min(near, key=lambda placement: (abs(placement.date - planned.date), placement.date))
    placements.remove(nearest)
    return nearest


# --- Conflicts ------------------------------------------------------------------------------------


def _wanted(plan_difference: TermDifference) -> list[Wanted]:
    added = (Wanted(placement) for placement in plan_difference.added)
    changed = (
        Wanted(rewritten.placement, rewritten.lesson, rewritten.before, rewritten.after)
        for rewritten in plan_difference.changed
    )
    return sorted([*added, *changed], key=lambda wanted: wanted.placement.plan.starts_at)


def _conflicts(plan_difference: TermDifference, timetable: Timetable) -> list[PlanConflict]:
    removed = (
        planned.lesson_id for planned in plan_difference.removed if planned.lesson_id is not None
    )
    return conflicts_of(_wanted(plan_difference), timetable, removed=removed)
