"""The weekly lessons of a term from a file: all of them at once, beside those that are there."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from schedule.enums import PatternSource, RecordMode
from schedule.models import Pattern, Term
from schedule.terms.pattern_plans import PatternPlan, plan_of
from schedule.terms.pattern_writing import (
    delete_patterns,
    insert_patterns,
    lock_term,
    update_patterns,
)
from schedule.terms.plan_marks import touch


@dataclass(frozen=True, slots=True)
class PatternChange:
    """A weekly lesson that becomes another, or only comes from another source."""

    pattern: Pattern
    before: PatternPlan
    after: PatternPlan
    source_before: str


@dataclass(slots=True)
class PatternDifference:
    """Added and changed in the order of what is wanted; the patterns are as they are, until replaced.

    `pattern_of` says by the number of a wanted plan which pattern it is; the added are among them
    once they are saved.
    """

    added: list[PatternPlan] = field(default_factory=list)
    changed: list[PatternChange] = field(default_factory=list)
    unchanged: list[Pattern] = field(default_factory=list)
    removed: list[Pattern] = field(default_factory=list)
    pattern_of: dict[int, Pattern] = field(default_factory=dict)
    # Numbers of wanted plans that a weekly lesson of another source stands for.
    left_out: list[int] = field(default_factory=list)

    @property
    def changes_anything(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    def new_places(self) -> set[int]:
        """The keys of patterns that are new, or whose time or class groups are."""
        same = {pattern.pk for pattern in self.unchanged}
        same |= {each.pattern.pk for each in self.changed if each.before.place == each.after.place}
        return {pattern.pk for pattern in self.pattern_of.values()} - same

    def counts(self) -> dict[str, int]:
        return {
            "added": len(self.added),
            "changed": len(self.changed),
            "unchanged": len(self.unchanged),
            "removed": len(self.removed),
        }


@transaction.atomic
def replace_patterns(
    term: Term, wanted: Sequence[PatternPlan], *, source: PatternSource, takes_over: bool = True
) -> PatternDifference:
    """Have a term the patterns of this source as wanted, and return what that did; few statements.

    Those of other sources stay, except one with the key of a wanted plan: it is taken over, or with
    `takes_over=False` the plan is left out. Patterns keep their lessons when they move or get another teacher.
    Lessons follow with the term's plan.
    """
    # Two files for one term: one after the other.
    lock_term(term)
    found = compare_patterns(term, wanted, source=source, takes_over=takes_over)
    if not found.changes_anything:
        return found
    delete_patterns(found.removed)
    update_patterns([(each.pattern, each.after) for each in found.changed], source=source)
    known = {*found.pattern_of, *found.left_out}
    new = [number for number in range(len(wanted)) if number not in known]
    added = insert_patterns(term, found.added, source=source)
    found.pattern_of.update(zip(new, added, strict=True))
    touch(term)
    return found


def compare_patterns(
    term: Term, wanted: Sequence[PatternPlan], *, source: PatternSource, takes_over: bool
) -> PatternDifference:
    """Return what replacing would do; three queries."""
    rows = term.patterns.select_related("course", "teacher")
    patterns = rows.prefetch_related("assistants", "class_groups").order_by(
        "weekday", "starts", "pk"
    )
    there = {pattern: plan_of(pattern) for pattern in patterns}
    own = {pattern: plan for pattern, plan in there.items() if pattern.source == source}
    others = {pattern: plan for pattern, plan in there.items() if pattern.source != source}
    keys = set() if takes_over else {plan.key for plan in others.values()}
    found = PatternDifference()
    found.left_out = [number for number, plan in enumerate(wanted) if plan.key in keys]
    open_plans = {n: plan for n, plan in enumerate(wanted) if plan.key not in keys}
    for candidates, key in (
        *((own, key) for key in SAME),
        *((others, key) for key in SAME),
        *((own, key) for key in MOVED),
    ):
        for number, pattern in _matched(open_plans, candidates, key):
            found.pattern_of[number] = pattern
    for number, plan in enumerate(wanted):
        if number in open_plans:
            found.added.append(plan)
        elif number in found.pattern_of:
            _note(found, found.pattern_of[number], there, plan, source)
    found.removed = list(own)
    return found


Key = Callable[[PatternPlan], Hashable]
# The same weekly lesson; and one that was moved, or is held in other weeks. The nearest first, so
# that of several lessons of a class group in a course those that stay are not shifted about.
SAME: tuple[Key, ...] = (lambda plan: (plan.key, plan.teacher.pk), lambda plan: plan.key)
MOVED: tuple[Key, ...] = (
    lambda plan: plan.key[:-1],
    lambda plan: (plan.course.pk, plan.group_ids, plan.teacher.pk),
    lambda plan: (plan.course.pk, plan.group_ids),
)


def _matched(
    open_plans: dict[int, PatternPlan], candidates: dict[Pattern, PatternPlan], key: Key
) -> Iterator[tuple[int, Pattern]]:
    """Pair plans and patterns of one key, in order of time; what is paired leaves both."""
    by_key: dict[Hashable, deque[Pattern]] = defaultdict(deque)
    for pattern, plan in candidates.items():
        by_key[key(plan)].append(pattern)
    in_order = sorted(open_plans, key=lambda number: _time_of(open_plans[number]))
    for number in in_order:
        same = by_key[key(open_plans[number])]
        if same:
            pattern = same.popleft()
            del open_plans[number], candidates[pattern]
            yield number, pattern


def _time_of(plan: PatternPlan) -> tuple[int, dt.time]:
    return plan.weekday, plan.starts


def _note(
    found: PatternDifference,
    pattern: Pattern,
    there: dict[Pattern, PatternPlan],
    plan: PatternPlan,
    source: PatternSource,
) -> None:
    before = there[pattern]
    after = _completed(plan, before)
    if pattern.source == source and before.kept() == after.kept():
        found.unchanged.append(pattern)
    else:
        found.changed.append(PatternChange(pattern, before, after, pattern.source))


def _completed(plan: PatternPlan, there: PatternPlan) -> PatternPlan:
    """The plan with all of which it says nothing as it is."""
    kept = set(plan.unsaid)
    if plan.first_bell is None and (plan.starts, plan.ends) == (there.starts, there.ends):
        kept |= {"first_bell", "last_bell"}
    # Recorded in any way is recorded: a signalling recording stays one.
    if plan.record_mode == RecordMode.AUTOMATIC and there.record_mode != RecordMode.NONE:
        kept.add("record_mode")
    as_it_is = {name: getattr(there, name) for name in kept}
    return dataclasses.replace(plan, unsaid=frozenset(), **as_it_is)
