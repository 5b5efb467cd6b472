"""Terms as pages show them: the list of all, the week that a timetable shows, and the plan that a lesson was made of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from edu_platform.lib.aggregates import cells_in, lines_of
from edu_platform.lib.statements import Statement
from schedule.hooks import Panel
from schedule.models import Lesson, PlannedLesson, Term, TermDay, WeeklyLesson
from schedule.terms.bells.bell_lists import (
    LIST_CELLS,
    NO_LISTS,
    BellLists,
    bell_cells,
    bells_in,
    list_cells,
    lists_in,
)
from schedule.terms.bells.bell_times import BellSpan
from schedule.terms.days.calendar import TermCalendar
from schedule.terms.days.calendar_words import days_in_words, part_off_in_words, where_from
from schedule.terms.days.days_off import (
    DAYS_OFF_CELLS,
    NO_DAYS_OFF,
    DaysOff,
    PartOff,
    days_off_cells,
    days_off_in,
)
from schedule.week_grid import monday_of, sunday_of, week_number

# So many half days and days off of class groups of a week, or a day, are said; more are counted.
PARTS_SAID = 3
# So many weeks of terms are kept by a process, with what their lists of bell times have worked out.
WEEKS_KEPT = 64

# --- Terms ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TermRow:
    term: Term
    weekly_lessons: int
    # Lessons that its plan made and that still exist.
    lessons: int
    is_now: bool


def term_rows(*, today: dt.date) -> list[TermRow]:
    """Return all terms, the latest first; one query."""
    terms = Term.objects.annotate(
        weekly_lesson_count=_count_of(WeeklyLesson.objects.all()),
        lesson_count=_count_of(PlannedLesson.objects.filter(lesson__isnull=False)),
    )
    return [
        TermRow(
            term=term,
            weekly_lessons=term.weekly_lesson_count,  # type: ignore[attr-defined] # annotated
            lessons=term.lesson_count,  # type: ignore[attr-defined] # annotated
            is_now=term.holds(today),
        )
        for term in terms.order_by("-first_monday")
    ]


def _count_of(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.filter(term=OuterRef("pk")).order_by().values("term")
    return Coalesce(Subquery(counted.annotate(count=Count("pk")).values("count")), 0)


def bell_spans(term: Term) -> list[BellSpan]:
    """Return the term's bell times, in order."""
    return [BellSpan(*times) for times in term.bell_times.values_list("starts", "ends")]


def terms_with_bells(*, besides: Term) -> QuerySet[Term]:
    """Return the terms whose bell times another term may take over; the latest first."""
    others = Term.objects.exclude(pk=besides.pk).filter(bell_times__number=1)
    return others.order_by("-first_monday")


# --- A week of a timetable ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class TermWeek:
    """A week of a term: terms are whole weeks, so that one of a timetable lies in one term or in none.

    As long as nothing of it has changed it is the same object, by which pages that are kept know it.
    """

    monday: dt.date
    name: str
    number: int
    bell_lists: BellLists
    # These days of the week are not what their weekday says.
    days: tuple[TermDay, ...] = ()
    days_off: DaysOff = NO_DAYS_OFF

    @property
    def label(self) -> str:
        parity = _("odd week") if self.number % 2 else _("even week")
        week = _("Week %(number)s") % {"number": self.number}
        return f"{self.name} · {week} · {parity}"

    @property
    def unusual_days(self) -> list[str]:
        """Return holidays with the same name together, and each school day with whose plan it takes."""
        parts = _parts_in_words(self.days_off.parts, self.monday, sunday_of(self.monday))
        return [*_days_in_words(self.days), *parts]

    def unusual_on(self, date: dt.date) -> list[str]:
        """Return the same of one day."""
        days = [day for day in self.days if day.date == date]
        return [*_days_in_words(days), *_parts_in_words(self.days_off.on(date), date, date)]

    def for_class_groups(self, class_group_ids: Collection[int]) -> TermWeek:
        """Return the week as these class groups have it; without any, as the school has it."""
        if not class_group_ids or not self.days_off:
            return self
        return replace(self, days_off=self.days_off.of_class_groups(class_group_ids))


def _parts_in_words(parts: Sequence[PartOff], first: dt.date, last: dt.date) -> list[str]:
    """Say the first of these parts as far as they lie in these days, and how many more there are."""
    words = [part_off_in_words(part, first, last) for part in parts[:PARTS_SAID]]
    left = len(parts) - len(words)
    return [*words, _("and %(count)s more") % {"count": left}] if left else words


