"""The weekly lessons of a term from a file: all of them at once, beside those that are there."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from edu_platform.lib.stand_in_keys import stand_in_key
from edu_platform.lib.versions import version_of
from schedule.enums import RecordMode, WeeklyLessonSource
from schedule.lessons.locks import require_taking_part
from schedule.models import Term, WeeklyLesson
from schedule.terms.locks import lock_term
from schedule.terms.planning.placements import ROLES_OF_PEOPLE, weekly_lessons_to_place
from schedule.terms.term_versions import touch
from schedule.terms.weekly_lessons.writing import (
    WeeklyLessonPlan,
    delete_weekly_lessons,
    insert_weekly_lessons,
    plan_of,
    update_weekly_lessons,
)


@dataclass(frozen=True, slots=True)
class WeeklyLessonChange:
    """A weekly lesson that becomes another, or only comes from another source."""

    weekly_lesson: WeeklyLesson
    before: WeeklyLessonPlan
    after: WeeklyLessonPlan
    source_before: str


@dataclass(slots=True)
class WeeklyLessonDifference:
    """The changes that make a term's weekly lessons of one source as a list of plans says.

    `weekly_lesson_of` says by the number of a wanted plan which weekly lesson it is. Those of the added have no
    key that the database knows until they are saved.
    """

    # By their numbers among the wanted plans.
    added: dict[int, WeeklyLessonPlan] = field(default_factory=dict)
    changed: list[WeeklyLessonChange] = field(default_factory=list)
    unchanged: list[WeeklyLesson] = field(default_factory=list)
    removed: list[WeeklyLesson] = field(default_factory=list)
    weekly_lesson_of: dict[int, WeeklyLesson] = field(default_factory=dict)
    # Those of other sources, of which nothing is wanted.
    others: list[WeeklyLesson] = field(default_factory=list)
    # Numbers of wanted plans that a weekly lesson of another source stands for.
    left_out: list[int] = field(default_factory=list)

    @property
    def changes_anything(self) -> bool:
        return self.written_count > 0

    @property
    def written_count(self) -> int:
        return len(self.added) + len(self.changed) + len(self.removed)

    def new_places(self) -> set[int]:
        """Return the keys of weekly lessons that are new, or whose time or class groups are."""
        same = {weekly_lesson.pk for weekly_lesson in self.unchanged}
        same |= {
            change.weekly_lesson.pk
            for change in self.changed
            if change.before.place == change.after.place
        }
        return {weekly_lesson.pk for weekly_lesson in self.weekly_lesson_of.values()} - same

    def version(self) -> str:
        """Return the version that pages show; rows that it makes have no key before, and count by their names."""
        return version_of(
            sorted(_shown(plan) for plan in self.added.values()),
            sorted(
                (
                    change.weekly_lesson.pk,
                    change.source_before,
                    _shown(change.before),
                    _shown(change.after),
                )
                for change in self.changed
            ),
            sorted(weekly_lesson.pk for weekly_lesson in self.unchanged),
            sorted(weekly_lesson.pk for weekly_lesson in self.removed),
            sorted(self.left_out),
        )

    def counts(self) -> dict[str, int]:
        return {
            "added": len(self.added),
            "changed": len(self.changed),
            "unchanged": len(self.unchanged),
            "removed": len(self.removed),
        }


def _shown(plan: WeeklyLessonPlan) -> str:
    people = [plan.teacher.username, *sorted(user.username for user in plan.assistants)]
    groups = sorted(group.name for group in plan.class_groups)
    return repr((plan.course.name, people, groups, plan.columns() | {"course": "", "teacher": ""}))


@transaction.atomic
def replace_weekly_lessons(
    term: Term,
    wanted: Sequence[WeeklyLessonPlan],
    *,
    source: WeeklyLessonSource,
    takes_over: bool = True,
) -> WeeklyLessonDifference:
    """Make a term's weekly lessons of this source as wanted, and return what that did; few statements.

    Those of other sources stay, except one with the key of a wanted plan: it is taken over, or with
    `takes_over=False` the plan is left out. Weekly lessons keep their lessons when they move or get another teacher.
    Lessons follow with the term's plan.
    """
    # Two files for one term: one after the other.
    lock_term(term)
    difference = compare_weekly_lessons(term, wanted, source=source, takes_over=takes_over)
    write_weekly_lessons(term, difference, source=source)
    return difference


def write_weekly_lessons(
    term: Term, difference: WeeklyLessonDifference, *, source: WeeklyLessonSource
) -> None:
    """Make the weekly lessons of a term, locked by now, as they were compared; few statements.

    Raises:
        ChangedMeanwhile: somebody in one that is new or changed has left since.
    """
    if not difference.changes_anything:
        return
    changed = [change.after for change in difference.changed]
    require_taking_part([*difference.added.values(), *changed])
    delete_weekly_lessons(difference.removed)
    update_weekly_lessons(
        [(change.weekly_lesson, change.after) for change in difference.changed], source=source
    )
    added = insert_weekly_lessons(term, difference.added.values(), source=source)
    for number, weekly_lesson in zip(difference.added, added, strict=True):
        # Lessons that were planned by the stand-in are those of its row then.
        difference.weekly_lesson_of[number].pk = weekly_lesson.pk
    touch(term)


def compare_weekly_lessons(
    term: Term, wanted: Sequence[WeeklyLessonPlan], *, source: WeeklyLessonSource, takes_over: bool
) -> WeeklyLessonDifference:
    """Return what replacing would do; seven queries."""
    rows = weekly_lessons_to_place(term).prefetch_related(*ROLES_OF_PEOPLE)
    weekly_lessons = rows.order_by("weekday", "starts", "pk")
    plans = {weekly_lesson: plan_of(weekly_lesson) for weekly_lesson in weekly_lessons}
    own = {
        weekly_lesson: plan
        for weekly_lesson, plan in plans.items()
        if weekly_lesson.source == source
    }
    others = {
        weekly_lesson: plan
        for weekly_lesson, plan in plans.items()
        if weekly_lesson.source != source
    }
    keys = set() if takes_over else {plan.key for plan in others.values()}
    difference = WeeklyLessonDifference()
    difference.left_out = [number for number, plan in enumerate(wanted) if plan.key in keys]
    open_plans = {n: plan for n, plan in enumerate(wanted) if plan.key not in keys}
    for candidates, key in (
        *((own, key) for key in SAME),
        *((others, key) for key in SAME),
        *((own, key) for key in MOVED),
    ):
        for number, weekly_lesson in _matched(open_plans, candidates, key):
            difference.weekly_lesson_of[number] = weekly_lesson
    for number, plan in enumerate(wanted):
        if number in open_plans:
            difference.added[number] = plan
        elif number in difference.weekly_lesson_of:
            _note(difference, difference.weekly_lesson_of[number], plans, plan, source)
    for number, plan in difference.added.items():
        stand_in = as_planned(term, stand_in_key(number), plan, source)
        difference.weekly_lesson_of[number] = stand_in
    difference.removed, difference.others = list(own), list(others)
    return difference


def weekly_lessons_after(
    term: Term, difference: WeeklyLessonDifference, *, source: WeeklyLessonSource
) -> list[WeeklyLesson]:
    """Return the weekly lessons that the term has once this is written, in the order of their keys; no query."""
    changed = {change.weekly_lesson.pk: change.after for change in difference.changed}
    staying = [*difference.others, *difference.weekly_lesson_of.values()]
    return [
        as_planned(term, weekly_lesson.pk, changed[weekly_lesson.pk], source)
        if weekly_lesson.pk in changed
        else weekly_lesson
        for weekly_lesson in sorted(staying, key=lambda weekly_lesson: weekly_lesson.pk)
    ]


def as_planned(
    term: Term, key: int, plan: WeeklyLessonPlan, source: WeeklyLessonSource
) -> WeeklyLesson:
    """Return a weekly lesson as it will be, with its people and class groups as if they had been read with it."""
    weekly_lesson = WeeklyLesson(pk=key, term=term, source=source, **plan.columns())
    with_it = {"assistants": plan.assistants, "class_groups": plan.class_groups}
    weekly_lesson._prefetched_objects_cache = with_it  # type: ignore[attr-defined] # noqa: SLF001 -- as Prefetch fills it
    return weekly_lesson


Key = Callable[[WeeklyLessonPlan], Hashable]
# The same weekly lesson; and one that was moved, or is held in other weeks. The nearest first, so
# that of several lessons of a class group in a course those that stay are not shifted about.
SAME: tuple[Key, ...] = (lambda plan: (plan.key, plan.teacher.pk), lambda plan: plan.key)
MOVED: tuple[Key, ...] = (
    lambda plan: plan.key[:-1],
    lambda plan: (plan.course.pk, plan.group_ids, plan.teacher.pk),
    lambda plan: (plan.course.pk, plan.group_ids),
)


def _matched(
    open_plans: dict[int, WeeklyLessonPlan],
    candidates: dict[WeeklyLesson, WeeklyLessonPlan],
    key: Key,
) -> Iterator[tuple[int, WeeklyLesson]]:
    """Pair plans and weekly lessons of one key, in order of time; what is paired leaves both."""
    by_key: dict[Hashable, deque[WeeklyLesson]] = defaultdict(deque)
    for weekly_lesson, plan in candidates.items():
        by_key[key(plan)].append(weekly_lesson)
    in_order = sorted(open_plans, key=lambda number: _time_of(open_plans[number]))
    for number in in_order:
        same = by_key[key(open_plans[number])]
        if same:
            weekly_lesson = same.popleft()
            del open_plans[number], candidates[weekly_lesson]
            yield number, weekly_lesson


def _time_of(plan: WeeklyLessonPlan) -> tuple[int, dt.time]:
    return plan.weekday, plan.starts


def _note(
    difference: WeeklyLessonDifference,
    weekly_lesson: WeeklyLesson,
    plans: dict[WeeklyLesson, WeeklyLessonPlan],
    plan: WeeklyLessonPlan,
    source: WeeklyLessonSource,
) -> None:
    before = plans[weekly_lesson]
    after = _completed(plan, before)
    if weekly_lesson.source == source and before.kept() == after.kept():
        difference.unchanged.append(weekly_lesson)
    else:
        difference.changed.append(
            WeeklyLessonChange(weekly_lesson, before, after, weekly_lesson.source)
        )


def _completed(plan: WeeklyLessonPlan, before: WeeklyLessonPlan) -> WeeklyLessonPlan:
    """Fill in a plan from what the weekly lesson is now, wherever the file says nothing or cannot say more."""
    field_names = set(plan.unsaid)
    if plan.first_bell is None and (plan.starts, plan.ends) == (before.starts, before.ends):
        field_names |= {"first_bell", "last_bell"}
    # Recorded in any way is recorded: a signalling recording stays one.
    if plan.record_mode == RecordMode.AUTOMATIC and before.record_mode != RecordMode.NONE:
        field_names.add("record_mode")
    as_it_is = {name: getattr(before, name) for name in field_names}
    return dataclasses.replace(plan, unsaid=frozenset(), **as_it_is)
