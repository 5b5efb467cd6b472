"""Effects of copying the weekly lessons of one term into another: last year's plan, with this year's class groups."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext

from accounts.models import User
from edu_platform.lib.bulk_writing import WriteIn, own_transaction
from edu_platform.lib.progress import Phase, counted, report
from schedule.enums import WeeklyLessonSource
from schedule.lessons.locks import require_taking_part
from schedule.lessons.may_teach import CannotTeach, cannot_teach
from schedule.lessons.trying_again import ChangedMeanwhile, trying_again
from schedule.models import BellTime, ClassGroup, Term, WeeklyLesson, class_group_names
from schedule.occupancy.words import taken_in_words, who_in_words
from schedule.terms.bells.bell_list_writing import insert_bell_list
from schedule.terms.bells.bell_times import Bells, BellSpan
from schedule.terms.bells.copied_bell_lists import CopiedLists, copied_lists
from schedule.terms.locks import lock_unchanged
from schedule.terms.term_versions import touch
from schedule.terms.weekly_lessons.overlaps import TakenWeeks, WeeklyOverlap
from schedule.terms.weekly_lessons.week_ranges import Weeks, read_weeks
from schedule.terms.weekly_lessons.writing import (
    ROWS_A_WEEKLY_LESSON,
    WeeklyLessonPlan,
    insert_weekly_lessons,
    plan_of,
)
from schedule.terms.words import weekly_lesson_in_a_sentence, weekly_lesson_in_words

# Class groups of the new term, by the keys of those of the old one; what is not in it is left out.
Counterparts = Mapping[int, ClassGroup]


@dataclass(frozen=True, slots=True)
class NotCarried:
    """A weekly lesson, or a part of one, that the other term cannot have, and why."""

    weekly_lesson: WeeklyLesson
    reason: str

    @property
    def name(self) -> str:
        return weekly_lesson_in_words(self.weekly_lesson)

    @property
    def class_groups(self) -> str:
        return class_group_names(self.weekly_lesson.class_groups.all())

    def shown(self) -> dict[str, str]:
        return {"name": self.name, "class_groups": self.class_groups, "reason": self.reason}


@dataclass(slots=True)
class TermCopy:
    """The copy of a term's weekly lessons, in the order of its week."""

    wanted: list[WeeklyLessonPlan] = field(default_factory=list)
    # As they are in the other term already.
    there: int = 0
    left_out: list[NotCarried] = field(default_factory=list)
    # What is made without something that it had.
    in_part: list[NotCarried] = field(default_factory=list)
    bells: list[BellTime] = field(default_factory=list)
    # The lists of bell times beside these.
    lists: CopiedLists = field(default_factory=CopiedLists)

    @property
    def is_empty(self) -> bool:
        """Return whether copying would make nothing."""
        return not (self.wanted or self.bells)

    def shown(self) -> dict[str, Any]:
        """Return what pages show of it, as JSON, in the language of now."""
        lists_left_out = [
            {"name": name, "class_groups": "", "reason": reason}
            for name, reason in self.lists.left_out
        ]
        return {
            "added": len(self.wanted),
            "there": self.there,
            "bells": len(self.bells),
            "lists": len(self.lists.wanted),
            "left_out": [*lists_left_out, *(row.shown() for row in self.left_out)],
            "in_part": [row.shown() for row in self.in_part],
            "is_empty": self.is_empty,
        }


class Likeness(IntEnum):
    """The certainty that a weekly lesson was made of another one of the same hour; with `NONE` it was not."""

    # Sums: 1 for the teacher, 2 for some of the weeks, 4 for all of them.
    NONE = 0
    TEACHER = 1
    SOME_WEEKS = 2
    SOME_WEEKS_AND_TEACHER = 3
    SAME_WEEKS = 4
    SAME_WEEKS_AND_TEACHER = 5


@dataclass(frozen=True, slots=True)
class _Carried:
    """A weekly lesson as the other term would have it, or why it cannot."""

    weekly_lesson: WeeklyLesson
    # None: it cannot.
    plan: WeeklyLessonPlan | None = None
    reason: str = ""
    without: list[str] = field(default_factory=list)


# --- The copy -------------------------------------------------------------------------------------


def copy_of(
    source: Term, target: Term, counterparts: Counterparts, *, copies_bells: bool
) -> TermCopy:
    """Work out what copying would do; as many queries for one weekly lesson as for many.

    `copies_bells`: the bell times come along, when the target has none.
    """
    return _Copying(source, target, counterparts, copies_bells=copies_bells).run()