def _days_in_words(days: Iterable[TermDay]) -> list[str]:
    alike = groupby(days, key=lambda day: (day.kind, day.plan_weekday, day.name))
    return [days_in_words(list(days)) for _key, days in alike]


def _of_week(monday: dt.date, sunday: dt.date) -> QuerySet[Term, _TermFacts]:
    days = TermDay.objects.filter(term=OuterRef("pk"), date__gte=monday, date__lte=sunday)
    terms = Term.objects.holding(monday).annotate(
        bells=bell_cells(),
        unusual=lines_of(days, "date", "kind", "plan_weekday", "name", of="term"),
        **list_cells(),
        **days_off_cells(monday, sunday),
    )
    columns = ("bells", "unusual", *LIST_CELLS, *DAYS_OFF_CELLS)
    return terms.values_list("name", "first_monday", *columns)


_Cells = str | None
_TermFacts = tuple[str, dt.date, _Cells, _Cells, _Cells, _Cells, _Cells, _Cells, _Cells]
_OF_WEEK: Statement[_TermFacts] = Statement(_of_week)


def term_week_of(day: dt.date) -> TermWeek | None:
    """Return the week of a term that holds a day, with the term's lists of bell times and its days off; one query."""
    monday = monday_of(day)
    term = _OF_WEEK.first(monday=monday, sunday=sunday_of(monday))
    return None if term is None else _week_in(monday, term)


@lru_cache(maxsize=WEEKS_KEPT)
def _week_in(monday: dt.date, term: _TermFacts) -> TermWeek:
    name, first_monday, bells, unusual, *texts = term
    days = tuple(
        TermDay(
            date=dt.date.fromisoformat(date), kind=kind, plan_weekday=plan_weekday, name=day_name
        )
        for date, kind, plan_weekday, day_name in cells_in(unusual)
    )
    lists = BellLists(bells_in(bells), lists_in((texts[0], texts[1], texts[2])))
    number = week_number(monday, first_monday=first_monday)
    return TermWeek(monday, name, number, lists, days, days_off_in((texts[3], texts[4])))


def lists_of(of_term: TermWeek | None) -> BellLists:
    """Return the lists of bell times of a week; empty ones outside terms."""
    return NO_LISTS if of_term is None else of_term.bell_lists


def lists_on(day: dt.date) -> BellLists:
    """Return the lists of bell times of the term that a day lies in; one query."""
    return lists_of(term_week_of(day))


# --- A lesson -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Provenance:
    """A lesson that was made of a term's weekly lessons."""

    term: str
    # 第7周，单周，调休补周一
    where_from: str
    # Somebody changed it by hand: the plan leaves it alone.
    is_edited: bool
    term_code: str
    # Empty once the weekly lesson was deleted.
    weekly_lesson_code: str


def provenance_of(lesson_id: int) -> Provenance | None:
    """Return what a lesson was made of; None: somebody planned it by itself. One query."""
    row = _OF_LESSON.first(lesson_id=lesson_id)
    if row is None:
        return None
    date, is_edited, name, code, weekly_lesson_code, first_monday, weeks, kind, plan_weekday = row
    days = {} if kind is None else {date: TermDay(date=date, kind=kind, plan_weekday=plan_weekday)}
    calendar = TermCalendar(first_monday, weeks, days)
    planned = PlannedLesson(date=date)
    where = where_from(planned, calendar)
    return Provenance(name, where, is_edited, code, weekly_lesson_code or "")


def note_on_plan(lesson: Lesson) -> Panel | None:
    """Say above the form of a lesson of a plan that the plan lets go of it once it is changed."""
    provenance = provenance_of(lesson.pk)
    if provenance is None or provenance.is_edited:
        return None
    return Panel("schedule/terms/_leaves_plan.html", {"provenance": provenance})


_Row = tuple[dt.date, bool, str, str, str | None, dt.date, int, str | None, int | None]


def _of_lesson(lesson_id: int) -> QuerySet[PlannedLesson, _Row]:
    day = TermDay.objects.filter(date=OuterRef("date"))
    rows: QuerySet[PlannedLesson, _Row] = PlannedLesson.objects.filter(
        lesson=lesson_id
    ).values_list(
        *("date", "is_edited", "term__name", "term__code", "weekly_lesson__code"),
        *("term__first_monday", "term__weeks"),
        Subquery(day.values("kind")[:1]),
        Subquery(day.values("plan_weekday")[:1]),
    )
    return rows


_OF_LESSON: Statement[_Row] = Statement(_of_lesson)
