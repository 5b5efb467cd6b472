"""The weekly lessons of a term from a file: all of them at once, beside those that are there."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from accounts.models import User
from edu_platform.lib.batches import in_batches
from schedule.enums import PatternSource, RecordMode, RoomType
from schedule.models import ClassGroup, Course, Pattern, Term
from schedule.services.term_changes import touch
from schedule.terms.weeks import Weeks

ROWS_A_STATEMENT = 500


@dataclass(frozen=True, slots=True)
class PatternPlan:
    """All that planners decide of a weekly lesson.

    None: as the weekly lesson that is there has it, and the usual for a new one.
    """

    course: Course
    teacher: User
    class_groups: tuple[ClassGroup, ...]
    weekday: int  # 1 is Monday
    starts: dt.time
    ends: dt.time
    assistants: tuple[User, ...] | None = None
    # Periods, where it is planned by the term's bell times; both or neither.
    first_bell: int | None = None
    last_bell: int | None = None
    weeks: Weeks = Weeks()  # noqa: RUF009 -- frozen
    title: str | None = None
    room_type: int | None = None
    # Recorded in any way is recorded: `AUTOMATIC` leaves one alone that is recorded by hand.
    record_mode: int | None = None
    overlap_reason: str | None = None

    @property
    def group_ids(self) -> frozenset[int]:
        return frozenset(group.pk for group in self.class_groups)

    @property
    def key(self) -> tuple[int, frozenset[int], int, dt.time, str]:
        """What tells one weekly lesson from another."""
        return self.course.pk, self.group_ids, self.weekday, self.starts, self.weeks.text


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

    @property
    def changes_anything(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    def counts(self) -> dict[str, int]:
        return {
            "added": len(self.added),
            "changed": len(self.changed),
            "unchanged": len(self.unchanged),
            "removed": len(self.removed),
        }


@transaction.atomic
def replace_patterns(
    term: Term, wanted: Sequence[PatternPlan], *, source: PatternSource
) -> PatternDifference:
    """Have a term the patterns of this source as wanted, and return what that did; few statements.

    Those of other sources stay, except one with the key of a wanted plan: it is taken over. Patterns
    keep their lessons when they move or get another teacher. Lessons follow with the term's plan.
    """
    # Two files for one term: one after the other.
    Term.objects.select_for_update().get(pk=term.pk)
    found = compare_patterns(term, wanted, source=source)
    if not found.changes_anything:
        return found
    for batch in in_batches(pattern.pk for pattern in found.removed):
        Pattern.objects.filter(pk__in=batch).delete()
    _change(found.changed, source)
    _add(term, wanted, found, source)
    touch(term)
    return found


def compare_patterns(
    term: Term, wanted: Sequence[PatternPlan], *, source: PatternSource
) -> PatternDifference:
    """What replacing would do; three queries."""
    rows = term.patterns.select_related("course", "teacher")
    patterns = rows.prefetch_related("assistants", "class_groups").order_by(
        "weekday", "starts", "pk"
    )
    there = {pattern: plan_of_pattern(pattern) for pattern in patterns}
    own = {pattern: plan for pattern, plan in there.items() if pattern.source == source}
    others = {pattern: plan for pattern, plan in there.items() if pattern.source != source}
    open_plans = dict(enumerate(wanted))
    found = PatternDifference()
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
        else:
            _note(found, found.pattern_of[number], there, plan, source)
    found.removed = list(own)
    return found


def plan_of_pattern(pattern: Pattern) -> PatternPlan:
    """The plan that the pattern stands for now."""
    return PatternPlan(
        course=pattern.course,
        teacher=pattern.teacher,
        class_groups=tuple(pattern.class_groups.all()),
        weekday=pattern.weekday,
        starts=pattern.starts,
        ends=pattern.ends,
        assistants=tuple(pattern.assistants.all()),
        first_bell=pattern.first_bell,
        last_bell=pattern.last_bell,
        weeks=Weeks(pattern.weeks),
        title=pattern.title,
        room_type=pattern.room_type,
        record_mode=pattern.record_mode,
        overlap_reason=pattern.overlap_reason,
    )


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
    if pattern.source == source and _is_same(before, after):
        found.unchanged.append(pattern)
    else:
        found.changed.append(PatternChange(pattern, before, after, pattern.source))


def _completed(plan: PatternPlan, there: PatternPlan | None) -> PatternPlan:
    """The plan with what it does not say as it is, or as is usual."""
    base = there or dataclasses.replace(
        plan,
        assistants=(),
        title="",
        room_type=RoomType.INTERACTIVE,
        record_mode=RecordMode.AUTOMATIC,
        overlap_reason="",
    )
    keeps_bells = plan.first_bell is None and _hours(plan) == _hours(base)
    is_recorded = plan.record_mode == RecordMode.AUTOMATIC and base.record_mode != RecordMode.NONE
    return dataclasses.replace(
        plan,
        assistants=base.assistants if plan.assistants is None else plan.assistants,
        first_bell=base.first_bell if keeps_bells else plan.first_bell,
        last_bell=base.last_bell if keeps_bells else plan.last_bell,
        title=base.title if plan.title is None else plan.title,
        room_type=base.room_type if plan.room_type is None else plan.room_type,
        record_mode=(
            base.record_mode if plan.record_mode is None or is_recorded else plan.record_mode
        ),
        overlap_reason=base.overlap_reason if plan.overlap_reason is None else plan.overlap_reason,
    )


def _hours(plan: PatternPlan) -> tuple[dt.time, dt.time]:
    return plan.starts, plan.ends


def _is_same(one: PatternPlan, other: PatternPlan) -> bool:
    return (
        _columns(one) == _columns(other)
        and one.group_ids == other.group_ids
        and set(one.assistants or ()) == set(other.assistants or ())
    )


def _columns(plan: PatternPlan) -> dict[str, object]:
    """The pattern's own columns, of a completed plan."""
    return {
        "course_id": plan.course.pk,
        "teacher_id": plan.teacher.pk,
        "weekday": plan.weekday,
        "starts": plan.starts,
        "ends": plan.ends,
        "first_bell": plan.first_bell,
        "last_bell": plan.last_bell,
        "weeks": plan.weeks.text,
        "title": plan.title,
        "room_type": plan.room_type,
        "record_mode": plan.record_mode,
        "overlap_reason": plan.overlap_reason,
    }


