"""The weekly lessons of a term: as a list, and as the week that they fill."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from accounts.models import display_names
from edu_platform.lib.paging import Pager, pager_of
from schedule.lessons.access import TimetableChoice
from schedule.models import BellTime, Term, WeeklyLesson, class_group_names
from schedule.terms.bell_times import MOST_BELLS
from schedule.terms.week_ranges import EVEN, ODD, Weeks
from schedule.terms.words import (
    periods_in_words,
    time_in_words,
    weekday_in_words,
    weeks_in_words,
)
from schedule.week_grid import DAYS_A_WEEK

# So many of a whole term can be looked through in a week. More are shown by class group or teacher.
IN_A_WEEK_AT_MOST = 40
OTHER_WEEKS = {ODD: EVEN, EVEN: ODD}


@dataclass(frozen=True, slots=True)
class WeeklyLessonRow:
    """A weekly lesson in words."""

    weekly_lesson: WeeklyLesson
    term_code: str
    # This query names the week that it is shown in, so that its pages lead back there.
    query: str = ""

    @property
    def weekday(self) -> str:
        return weekday_in_words(self.weekly_lesson.weekday)

    @property
    def time(self) -> str:
        return time_in_words(self.weekly_lesson.starts, self.weekly_lesson.ends)

    @property
    def periods(self) -> str:
        """Empty where it is planned by the clock."""
        first, last = self.weekly_lesson.first_bell, self.weekly_lesson.last_bell
        return "" if first is None or last is None else periods_in_words(first, last)

    @property
    def weeks(self) -> str:
        return weeks_in_words(Weeks(self.weekly_lesson.weeks))

    @property
    def class_groups(self) -> str:
        return class_group_names(self.weekly_lesson.class_groups.all())

    @property
    def teacher(self) -> str:
        return self.weekly_lesson.teacher.display_name

    @property
    def assistants(self) -> str:
        return display_names(self.weekly_lesson.assistants.all())

    @property
    def address(self) -> str:
        return self._address("weekly_lesson_change")

    @property
    def delete_address(self) -> str:
        return self._address("weekly_lesson_delete")

    def _address(self, name: str) -> str:
        path = reverse(f"schedule:{name}", args=[self.term_code, self.weekly_lesson.code])
        return f"{path}?{self.query}" if self.query else path


@dataclass(slots=True)
class Cell:
    """One weekday in one row: what begins there, what continues from the row above, and where to add one."""

    begins: list[WeeklyLessonRow] = field(default_factory=list)
    goes_on: list[WeeklyLessonRow] = field(default_factory=list)
    # Empty where every week is taken.
    new_address: str = ""
    new_label: str = ""


@dataclass(frozen=True, slots=True)
class GridRow:
    """A period of the bell times, or a time at which lessons begin."""

    label: str
    time: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class TermWeek:
    """Weekly lessons, the first page or another of them; with the week that they fill where it can be read."""

    rows: list[WeeklyLessonRow]
    pager: Pager
    grid: list[GridRow] | None


def term_week(
    term: Term, choice: TimetableChoice, *, number: int, page_size: int, path: str
) -> TermWeek:
    """The weekly lessons of a term, or of a class group or teacher; as many queries for one as for many."""
    weekly_lessons = weekly_lessons_of(term, choice)
    page = Paginator(weekly_lessons, page_size).get_page(number)
    pager = pager_of(page, path=path, query=choice.as_query())
    query = urlencode(choice.as_query())
    if choice.is_own and pager.count > IN_A_WEEK_AT_MOST:
        rows = [WeeklyLessonRow(weekly_lesson, term.code, query) for weekly_lesson in page]
        return TermWeek(rows, pager, None)
    rows = [WeeklyLessonRow(weekly_lesson, term.code, query) for weekly_lesson in weekly_lessons]
    grid = _Grid(term, choice).rows_of(rows)
    first = (page.number - 1) * page_size
    return TermWeek(rows[first : first + page_size], pager, grid)


def weekly_lessons_of(term: Term, choice: TimetableChoice) -> QuerySet[WeeklyLesson]:
    """With their people and class groups, in the order of the week."""
    weekly_lessons = term.weekly_lessons.select_related("course", "teacher")
    if choice.teacher is not None:
        weekly_lessons = weekly_lessons.filter(
            Q(teacher=choice.teacher) | Q(assistants=choice.teacher)
        ).distinct()
    if choice.class_group is not None:
        weekly_lessons = weekly_lessons.filter(class_groups=choice.class_group)
    return weekly_lessons.prefetch_related("assistants", "class_groups").order_by(
        "weekday", "starts", "pk"
    )


# --- The week -------------------------------------------------------------------------------------


class _Grid:
    """Puts weekly lessons into a week, with links to begin others in it."""

    def __init__(self, term: Term, choice: TimetableChoice) -> None:
        self._bells = list(term.bell_times.all())
        # The usual ends, by the times at which the term's weekly lessons begin.
        self._ends = {} if self._bells else _usual_times(term)
        self._new = reverse("schedule:weekly_lesson_new", args=[term.code])
        self._query = choice.as_query()

    def rows_of(self, rows: Iterable[WeeklyLessonRow]) -> list[GridRow]:
        rows = list(rows)
        by_bell: dict[int, list[WeeklyLessonRow]] = defaultdict(list)
        by_time: dict[dt.time, list[WeeklyLessonRow]] = {start: [] for start in self._ends}
        for row in rows:
            bells = _bells_of(row.weekly_lesson, self._bells)
            for bell in bells:
                by_bell[bell.number].append(row)
            if not bells:
                by_time.setdefault(row.weekly_lesson.starts, []).append(row)
        timed_rows = [
            (bell.starts, self._bell_row(bell, by_bell[bell.number])) for bell in self._bells
        ]
        timed_rows += [
            (start, self._time_row(start, starting_rows))
            for start, starting_rows in by_time.items()
        ]
        return [row for _start, row in sorted(timed_rows, key=lambda timed_row: timed_row[0])]

    def _bell_row(self, bell: BellTime, rows: Sequence[WeeklyLessonRow]) -> GridRow:
        label = periods_in_words(bell.number, bell.number)
        begin = {row for row in rows if _bells_of(row.weekly_lesson, self._bells)[0] == bell}
        return GridRow(
            label,
            time_in_words(bell.starts, bell.ends),
            self._cells(rows, begin, label, {"first_bell": str(bell.number)}),
        )

    def _time_row(self, start: dt.time, rows: Sequence[WeeklyLessonRow]) -> GridRow:
        label, query = f"{start:%H:%M}", {"start": f"{start:%H:%M}"}
        end = self._ends.get(start) or max(row.weekly_lesson.ends for row in rows)
        return GridRow(
            label, "", self._cells(rows, set(rows), label, query | {"end": f"{end:%H:%M}"})
        )

    def _cells(
        self,
        rows: Sequence[WeeklyLessonRow],
        begin: set[WeeklyLessonRow],
        label: str,
        query: Mapping[str, str],
    ) -> list[Cell]:
        cells = [Cell() for _day in range(DAYS_A_WEEK)]
        for row in rows:
            cell = cells[row.weekly_lesson.weekday - 1]
            (cell.begins if row in begin else cell.goes_on).append(row)
        for weekday, cell in enumerate(cells, start=1):
            here = {"weekday": str(weekday), **query}
            free = _free_weeks([*cell.begins, *cell.goes_on])
            if free is not None:
                asked = self._query | here | ({"weeks": free.text} if free.text else {})
                cell.new_address = f"{self._new}?{urlencode(asked)}"
                cell.new_label = f"{weekday_in_words(weekday)} {label}"
        return cells


def _free_weeks(rows: Sequence[WeeklyLessonRow]) -> Weeks | None:
    """Return the weeks in which there is place beside these, as far as that can be said; None: in none."""
    weeks = [row.weekly_lesson.weeks for row in rows]
    if "" in weeks or {ODD, EVEN} <= set(weeks):
        return None
    return Weeks(OTHER_WEEKS.get(weeks[0], "") if len(weeks) == 1 else "")


def _bells_of(weekly_lesson: WeeklyLesson, bells: Sequence[BellTime]) -> list[BellTime]:
    """The periods that a weekly lesson takes: those that it was planned by, else those in its time."""
    first, last = weekly_lesson.first_bell, weekly_lesson.last_bell
    if first is not None and last is not None:
        return [bell for bell in bells if first <= bell.number <= last]
    return [
        bell
        for bell in bells
        if bell.starts < weekly_lesson.ends and weekly_lesson.starts < bell.ends
    ]


def _usual_times(term: Term) -> dict[dt.time, dt.time]:
    """Find when most weekly lessons of the term begin, and end; one query."""
    times = term.weekly_lessons.values_list("starts", "ends").annotate(count=Count("pk"))
    end_by_start: dict[dt.time, dt.time] = {}
    for start, end, _count in times.order_by("-count", "starts", "ends")[: 2 * MOST_BELLS]:
        if len(end_by_start) < MOST_BELLS:
            end_by_start.setdefault(start, end)
    return end_by_start


def terms_to_copy(term: Term) -> list[Term]:
    """The other terms that have weekly lessons, the latest first."""
    others = Term.objects.exclude(pk=term.pk).filter(
        Exists(WeeklyLesson.objects.filter(term=OuterRef("pk")))
    )
    return list(others.order_by("-first_monday"))