class _Copying:
    def __init__(
        self, source: Term, target: Term, counterparts: Counterparts, *, copies_bells: bool
    ) -> None:
        self._source, self._target, self._counterparts = source, target, counterparts
        bells = list(target.bell_times.all())
        self._copied_bells = list(source.bell_times.all()) if copies_bells and not bells else []
        self._bells = {bell.number: bell for bell in (bells or self._copied_bells)}
        self._lists = CopiedLists()
        if self._copied_bells:
            self._lists = copied_lists(source, target, counterparts)
        spans = [BellSpan(bell.starts, bell.ends) for bell in self._copied_bells]
        bell_lists = self._lists.beside(Bells(spans)) if self._copied_bells else None
        self._taken = TakenWeeks(target, bell_lists)
        self._overlaps: list[tuple[int, WeeklyOverlap]] = []
        # What the target has, by what it has in common with its source; each stands for one of those.
        self._unmatched: dict[tuple[object, ...], list[WeeklyLessonPlan]] = {}
        self._copy = TermCopy(bells=self._copied_bells, lists=self._lists)
        self._reasons: dict[int, CannotTeach | None] = {}

    def run(self) -> TermCopy:
        for weekly_lesson in _weekly_lessons(self._target):
            plan = plan_of(weekly_lesson)
            self._unmatched.setdefault(_key(plan), []).append(plan)
            self._taken.add(weekly_lesson, plan)
        report(Phase.READING, 0, 0)
        weekly_lessons = _weekly_lessons(self._source)
        count = len(weekly_lessons)
        carried = [
            self._carried(weekly_lesson)
            for weekly_lesson in counted(weekly_lessons, Phase.COMPARING, count)
        ]
        matched = self._matched(carried)
        self._copy.there = len(matched)
        for carried_lesson in counted(carried, Phase.CHECKING, count):
            if carried_lesson.weekly_lesson.pk not in matched:
                self._add(carried_lesson)
        self._say_who_is_taken()
        return self._copy

    def _matched(self, carried: Sequence[_Carried]) -> set[int]:
        """Those that the target has already, by their keys.

        The most alike first: of two in odd and in even weeks each finds its own.
        """
        matched: set[int] = set()
        for likeness in sorted(set(Likeness) - {Likeness.NONE}, reverse=True):
            for carried_lesson in carried:
                if carried_lesson.weekly_lesson.pk in matched or carried_lesson.plan is None:
                    continue
                if self._take(carried_lesson.plan, likeness):
                    matched.add(carried_lesson.weekly_lesson.pk)
        return matched

    def _say_who_is_taken(self) -> None:
        names = who_in_words({overlap.who for _place, overlap in self._overlaps})
        for place, overlap in self._overlaps:
            name, other = names[overlap.who], weekly_lesson_in_a_sentence(overlap.weekly_lesson)
            reason = taken_in_words(overlap.who, name, other)
            self._copy.left_out[place] = NotCarried(
                self._copy.left_out[place].weekly_lesson, reason
            )

    def _carried(self, weekly_lesson: WeeklyLesson) -> _Carried:
        before = plan_of(weekly_lesson)
        reason, plan = self._timed(before)
        if not reason and (why := self._cannot_teach(before.teacher)):
            reason = why.words(before.teacher.display_name)
        if plan is None or reason:
            return _Carried(weekly_lesson, reason=reason)
        without: list[str] = []
        plan = self._with_people(plan, without)
        if not plan.class_groups:
            reason = gettext("None of its class groups has a counterpart.")
            return _Carried(weekly_lesson, reason=reason)
        return _Carried(weekly_lesson, plan, without=without)

    def _take(self, plan: WeeklyLessonPlan, likeness: Likeness) -> bool:
        """Tell whether the target has one so much alike, and take it: it then stands for no other."""
        alike = self._unmatched.get(_key(plan), [])
        for own in alike:
            if self._likeness(own, plan) >= likeness:
                alike.remove(own)
                return True
        return False

    def _likeness(self, own: WeeklyLessonPlan, plan: WeeklyLessonPlan) -> Likeness:
        weeks, planned = (
            set(lesson_plan.weeks.among(self._target.weeks)) for lesson_plan in (own, plan)
        )
        of_teacher = Likeness.TEACHER if own.teacher == plan.teacher else Likeness.NONE
        of_weeks = Likeness.SOME_WEEKS if weeks & planned else Likeness.NONE
        if weeks == planned:
            of_weeks = Likeness.SAME_WEEKS
        return Likeness(of_weeks + of_teacher)

    def _add(self, carried: _Carried) -> None:
        weekly_lesson, plan = carried.weekly_lesson, carried.plan
        if plan is None:
            self._copy.left_out.append(NotCarried(weekly_lesson, carried.reason))
        elif overlaps := self._taken.overlaps_of(plan):
            self._overlaps.append((len(self._copy.left_out), overlaps[0]))
            self._copy.left_out.append(NotCarried(weekly_lesson, ""))
        else:
            self._copy.wanted.append(plan)
            self._copy.in_part += [NotCarried(weekly_lesson, reason) for reason in carried.without]
            self._taken.add(weekly_lesson, plan)

    def _timed(self, plan: WeeklyLessonPlan) -> tuple[str, WeeklyLessonPlan | None]:
        """The plan in the weeks and at the bells of the target; or why it has none of these."""
        weeks = plan.weeks.among(self._target.weeks)
        if not weeks:
            return gettext("Its weeks lie beyond the end of the term."), None
        first, last = plan.first_bell, plan.last_bell
        if first is None or last is None or not self._bells:
            # Without bell times it stays at its hour.
            return "", dataclasses.replace(plan, first_bell=None, last_bell=None)
        for number in (first, last):
            if number not in self._bells:
                return gettext("The term has no period %(number)s.") % {"number": number}, None
        starts, ends = self._bells[first].starts, self._bells[last].ends
        return "", dataclasses.replace(plan, starts=starts, ends=ends)

    def _with_people(self, plan: WeeklyLessonPlan, without: list[str]) -> WeeklyLessonPlan:
        """The plan with the target's class groups, its weeks, and the assistants that still teach."""
        groups = {
            mapped.pk: mapped
            for group in plan.class_groups
            if (mapped := self._counterparts.get(group.pk)) is not None
        }
        without += [
            gettext("Without %(name)s, which has no counterpart.") % {"name": group.name}
            for group in plan.class_groups
            if group.pk not in self._counterparts
        ]
        assistants = [user for user in plan.assistants if not self._cannot_teach(user)]
        without += [
            reason.words(user.display_name)
            for user in plan.assistants
            if (reason := self._cannot_teach(user))
        ]
        weeks = _cut(plan.weeks, self._target.weeks)
        if weeks != plan.weeks:
            without.append(gettext("Without the weeks beyond the end of the term."))
        return dataclasses.replace(
            plan,
            class_groups=tuple(groups.values()),
            assistants=tuple(assistants),
            weeks=weeks,
        )

    def _cannot_teach(self, user: User) -> CannotTeach | None:
        """Ask once for each person: roles are read from the database."""
        if user.pk not in self._reasons:
            self._reasons[user.pk] = cannot_teach(user)
        return self._reasons[user.pk]


