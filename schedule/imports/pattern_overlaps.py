"""Who would be in two lessons at once, were the weekly lessons of a file taken over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from edu_platform.lib.batches import in_batches
from edu_platform.lib.spreadsheets.rows import WHOLE_FILE, SheetFault
from schedule.models import Lesson, Pattern, Term
from schedule.services.overlaps import Holder
from schedule.terms.difference import TermDifference
from schedule.terms.plan_conflicts import PlanConflict
from schedule.terms.weeks import Weeks
from schedule.terms.words import pattern_in_words

FIRST_LINE = 1


@dataclass(frozen=True, slots=True)
class RowConflict:
    """A row of which somebody is taken already, and by which lesson of the timetable, where it is one."""

    fault: SheetFault
    lesson: Lesson | None = None


@dataclass(frozen=True, slots=True)
class _Taken:
    pattern: Pattern
    weeks: frozenset[int]


def weekly_conflicts(term: Term, lines: Mapping[int, int]) -> list[RowConflict]:
    """The rows that overlap with an earlier row, or with a weekly lesson that is not of the file.

    `lines` are those of the file's patterns, by key. Each row once for each person or class group.
    """
    found: list[RowConflict] = []
    for holder, slots in _slots_of(term).items():
        for later, earlier in _overlapping(slots, lines):
            line = lines[later.pk]
            column, who = _named(holder, later)
            other = lines.get(earlier.pk)
            if other is not None:
                reason = gettext("%(who)s is in the lesson of line %(line)s at that time")
                reason %= {"who": who, "line": other}
            else:
                reason = gettext("%(who)s is in the weekly lesson %(lesson)s at that time")
                reason %= {"who": who, "lesson": pattern_in_words(earlier)}
            found.append(RowConflict(SheetFault(line, column, reason)))
    return found


def lesson_conflicts(
    difference: TermDifference, lines: Mapping[int, int], told: Iterable[RowConflict]
) -> list[RowConflict]:
    """The rows whose lessons another lesson stands against, but for what was told already."""
    known = {(conflict.fault.line, conflict.fault.column) for conflict in told}
    lessons = _lessons_of(difference.conflicts)
    found: dict[object, RowConflict] = {}
    for conflict in difference.conflicts:
        pattern, lesson = conflict.placement.pattern, lessons.get(conflict.lesson_id)
        line = lines.get(pattern.pk)
        column, who = _named(conflict.holder, pattern)
        # Of weekly lessons that stand in each other's way, the lessons do too.
        is_of_term = conflict.other is not None or hasattr(lesson, "planned")
        if (line, column) in known or (is_of_term and known):
            continue
        taken = (conflict.lesson_id, conflict.other and conflict.other.pattern.pk)
        fault = _fault_of(conflict, line, column, who, lesson)
        found.setdefault((pattern.pk, conflict.holder, taken), RowConflict(fault, lesson))
    return list(found.values())


def _fault_of(
    conflict: PlanConflict, line: int | None, column: str, who: str, lesson: Lesson | None
) -> SheetFault:
    if lesson is not None:
        other = str(lesson)
    else:
        other = pattern_in_words(conflict.other.pattern) if conflict.other is not None else ""
    if line is not None:
        reason = gettext("%(who)s is in the lesson %(lesson)s at that time")
        return SheetFault(line, column, reason % {"who": who, "lesson": other})
    reason = gettext(
        "the weekly lesson %(pattern)s, which is not of this file: %(who)s is in the lesson %(lesson)s at that time"
    )
    words = pattern_in_words(conflict.placement.pattern)
    return SheetFault(
        FIRST_LINE, WHOLE_FILE, reason % {"pattern": words, "who": who, "lesson": other}
    )


def _slots_of(term: Term) -> dict[Holder, list[_Taken]]:
    """When each person and class group is taken every week; four queries."""
    slots: dict[Holder, list[_Taken]] = defaultdict(list)
    patterns = term.patterns.select_related("course", "teacher")
    for pattern in patterns.prefetch_related("assistants", "class_groups"):
        weeks = frozenset(Weeks(pattern.weeks).among(term.weeks))
        people = (pattern.teacher, *pattern.assistants.all())
        holders = [Holder(is_person=True, pk=user.pk) for user in people]
        if not pattern.overlap_reason:
            groups = pattern.class_groups.all()
            holders += [Holder(is_person=False, pk=group.pk) for group in groups]
        for holder in holders:
            slots[holder].append(_Taken(pattern, weeks))
    return slots


def _overlapping(
    slots: Sequence[_Taken], lines: Mapping[int, int]
) -> Iterator[tuple[Pattern, Pattern]]:
    """Each row of the file that gives way, with what it gives way to: the later of two lines does.

    What gives way stands in nobody's way any more, so that the rest fits together.
    """
    running: list[_Taken] = []
    for slot in sorted(slots, key=lambda each: (each.pattern.weekday, each.pattern.starts)):
        line = lines.get(slot.pattern.pk, 0)
        running = [each for each in running if _runs_at_start_of(each.pattern, slot.pattern)]
        meeting = [each for each in running if not slot.weeks.isdisjoint(each.weeks)]
        first = min(meeting, key=lambda each: lines.get(each.pattern.pk, 0), default=None)
        if first is not None and lines.get(first.pattern.pk, 0) < line:
            yield slot.pattern, first.pattern
            continue
        for other in meeting:
            if lines.get(other.pattern.pk, 0) > line:
                yield other.pattern, slot.pattern
                running.remove(other)
        running.append(slot)


def _runs_at_start_of(one: Pattern, other: Pattern) -> bool:
    return one.weekday == other.weekday and one.ends > other.starts


def _named(holder: Holder, pattern: Pattern) -> tuple[str, str]:
    """The column that names whom it is about, and their name."""
    if not holder.is_person:
        groups = pattern.class_groups.all()
        return "class_groups", next(group.name for group in groups if group.pk == holder.pk)
    if pattern.teacher_id == holder.pk:
        return "teacher", pattern.teacher.display_name
    assistants = pattern.assistants.all()
    return "assistants", next(user.display_name for user in assistants if user.pk == holder.pk)


def _lessons_of(conflicts: Iterable[PlanConflict]) -> dict[int | None, Lesson]:
    keys = (conflict.lesson_id for conflict in conflicts if conflict.lesson_id)
    found: dict[int | None, Lesson] = {}
    for batch in in_batches(keys):
        found.update(Lesson.objects.select_related("planned").in_bulk(list(batch)))
    return found
