"""Weekly lessons of a term that change together with the plan of their part: what that does, and doing it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from edu_platform.lib.batches import in_batches, update_rows
from schedule.enums import ActionOrigin, WeeklyLessonSource
from schedule.lessons.locks import require_taking_part
from schedule.models import PlannedLesson, PlanningAction, Term, WeeklyLesson
from schedule.occupancy.bookings import Holder
from schedule.terms.days.calendar import TermCalendar
from schedule.terms.locks import lock_unchanged
from schedule.terms.planning.difference import without_conflicts
from schedule.terms.planning.placements import ROLES_OF_PEOPLE, weekly_lessons_to_place
from schedule.terms.planning.term_difference import PlanPart, TermDifference
from schedule.terms.planning.term_plan import PlanOptions, WorkedOutPlan, work_out_plan, write_plan
from schedule.terms.publication import drafts_of
from schedule.terms.term_versions import touch
from schedule.terms.weekly_lessons.bulk_writing import as_planned
from schedule.terms.weekly_lessons.overlaps import TakenWeeks, WeeklyOverlap
from schedule.terms.weekly_lessons.writing import (
    WeeklyLessonPlan,
    delete_weekly_lessons,
    insert_weekly_lessons,
    plan_of,
    update_weekly_lessons,
)

# A planned lesson, its weekly lesson, and its day.
_Planned = tuple[int, int, dt.date]


@dataclass(frozen=True, slots=True)
class Becoming:
    """A weekly lesson that becomes another one, and what was held in its place until now."""

    weekly_lesson: WeeklyLesson
    was: WeeklyLessonPlan
    becomes: WeeklyLessonPlan

    @property
    def keeps_place(self) -> bool:
        """Tell whether neither its time nor its class groups are new."""
        return _place(self.was) == _place(self.becomes)

    @property
    def takes_nobody_new(self) -> bool:
        return self.keeps_place and _people(self.becomes) <= _people(self.was)


def _place(plan: WeeklyLessonPlan) -> tuple[object, ...]:
    return *plan.hours, plan.group_ids, bool(plan.overlap_reason)


def _people(plan: WeeklyLessonPlan) -> set[int]:
    return {plan.teacher.pk, *(user.pk for user in plan.assistants)}


@dataclass(slots=True)
class Rearrangement:
    """Holds what becomes of weekly lessons. Those that are new have no key that the database knows until they are saved."""

    # As it was when this was worked out.
    term: Term
    changed: list[Becoming] = field(default_factory=list)
    added: list[Becoming] = field(default_factory=list)
    removed: list[WeeklyLesson] = field(default_factory=list)
    # By the key of a weekly lesson: who takes its lessons over, from which day on.
    heirs: dict[int, tuple[WeeklyLesson, dt.date]] = field(default_factory=dict)

    @property
    def becoming(self) -> Sequence[Becoming]:
        return [*self.changed, *self.added]


class WeeklyLessons:
    """The weekly lessons of a term as they are, read once."""

    def __init__(self, term: Term) -> None:
        rows = weekly_lessons_to_place(term).prefetch_related(*ROLES_OF_PEOPLE)
        self.by_key = {weekly_lesson.pk: weekly_lesson for weekly_lesson in rows}
        self.plans = {pk: plan_of(row) for pk, row in self.by_key.items()}


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """Holds what a rearrangement does to weekly lessons and lessons; nothing of it is written yet."""

    rearrangement: Rearrangement
    # The weekly lesson that cannot become what is wanted, and who of it is taken.
    overlaps: Sequence[tuple[Becoming, WeeklyOverlap]]
    # By the key of a planned lesson: whose it becomes, and its day.
    handed_over: Mapping[int, tuple[WeeklyLesson, dt.date]]
    options: PlanOptions
    # None: nothing of it was ever planned, so there are no lessons that follow.
    plan: WorkedOutPlan | None
    # Its conflicts are those of lessons that were left out before, and stay so.
    leaves_out: bool = False

    @property
    def difference(self) -> TermDifference:
        return TermDifference(self.options.at) if self.plan is None else self.plan.difference

    @property
    def lesson_count(self) -> int:
        return 0 if self.plan is None else self.plan.lesson_count

    def overlap_keys(self) -> list[object]:
        """Return what tells overlaps from others, for versions."""
        return [
            (
                *(becoming.weekly_lesson.pk, overlap.weekly_lesson.pk),
                *(overlap.who.holder, overlap.who.other, sorted(overlap.who.students)),
            )
            for becoming, overlap in self.overlaps
        ]

    @property
    def is_refused(self) -> bool:
        return bool(self.overlaps or (self.difference.conflicts and not self.leaves_out))

    def outcome(self, action: PlanningAction, *, weekly_lesson_count: int) -> dict[str, object]:
        """Return what was done to so many weekly lessons and to their lessons, as plain JSON."""
        counts = self.difference.counts()
        lessons = {name: counts[name] for name in ("added", "changed", "removed")}
        return {**lessons, "weekly_lessons": weekly_lesson_count, "action": action.code}


def work_out(
    rearrangement: Rearrangement,
    weekly_lessons: WeeklyLessons,
    calendar: TermCalendar,
    *,
    at: dt.datetime,
) -> WorkedOut:
    """Say what a rearrangement does; a number of queries that hardly grows with it."""
    term = rearrangement.term
    overlaps = _overlaps(rearrangement, weekly_lessons)
    planned = _planned_lessons(rearrangement)
    handed_over = _handed_over(rearrangement, planned)
    part = PlanPart(
        source=None,
        planned_ids=frozenset(pk for pk, _weekly_lesson, _date in planned),
        is_all_that_waits=not term.awaits_planning,
    )
    options = PlanOptions(at=at, is_draft=drafts_of(term).exists(), part=part)
    after = _as_it_becomes(rearrangement, planned)
    plan = None
    if term.planned_at is not None or after:
        plan = work_out_plan(
            term,
            options,
            weekly_lessons=after,
            calendar=calendar,
            handed_over={pk: heir for pk, (heir, _date) in handed_over.items()},
        )
    if plan is not None and plan.difference.conflicts:
        without = without_conflicts(plan.difference)
        if _left_out(rearrangement, without) <= _left_out_now(rearrangement, options, calendar):
            plan = replace(plan, difference=without)
            return WorkedOut(rearrangement, overlaps, handed_over, options, plan, leaves_out=True)
    return WorkedOut(rearrangement, overlaps, handed_over, options, plan)


# A weekly lesson, who of it is taken, and when.
_LeftOut = tuple[int, Holder, dt.datetime]


def _left_out_now(
    rearrangement: Rearrangement, options: PlanOptions, calendar: TermCalendar
) -> frozenset[_LeftOut]:
    """Return what somebody agreed to leave out when the term was planned, of the weekly lessons as they are."""
    term = rearrangement.term
    if term.planned_at is not None and term.awaits_planning:
        return frozenset()
    rows = [becoming.weekly_lesson for becoming in rearrangement.changed]
    weekly_lessons = [*rows, *rearrangement.removed]
    now = work_out_plan(term, options, weekly_lessons=weekly_lessons, calendar=calendar)
    return _left_out(rearrangement, now.difference)


def _left_out(rearrangement: Rearrangement, difference: TermDifference) -> frozenset[_LeftOut]:
    """Return the conflicts of a difference; both parts of a weekly lesson count as one."""
    heirs = {key: heir.pk for key, (heir, _day) in rearrangement.heirs.items()}
    return frozenset(
        (
            heirs.get(conflict.placement.weekly_lesson.pk, conflict.placement.weekly_lesson.pk),
            conflict.holder,
            conflict.placement.plan.starts_at,
        )
        for conflict in difference.conflicts
    )


def _as_it_becomes(rearrangement: Rearrangement, planned: Iterable[_Planned]) -> list[WeeklyLesson]:
    """Return the weekly lessons as they will be; of a term not planned as a whole, those that have lessons."""
    term = rearrangement.term
    changed = (
        as_planned(term, weekly_lesson.pk, becoming.becomes, _source(weekly_lesson))
        for becoming in rearrangement.changed
        for weekly_lesson in [becoming.weekly_lesson]
    )
    after = [*changed, *(becoming.weekly_lesson for becoming in rearrangement.added)]
    if term.planned_at is not None:
        return after
    having = {weekly_lesson for _pk, weekly_lesson, _date in planned}
    having |= {heir.pk for key, (heir, _day) in rearrangement.heirs.items() if key in having}
    return [weekly_lesson for weekly_lesson in after if weekly_lesson.pk in having]


def _source(weekly_lesson: WeeklyLesson) -> WeeklyLessonSource:
    return WeeklyLessonSource(weekly_lesson.source)


def _overlaps(
    rearrangement: Rearrangement, weekly_lessons: WeeklyLessons
) -> list[tuple[Becoming, WeeklyOverlap]]:
    """Return who would be in two weekly lessons at once, by those that change."""
    leaving = {becoming.weekly_lesson.pk for becoming in rearrangement.changed}
    leaving |= {weekly_lesson.pk for weekly_lesson in rearrangement.removed}
    taken = TakenWeeks(rearrangement.term)
    for pk, weekly_lesson in weekly_lessons.by_key.items():
        if pk not in leaving:
            taken.add(weekly_lesson, weekly_lessons.plans[pk])
    # Those that take nobody new were where they are before: new ones stand in their way, not they in theirs.
    in_order = sorted(rearrangement.becoming, key=lambda becoming: not becoming.takes_nobody_new)
    overlaps: list[tuple[Becoming, WeeklyOverlap]] = []
    for becoming in in_order:
        if not becoming.takes_nobody_new:
            overlaps += [
                (becoming, overlap)
                for overlap in taken.overlaps_of(becoming.becomes, keeps_place=becoming.keeps_place)
            ]
        taken.add(becoming.weekly_lesson, becoming.becomes, keeps_place=becoming.keeps_place)
    return overlaps


def _planned_lessons(rearrangement: Rearrangement) -> list[_Planned]:
    """Return the keys of the lessons that were made of them, with those of their weekly lessons, and their days."""
    keys = [becoming.weekly_lesson.pk for becoming in rearrangement.changed]
    keys += [weekly_lesson.pk for weekly_lesson in rearrangement.removed]
    planned: list[_Planned] = []
    for batch in in_batches(keys):
        rows = PlannedLesson.objects.filter(weekly_lesson__in=batch).order_by("pk")
        planned += [
            (pk, weekly_lesson, date)
            for pk, weekly_lesson, date in rows.values_list("pk", "weekly_lesson", "date")
        ]
    return planned


def _handed_over(
    rearrangement: Rearrangement, planned: Iterable[_Planned]
) -> dict[int, tuple[WeeklyLesson, dt.date]]:
    """Return whose lessons these become, by their keys; nobody has two on one day."""
    days_of_lessons = {(weekly_lesson, date) for _pk, weekly_lesson, date in planned}
    handed_over: dict[int, tuple[WeeklyLesson, dt.date]] = {}
    for pk, weekly_lesson, date in planned:
        heir, first_day = rearrangement.heirs.get(weekly_lesson, (None, date))
        if heir is not None and date >= first_day and (heir.pk, date) not in days_of_lessons:
            handed_over[pk] = heir, date
    return handed_over


# --- Writing --------------------------------------------------------------------------------------


def write(worked_out: WorkedOut, *, action: PlanningAction) -> None:
    """Do what was worked out, in the transaction of the caller; the action is saved whatever it changes.

    Raises:
        Term.DoesNotExist: the term was deleted meanwhile.
        ChangedMeanwhile: it, its lessons or people are not as they were.
    """
    rearrangement = worked_out.rearrangement
    term = rearrangement.term
    lock_unchanged(term)
    require_taking_part(becoming.becomes for becoming in rearrangement.becoming)
    update_weekly_lessons(
        [(becoming.weekly_lesson, becoming.becomes) for becoming in rearrangement.changed]
    )
    _insert(term, rearrangement.added)
    rows = [
        PlannedLesson(pk=pk, term=term, weekly_lesson_id=heir.pk, date=date)
        for pk, (heir, date) in worked_out.handed_over.items()
    ]
    update_rows(rows, ["weekly_lesson"])
    delete_weekly_lessons(rearrangement.removed)
    touch(term)
    action.origin = ActionOrigin.TERM
    if worked_out.plan is not None:
        write_plan(worked_out.plan, action=action, options=worked_out.options)
    if action._state.adding:  # noqa: SLF001 -- as documented by Django
        # No lesson changed, so nobody is told; it can be undone nevertheless.
        action.save()


def _insert(term: Term, added: Collection[Becoming]) -> None:
    by_source: dict[WeeklyLessonSource, list[Becoming]] = defaultdict(list)
    for becoming in added:
        by_source[_source(becoming.weekly_lesson)].append(becoming)
    for source, some in by_source.items():
        rows = insert_weekly_lessons(term, [becoming.becomes for becoming in some], source=source)
        for becoming, row in zip(some, rows, strict=True):
            # Lessons that were planned by the stand-in are those of its row then.
            becoming.weekly_lesson.pk, becoming.weekly_lesson.code = row.pk, row.code
