"""The page of a term's plan, which shows a difference. Only the rows of one page are put into words."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from edu_platform.lib.formatting import NOTHING
from edu_platform.lib.http import with_query
from edu_platform.lib.moments import weekday_label
from edu_platform.lib.paging import PageForm, Pager, pager_of
from schedule.history.personal_news import concerned_by_many
from schedule.history.telling_rules import is_told
from schedule.history.words import differences, period_text
from schedule.lessons.pages import concerned_in_words, nothing_told_in_words, teachers_counted
from schedule.lessons.plan import snapshot_of_plan
from schedule.models import (
    Lesson,
    LessonSnapshot,
    PlannedLesson,
    Term,
    WeeklyLesson,
    class_group_names,
    kinds_between,
)
from schedule.terms.days.calendar import TermCalendar, TermDate
from schedule.terms.days.calendar_words import away_in_words
from schedule.terms.days.national_calendar import name_in_words
from schedule.terms.planning.conflict_words import ConflictWords, WeeklyConflict, by_week
from schedule.terms.planning.placements import NotPlaced, PartlyAway, Placement
from schedule.terms.planning.term_difference import Rewritten, TermDifference
from schedule.terms.weekly_lessons.week_ranges import read_weeks
from schedule.terms.words import (
    week_in_words,
    weekday_in_words,
    weekly_lesson_in_words,
    weeks_in_words,
)

# The page shows so many of each list; the others have a page of their own.
SHOWN_AT_ONCE = 10


# --- Rows -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One line of a list: a lesson or a weekly lesson, when it is, and what is to say of it."""

    what: str
    when: str
    notes: tuple[str, ...] = ()
    # The lesson's page, of one that is there.
    address: str = ""
    # The other lesson of a conflict.
    other: str = ""
    other_address: str = ""


@dataclass(frozen=True, slots=True)
class PlanList:
    """All changes of one kind; the first rows are put into words."""

    name: str
    label: str | Promise
    items: Sequence[Any]
    in_words: Callable[[Sequence[Any]], list[PlanRow]]
    # How many lessons, where a row stands for several of them.
    count: int
    address: str
    is_grave: bool = False

    @property
    def rows(self) -> list[PlanRow]:
        return self.in_words(self.items[:SHOWN_AT_ONCE])

    @property
    def is_cut(self) -> bool:
        return len(self.items) > SHOWN_AT_ONCE


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day of the school's calendar, and how many lessons are left out on it or held on it."""

    date: dt.date
    weekday: str
    week: str
    name: str
    count: int
    takes: str = ""


