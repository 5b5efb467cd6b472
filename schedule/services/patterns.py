"""Adding, changing and removing the weekly lessons of a term. Lessons follow when the term is planned."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from schedule.enums import PatternSource, RecordMode, RoomType
from schedule.models import ClassGroup, Course, Pattern, Term
from schedule.services.term_changes import touch
from schedule.terms.weeks import Weeks

ROWS_A_STATEMENT = 500
EVERY_WEEK = Weeks()
PLAIN_COLUMNS = (
    *("course", "teacher", "weekday", "starts", "ends", "first_bell", "last_bell", "weeks"),
    *("title", "room_type", "record_mode", "overlap_reason"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternPlan:
    """What planners decide of a weekly lesson."""

    course: Course
    teacher: User
    class_groups: tuple[ClassGroup, ...]
    # 1 is Monday.
    weekday: int
    starts: dt.time
    ends: dt.time
    assistants: tuple[User, ...] = ()
    first_bell: int | None = None
    last_bell: int | None = None
    weeks: Weeks = EVERY_WEEK
    title: str = ""
    room_type: int = RoomType.INTERACTIVE
    record_mode: int = RecordMode.AUTOMATIC
    overlap_reason: str = ""

    def kept(self) -> dict[str, object]:
        """As JSON; the same whenever the plan is."""
        columns = {name: getattr(self, name) for name in PLAIN_COLUMNS}
        return columns | {
            "course": self.course.pk,
            "teacher": self.teacher.pk,
            "starts": str(self.starts),
            "ends": str(self.ends),
            "weeks": self.weeks.text,
            "assistants": sorted(user.pk for user in self.assistants),
            "class_groups": sorted(group.pk for group in self.class_groups),
        }


@dataclass(frozen=True, slots=True)
class PatternClash:
    """Somebody whom a weekly lesson takes is taken by another one in the same weeks."""

    who: str
    is_class_group: bool
    pattern: Pattern


class PatternOverlaps(Exception):
    """Somebody would be in two weekly lessons at once; `clashes` says who, and in which."""

    def __init__(self, clashes: Sequence[PatternClash]) -> None:
        super().__init__(f"{len(clashes)} clashes")
        self.clashes = clashes


def plan_of(pattern: Pattern) -> PatternPlan:
    """A weekly lesson as it is; no query when its people and class groups were read with it."""
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


# --- Who is taken ---------------------------------------------------------------------------------


class TakenTimes:
    """Who is taken when in the weeks of a term, by the weekly lessons that it is given."""

    def __init__(self, term: Term) -> None:
        self._weeks = term.weeks
        self._taken: dict[tuple[int, str, int], list[tuple[PatternPlan, Pattern]]] = defaultdict(
            list
        )

    def add(self, pattern: Pattern, plan: PatternPlan) -> None:
        for key, _who in _holders(plan):
            self._taken[plan.weekday, *key].append((plan, pattern))

    def clashes_of(self, plan: PatternPlan) -> Iterator[PatternClash]:
        """Whom of this plan others take; class groups may overlap where one of the two says why."""
        for key, who in _holders(plan):
            is_class_group = key[0] == "class_group"
            for other, pattern in self._taken[plan.weekday, *key]:
                may_overlap = is_class_group and (plan.overlap_reason or other.overlap_reason)
                if not may_overlap and self._meet(plan, other):
                    yield PatternClash(who, is_class_group, pattern)

    def _meet(self, plan: PatternPlan, other: PatternPlan) -> bool:
        if plan.starts >= other.ends or other.starts >= plan.ends:
            return False
        return not set(plan.weeks.among(self._weeks)).isdisjoint(other.weeks.among(self._weeks))


def _holders(plan: PatternPlan) -> Iterator[tuple[tuple[str, int], str]]:
    for user in (plan.teacher, *plan.assistants):
        yield ("person", user.pk), user.display_name
    for group in plan.class_groups:
        yield ("class_group", group.pk), group.name


def _require_no_overlap(term: Term, plan: PatternPlan, *, without: Pattern | None = None) -> None:
    people = [user.pk for user in (plan.teacher, *plan.assistants)]
    near = (
        term.patterns.filter(
            Q(teacher__in=people)
            | Q(assistants__in=people)
            | Q(class_groups__in=[group.pk for group in plan.class_groups]),
            weekday=plan.weekday,
            starts__lt=plan.ends,
            ends__gt=plan.starts,
        )
        .exclude(pk__in=[] if without is None else [without.pk])
        .select_related("term", "course", "teacher")
        .prefetch_related("assistants", "class_groups")
        .order_by("starts", "pk")
        .distinct()
    )
    taken = TakenTimes(term)
    for pattern in near:
        taken.add(pattern, plan_of(pattern))
    if clashes := list(taken.clashes_of(plan)):
        raise PatternOverlaps(clashes)


# --- Writing --------------------------------------------------------------------------------------


@transaction.atomic
def add_pattern(
    term: Term, plan: PatternPlan, *, source: PatternSource = PatternSource.PAGE
) -> Pattern:
    """Add a weekly lesson.

    Raises:
        PatternOverlaps: somebody is taken by another one of the term.
    """
    lock_term(term)
    plan = _at_its_bells(term, plan)
    _require_no_overlap(term, plan)
    (pattern,) = insert_patterns(term, [plan], source=source)
    touch(term)
    return pattern


@transaction.atomic
def change_pattern(pattern: Pattern, plan: PatternPlan) -> bool:
    """Make a weekly lesson as planned; returns whether it differed.

    Raises:
        PatternOverlaps: somebody is taken by another one of the term.
        Pattern.DoesNotExist: it was removed meanwhile.
    """
    lock_term(pattern.term)
    plan = _at_its_bells(pattern.term, plan)
    before = plan_of(Pattern.objects.select_related("course", "teacher").get(pk=pattern.pk))
    if before.kept() == plan.kept():
        return False
    _require_no_overlap(pattern.term, plan, without=pattern)
    for name, value in _columns(plan).items():
        setattr(pattern, name, value)
    pattern.save(update_fields=PLAIN_COLUMNS)
    pattern.assistants.set(plan.assistants)
    pattern.class_groups.set(plan.class_groups)
    touch(pattern.term)
    return True


@transaction.atomic
def remove_pattern(pattern: Pattern) -> None:
    """Remove a weekly lesson; one that was removed meanwhile is no fault. Its lessons stay until the term is planned."""
    lock_term(pattern.term)
    Pattern.objects.filter(pk=pattern.pk).delete()
    touch(pattern.term)


def lock_term(term: Term) -> None:
    """Who writes weekly lessons or plans them waits for others of the same term.

    Raises:
        Term.DoesNotExist: it was deleted meanwhile.
    """
    Term.objects.select_for_update().get(pk=term.pk)


def insert_patterns(
    term: Term, plans: Iterable[PatternPlan], *, source: PatternSource
) -> list[Pattern]:
    """Write weekly lessons that are known to fit, in a few statements."""
    plans = list(plans)
    patterns = Pattern.objects.bulk_create(
        [Pattern(term=term, source=source, **_columns(plan)) for plan in plans],
        batch_size=ROWS_A_STATEMENT,
    )
    assisting, attending = Pattern.assistants.through, Pattern.class_groups.through
    pairs = list(zip(patterns, plans, strict=True))
    assisting.objects.bulk_create(
        [
            assisting(pattern_id=pattern.pk, user_id=user.pk)
            for pattern, plan in pairs
            for user in plan.assistants
        ],
        batch_size=ROWS_A_STATEMENT,
    )
    attending.objects.bulk_create(
        [
            attending(pattern_id=pattern.pk, classgroup_id=group.pk)
            for pattern, plan in pairs
            for group in plan.class_groups
        ],
        batch_size=ROWS_A_STATEMENT,
    )
    return patterns


def _at_its_bells(term: Term, plan: PatternPlan) -> PatternPlan:
    """The plan at the times that its periods have by now: bell times may have changed since they were chosen."""
    if plan.first_bell is None or plan.last_bell is None:
        return plan
    bells = {bell.number: bell for bell in term.bell_times.all()}
    first, last = bells.get(plan.first_bell), bells.get(plan.last_bell)
    if first is None or last is None:
        return dataclasses.replace(plan, first_bell=None, last_bell=None)
    return dataclasses.replace(plan, starts=first.starts, ends=last.ends)


def _columns(plan: PatternPlan) -> dict[str, object]:
    columns = {name: getattr(plan, name) for name in PLAIN_COLUMNS}
    return columns | {"weeks": plan.weeks.text}