def _change(changed: Sequence[PatternChange], source: PatternSource) -> None:
    if not changed:
        return
    for change in changed:
        change.pattern.source = source
        for name, value in _columns(change.after).items():
            setattr(change.pattern, name, value)
    names = ("source", *_columns(changed[0].after))
    patterns = [change.pattern for change in changed]
    Pattern.objects.bulk_update(patterns, names, batch_size=ROWS_A_STATEMENT)
    others = [
        change
        for change in changed
        if change.before.group_ids != change.after.group_ids
        or set(change.before.assistants or ()) != set(change.after.assistants or ())
    ]
    for batch in in_batches(change.pattern.pk for change in others):
        Pattern.assistants.through.objects.filter(pattern__in=batch).delete()
        Pattern.class_groups.through.objects.filter(pattern__in=batch).delete()
    _add_people_and_groups((change.pattern, change.after) for change in others)


def _add(
    term: Term, wanted: Sequence[PatternPlan], found: PatternDifference, source: PatternSource
) -> None:
    numbers = [number for number in range(len(wanted)) if number not in found.pattern_of]
    plans = [_completed(wanted[number], None) for number in numbers]
    patterns = Pattern.objects.bulk_create(
        [Pattern(term=term, source=source, **_columns(plan)) for plan in plans],
        batch_size=ROWS_A_STATEMENT,
    )
    found.pattern_of.update(zip(numbers, patterns, strict=True))
    _add_people_and_groups(zip(patterns, plans, strict=True))


def _add_people_and_groups(planned: Iterable[tuple[Pattern, PatternPlan]]) -> None:
    assisting, attending = Pattern.assistants.through, Pattern.class_groups.through
    assistants, groups = [], []
    for pattern, plan in planned:
        assistants += [
            assisting(pattern_id=pattern.pk, user_id=user.pk) for user in plan.assistants or ()
        ]
        groups += [
            attending(pattern_id=pattern.pk, classgroup_id=group.pk) for group in plan.class_groups
        ]
    assisting.objects.bulk_create(assistants, batch_size=ROWS_A_STATEMENT)
    attending.objects.bulk_create(groups, batch_size=ROWS_A_STATEMENT)