class PlanPage:
    """The difference of a term, for its page."""

    def __init__(self, term: Term, plan_difference: TermDifference, calendar: TermCalendar) -> None:
        self.term, self.found, self._calendar = term, plan_difference, calendar
        self._path = reverse("schedule:term_plan", args=[term.code])

    @cached_property
    def lists(self) -> list[PlanList]:
        """Those that are not empty, in the order of the page."""
        plan_difference = self.found
        conflicts = by_week(plan_difference.conflicts)
        added = _by_weekly_lesson(plan_difference.added)
        past = _by_weekly_lesson(plan_difference.past)
        plan_lists = [
            self._list("conflicts", conflicts, _conflict_rows, len(plan_difference.conflicts)),
            self._list("unplaced", plan_difference.not_placed, _unplaced_rows),
            self._list("added", added, _added_rows, len(plan_difference.added)),
            self._list("changed", plan_difference.changed, _changed_rows),
            self._list("removed", plan_difference.removed, _removed_rows),
            self._list("left_alone", plan_difference.left_alone, self._left_rows),
            self._list("partly_away", plan_difference.partly_away, _partly_away_rows),
            self._list("past", past, _added_rows, len(plan_difference.past)),
        ]
        return [plan_list for plan_list in plan_lists if plan_list.items]

    def _list(
        self,
        name: str,
        items: Sequence[Any],
        in_words: Callable[[Sequence[Any]], list[PlanRow]],
        count: int | None = None,
    ) -> PlanList:
        address = with_query(self._path, {"show": name})
        number = len(items) if count is None else count
        is_grave = name in GRAVE
        return PlanList(name, LABELS[name], items, in_words, number, address, is_grave)

    def page_of(self, name: str, form: PageForm) -> tuple[PlanList, list[PlanRow], Pager] | None:
        """One page of the list of this name; None: nothing is in it."""
        for plan_list in self.lists:
            if plan_list.name == name:
                page = Paginator(plan_list.items, form.size()).get_page(form.page_number())
                pager = pager_of(page, path=self._path, query={"show": name})
                return plan_list, plan_list.in_words(list(page.object_list)), pager
        return None

    @property
    def counts(self) -> dict[str, int]:
        return self.found.counts()

    @cached_property
    def holidays(self) -> list[DayRow]:
        """The days on which lessons are left out."""
        left_out = Counter(day for _weekly_lesson, day in self.found.on_holidays)
        return [_day_row(day, count) for day, count in sorted(left_out.items(), key=_by_date)]

    @cached_property
    def makeup_days(self) -> list[DayRow]:
        """School days that take the plan of another weekday, with how many lessons of it."""
        rows = []
        for day in self._calendar.dates():
            if day.makes_up_for is not None:
                row = _day_row(day, self.found.making_up[day.date])
                rows.append(replace(row, takes=weekday_in_words(day.makes_up_for)))
        return rows

    @cached_property
    def told(self) -> str:
        """Return whom the difference concerns, counted."""
        concerned = concerned_by_many(_told_sides(self.found))
        if not (concerned.staff or concerned.students):
            return nothing_told_in_words()
        teachers = teachers_counted(len(concerned.staff))
        return concerned_in_words(teachers, students=len(concerned.students))

    def _left_rows(self, left: Sequence[PlannedLesson]) -> list[PlanRow]:
        return [_left_row(planned, self._calendar.at(planned.date)) for planned in left]


GRAVE = frozenset({"conflicts", "unplaced"})
LABELS: dict[str, str | Promise] = {
    "conflicts": gettext_lazy("Conflicts"),
    "unplaced": gettext_lazy("Cannot be held at their time"),
    "added": pgettext_lazy("lessons", "New"),
    "changed": pgettext_lazy("lessons", "Changed"),
    "removed": gettext_lazy("Deleted from the timetable"),
    "left_alone": gettext_lazy("Left as they are"),
    "partly_away": gettext_lazy("Held, though a class group has a holiday"),
    "past": gettext_lazy("In the past, not planned"),
}


def _by_date(item: tuple[TermDate, int]) -> dt.date:
    return item[0].date


def _day_row(day: TermDate, count: int) -> DayRow:
    name = name_in_words(day.name)
    return DayRow(day.date, weekday_label(day.date), week_in_words(day.week), name, count)


# --- Who is told ----------------------------------------------------------------------------------


def _told_sides(plan_difference: TermDifference) -> Iterator[LessonSnapshot]:
    """Lessons before and after, where people know of them and hear of the difference."""
    for placement in plan_difference.added:
        side = snapshot_of_plan(placement.plan, "")
        if side.ends_at > plan_difference.at:
            yield side
    for rewritten in plan_difference.changed:
        before, after = rewritten.before, rewritten.after
        if not before.is_draft and is_told(kinds_between(before, after)):
            yield from (before, after)
    for planned in plan_difference.removed:
        if planned.lesson is not None and not planned.lesson.is_draft:
            yield plan_difference.snapshots[planned.lesson.pk]


# --- Rows of each list ----------------------------------------------------------------------------


def weekly_lesson_text(weekly_lesson: WeeklyLesson) -> str:
    """A weekly lesson with its class groups and its teacher."""
    groups = class_group_names(weekly_lesson.class_groups.all()) or NOTHING
    return " · ".join(
        [weekly_lesson_in_words(weekly_lesson), groups, weekly_lesson.teacher.display_name]
    )


def _by_weekly_lesson(placements: Iterable[Placement]) -> list[list[Placement]]:
    groups: dict[int, list[Placement]] = defaultdict(list)
    for placement in placements:
        groups[placement.weekly_lesson.pk].append(placement)
    return list(groups.values())