def _cut(weeks: Weeks, count: int) -> Weeks:
    """A list of weeks without those beyond the end of a term; odd and even hold in any term."""
    if not weeks.text[:1].isdigit():
        return weeks
    return read_weeks(",".join(map(str, weeks.among(count))))


def _weekly_lessons(term: Term) -> list[WeeklyLesson]:
    weekly_lessons = term.weekly_lessons.select_related("course", "teacher").prefetch_related(
        "teacher__role_grants", "assistants__role_grants", "class_groups"
    )
    return list(weekly_lessons.order_by("weekday", "starts", "pk"))


def _key(plan: WeeklyLessonPlan) -> tuple[int, frozenset[int], int, dt.time]:
    """Return what a weekly lesson has in common with the one that was made of it, however that was changed since."""
    groups = frozenset(group.pk for group in plan.class_groups)
    return plan.course.pk, groups, plan.weekday, plan.starts


# --- Copying --------------------------------------------------------------------------------------


def copy_term(
    source: Term,
    target: Term,
    counterparts: Counterparts,
    *,
    copies_bells: bool,
    write_in: WriteIn = own_transaction,
) -> TermCopy:
    """Add what the target lacks, and return what was done. Doing it again adds nothing.

    What a preview showed does not count: people and both terms may have changed since.

    Raises:
        Term.DoesNotExist: the target was deleted meanwhile.
        ChangedMeanwhile: one of them is changed all the time.
    """

    def attempt() -> TermCopy:
        as_read, changed_at = Term.objects.get(pk=target.pk), _changed_at(source)
        groups = _still_active(counterparts)
        term_copy = copy_of(source, as_read, groups, copies_bells=copies_bells)
        try:
            with write_in(len(term_copy.wanted), rows_a_unit=ROWS_A_WEEKLY_LESSON) as noted:
                lock_unchanged(as_read)
                _require_unchanged(source, changed_at)
                _write(as_read, term_copy)
                noted.update(term_copy.shown())
        except IntegrityError as err:
            # A class group was deleted, which the database says at the end of the transaction.
            raise ChangedMeanwhile from err
        return term_copy

    return trying_again(attempt)


def _still_active(counterparts: Counterparts) -> Counterparts:
    """Return those class groups that were neither archived nor deleted since somebody chose them."""
    groups = ClassGroup.objects.active().in_bulk([group.pk for group in counterparts.values()])
    return {pk: groups[group.pk] for pk, group in counterparts.items() if group.pk in groups}


def _changed_at(term: Term) -> dt.datetime | None:
    """Return when the weekly lessons, days or bell times of a term last changed; None where it is gone."""
    return Term.objects.filter(pk=term.pk).values_list("changed_at", flat=True).first()


def _require_unchanged(source: Term, changed_at: dt.datetime | None) -> None:
    """Look whether the source is as it was; it is not locked, as nothing of it is written."""
    if _changed_at(source) != changed_at:
        raise ChangedMeanwhile


def _write(target: Term, term_copy: TermCopy) -> None:
    """Write the copy, its target locked by now.

    Raises:
        ChangedMeanwhile: somebody in it has left since, or a class group was archived or deleted.
    """
    require_taking_part(term_copy.wanted)
    BellTime.objects.bulk_create(
        BellTime(term=target, number=bell.number, starts=bell.starts, ends=bell.ends)
        for bell in term_copy.bells
    )
    if not target.bell_lists.exists():
        for plan in term_copy.lists.wanted:
            insert_bell_list(target, plan)
    insert_weekly_lessons(target, term_copy.wanted, source=WeeklyLessonSource.PAGE)
    if not term_copy.is_empty:
        touch(target)
