"""Adding, changing and removing the weekly lessons of a term. Lessons follow when the term is planned."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q

from edu_platform.lib.versions import require_as_shown
from schedule.enums import PatternSource
from schedule.models import Pattern, PlannedLesson, Term
from schedule.models.lessons import any_room_has_begun
from schedule.terms.pattern_plans import PatternPlan, plan_of
from schedule.terms.pattern_writing import insert_patterns, lock_term, update_patterns
from schedule.terms.plan_marks import touch
from schedule.terms.weekly_overlaps import TakenWeeks, WeeklyOverlap


class PatternOverlaps(Exception):
    """Somebody would be in two weekly lessons at once; `overlaps` says who, and in which other one."""

    def __init__(self, overlaps: Sequence[WeeklyOverlap]) -> None:
        super().__init__(f"{len(overlaps)} overlaps")
        self.overlaps = overlaps


def _require_no_overlap(
    term: Term, plan: PatternPlan, *, changed: tuple[Pattern, PatternPlan] | None = None
) -> None:
    """`changed`: the weekly lesson that becomes this, as it was."""
    taken = TakenWeeks(term)
    people = [user.pk for user in (plan.teacher, *plan.assistants)]
    near = (
        term.patterns.filter(
            Q(teacher__in=people) | Q(assistants__in=people) | Q(class_groups__in=taken.near(plan)),
            weekday=plan.weekday,
            starts__lt=plan.ends,
            ends__gt=plan.starts,
        )
        .exclude(pk__in=[] if changed is None else [changed[0].pk])
        .select_related("term", "course", "teacher")
        .prefetch_related("assistants", "class_groups")
        .order_by("starts", "pk")
        .distinct()
    )
    for pattern in near:
        taken.add(pattern, plan_of(pattern))
    keeps_place = changed is not None and changed[1].place == plan.place
    if overlaps := taken.overlaps_of(plan, keeps_place=keeps_place):
        raise PatternOverlaps(overlaps)


# --- Writing --------------------------------------------------------------------------------------


@transaction.atomic
def add_pattern(
    term: Term, plan: PatternPlan, *, source: PatternSource = PatternSource.PAGE
) -> Pattern:
    """Add a weekly lesson.

    Raises:
        PatternOverlaps: a person, class group or student is in another one of the term.
    """
    lock_term(term)
    plan = _at_its_bells(term, plan)
    _require_no_overlap(term, plan)
    (pattern,) = insert_patterns(term, [plan], source=source)
    touch(term)
    return pattern


@transaction.atomic
def change_pattern(pattern: Pattern, plan: PatternPlan, *, known: str = "") -> bool:
    """Make a weekly lesson as planned; returns whether it differed. `known`: the version that a page showed.

    Raises:
        NotAsShown: somebody has changed it since.
        PatternOverlaps: a person, class group or student is in another one of the term.
        Pattern.DoesNotExist: it was removed meanwhile.
    """
    lock_term(pattern.term)
    plan = _at_its_bells(pattern.term, plan)
    before = _as_shown(pattern, known)
    if before.kept() == plan.kept():
        return False
    _require_no_overlap(pattern.term, plan, changed=(pattern, before))
    update_patterns([(pattern, plan)])
    touch(pattern.term)
    return True


@transaction.atomic
def remove_pattern(pattern: Pattern, *, known: str = "") -> None:
    """Remove a weekly lesson; one that was removed meanwhile is no fault. Its lessons stay until the term is planned.

    Raises:
        NotAsShown: as `change_pattern`.
    """
    lock_term(pattern.term)
    rows = Pattern.objects.filter(pk=pattern.pk)
    if known and rows.exists():
        _as_shown(pattern, known)
    rows.delete()
    touch(pattern.term)


def _as_shown(pattern: Pattern, known: str) -> PatternPlan:
    """Read a weekly lesson as it is now, its term being locked.

    Raises:
        NotAsShown: somebody has changed it since a page showed it.
        Pattern.DoesNotExist: it was removed meanwhile.
    """
    now = Pattern.objects.select_related("term", "course", "teacher").get(pk=pattern.pk)
    plan = plan_of(now)
    require_as_shown(now, known, plan.version)
    return plan


def _at_its_bells(term: Term, plan: PatternPlan) -> PatternPlan:
    """The plan at the times that its periods have by now: bell times may have changed since they were chosen."""
    if plan.first_bell is None or plan.last_bell is None:
        return plan
    bells = {bell.number: bell for bell in term.bell_times.all()}
    first, last = bells.get(plan.first_bell), bells.get(plan.last_bell)
    if first is None or last is None:
        return dataclasses.replace(plan, first_bell=None, last_bell=None)
    return dataclasses.replace(plan, starts=first.starts, ends=last.ends)


@dataclass(frozen=True, slots=True)
class LessonsOfPattern:
    """Counts of the lessons that were made of it: those that go with it, and those that stay."""

    coming: int
    staying: int


def lessons_of(pattern: Pattern, *, at: dt.datetime) -> LessonsOfPattern:
    """Return what the next planning does with its lessons once it is removed; one query."""
    made = PlannedLesson.objects.filter(pattern=pattern).exclude(lesson=None)
    made = made.annotate(has_begun=any_room_has_begun("lesson"))
    coming = Q(lesson__starts_at__gt=at, is_edited=False, has_begun=False)
    counts = made.aggregate(made=Count("pk"), coming=Count("pk", filter=coming))
    return LessonsOfPattern(counts["coming"], counts["made"] - counts["coming"])