def _added_rows(groups: Sequence[list[Placement]]) -> list[PlanRow]:
    return [
        PlanRow(
            weekly_lesson_text(group[0].weekly_lesson),
            _weeks_text(placement.day for placement in group),
        )
        for group in groups
    ]


def _weeks_text(days: Iterable[TermDate]) -> str:
    """Say how many weeks, and which."""
    weeks = sorted({day.week for day in days})
    listed = weeks_in_words(read_weeks(",".join(map(str, weeks))))
    counted = ngettext("%(count)s week", "%(count)s weeks", len(weeks)) % {"count": len(weeks)}
    return f"{counted} · {listed}"


def _changed_rows(changed: Sequence[Rewritten]) -> list[PlanRow]:
    return [
        PlanRow(
            rewritten.lesson.title,
            period_text(rewritten.before.starts_at, rewritten.before.ends_at),
            tuple(change.text for change in differences(rewritten.before, rewritten.after))
            or (_("Why class groups may overlap"),),
            _address(rewritten.lesson.code),
        )
        for rewritten in changed
    ]


def _removed_rows(removed: Sequence[PlannedLesson]) -> list[PlanRow]:
    return [_lesson_row(planned.lesson) for planned in removed if planned.lesson is not None]


def _left_row(planned: PlannedLesson, day: TermDate) -> PlanRow:
    lesson = planned.lesson
    if lesson is None:
        what = (
            _("A lesson of the plan")
            if planned.weekly_lesson is None
            else str(planned.weekly_lesson)
        )
        return PlanRow(what, _day_text(day), (_("Deleted by hand."),))
    if lesson.is_cancelled:
        why = _("Cancelled by hand.")
    elif planned.is_edited:
        why = _("Changed by hand.")
    else:
        why = _("It has begun, or the plan would move it into the past.")
    return _lesson_row(lesson, why)


def _lesson_row(lesson: Lesson, *notes: str) -> PlanRow:
    when = period_text(lesson.starts_at, lesson.ends_at)
    return PlanRow(lesson.title, when, notes, _address(lesson.code))


def _unplaced_rows(unplaced: Sequence[NotPlaced]) -> list[PlanRow]:
    return [
        PlanRow(
            weekly_lesson_text(not_placed.weekly_lesson),
            _day_text(not_placed.day),
            (not_placed.reason,),
        )
        for not_placed in unplaced
    ]


def _partly_away_rows(partly_away: Sequence[PartlyAway]) -> list[PlanRow]:
    return [
        PlanRow(
            weekly_lesson_text(each.placement.weekly_lesson),
            period_text(each.placement.starts_at, each.placement.ends_at),
            (away_in_words(each.names, [part.name for part in each.away]),),
        )
        for each in partly_away
    ]


def _day_text(day: TermDate) -> str:
    return f"{day.date} {weekday_label(day.date)} · {week_in_words(day.week)}"


def _address(code: str) -> str:
    return reverse("schedule:lesson", args=[code])


# --- Conflicts ------------------------------------------------------------------------------------


def _conflict_rows(conflicts: Sequence[WeeklyConflict]) -> list[PlanRow]:
    words = ConflictWords(conflicts)
    return [_conflict_row(conflict, words) for conflict in conflicts]


def _conflict_row(conflict: WeeklyConflict, words: ConflictWords) -> PlanRow:
    first, lesson = conflict.first, words.lesson(conflict)
    row = PlanRow(
        weekly_lesson_text(first.placement.weekly_lesson),
        _weeks_text(plan_conflict.placement.day for plan_conflict in conflict.conflicts),
        (words.why(conflict, _("another lesson")),),
    )
    if first.other is not None:
        return replace(row, other=weekly_lesson_text(first.other.weekly_lesson))
    if lesson is None:
        return row
    when = period_text(lesson.starts_at, lesson.ends_at)
    other = f"{lesson.title} · {when} · {lesson.teacher.display_name}"
    return replace(row, other=other, other_address=_address(lesson.code))
