"""The weekly lessons of a term as lessons of the one week that stands for all of it: seven queries for thousands."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.utils import timezone

from schedule.enums import LessonState
from schedule.matrix.reading import (
    ClassGroupRow,
    CourseRow,
    MatrixLesson,
    PersonRow,
    SchoolLessons,
    class_group_rows,
    people_rows,
)
from schedule.models import Course, Term, WeeklyLesson
from schedule.terms.bells.bell_lists import BellLists, Member, bell_lists_of, numbers_of
from schedule.terms.bells.bell_times import Bells
from schedule.terms.days.calendar import days_of
from schedule.terms.weekly_lessons.overlaps import ANY_MONDAY
from schedule.terms.weekly_lessons.week_ranges import Weeks

Assistants = Mapping[int, list[int]]


class Hours(NamedTuple):
    """The time of a weekly lesson, as its row has it."""

    weekday: int
    starts: dt.time
    ends: dt.time
    first_bell: int | None
    last_bell: int | None


@dataclass(frozen=True, slots=True)
class PlanWeek:
    """The weekly lessons, each at the time at which it is held, and by what."""

    lessons: SchoolLessons
    # By lesson.
    weeks: dict[int, Weeks]
    bells: dict[int, Bells]
    held: BellsOfPlan


class BellsOfPlan:
    """Knows which bell times hold for class groups on a weekday in weeks of a term; each is worked out once."""

    def __init__(self, term: Term, bell_lists: BellLists) -> None:
        self._term, self._bell_lists = term, bell_lists
        self._held: dict[tuple[tuple[Member, ...], int, Weeks], Bells] = {}

    @property
    def default(self) -> Bells:
        return self._bell_lists.default

    def of(self, members: tuple[Member, ...], weekday: int, weeks: Weeks) -> Bells:
        """Return those that hold in all of these weeks; the term's own where they differ."""
        if not self._bell_lists.are_several:
            return self.default
        key = members, weekday, weeks
        if key not in self._held:
            days = days_of(self._term, weekday, weeks)
            self._held[key] = self._bell_lists.on_all(members, days)
        return self._held[key]


def plan_week(term: Term) -> PlanWeek:
    """Read the weekly lessons of a term in the order of the week, and all whom they may name."""
    weekly_lessons = WeeklyLesson.objects.filter(term=term)
    # First: whom they name is there for longer than they are.
    rows = list(weekly_lessons.order_by("weekday", "starts", "pk").values_list(*COLUMNS))
    groups = {row[0]: ClassGroupRow(*row) for row in class_group_rows(_attending(term))}
    held = BellsOfPlan(term, bell_lists_of(term))
    reading = _Reading(groups, held)
    for _pk, of_one in groupby(rows, key=itemgetter(0)):
        reading.take(list(of_one))
    courses = Course.objects.filter(pk__in=weekly_lessons.values("course"))
    course_rows = courses.order_by("name_key", "pk").values_list("pk", "name", "colour")
    return PlanWeek(
        SchoolLessons(
            lessons=reading.lessons,
            courses={row[0]: CourseRow(*row) for row in course_rows},
            class_groups=groups,
            people={row[0]: PersonRow(*row) for row in people_rows(_teaching(term))},
            assistants=_assistants(term),
        ),
        reading.weeks,
        reading.bells,
        held,
    )


# Those of its hours stand together, and the class group comes last: a row for each.
COLUMNS = (
    *("pk", "code", "course", "teacher", "weekday", "starts", "ends", "first_bell", "last_bell"),
    *("weeks", "overlap_reason", "class_groups"),
)


class _Reading:
    """Makes a lesson of the rows of each weekly lesson."""

    def __init__(self, groups: Mapping[int, ClassGroupRow], held: BellsOfPlan) -> None:
        self._groups, self._held = groups, held
        self._zone = timezone.get_current_timezone()
        self._moments: dict[tuple[int, dt.time], dt.datetime] = {}
        self.lessons: list[MatrixLesson] = []
        self.weeks: dict[int, Weeks] = {}
        self.bells: dict[int, Bells] = {}

    def take(self, rows: list[tuple[Any, ...]]) -> None:
        pk, code, course, teacher, *times, text, reason, _group = rows[0]
        class_groups = tuple(row[-1] for row in rows if row[-1] is not None)
        hours, weeks = Hours(*times), Weeks(text)
        members = tuple((group, self._groups[group].grade) for group in class_groups)
        bells = self._held.of(members, hours.weekday, weeks)
        starts, ends = self._times_of(hours, bells)
        self.weeks[pk], self.bells[pk] = weeks, bells
        self.lessons.append(
            MatrixLesson(
                pk=pk,
                code=code,
                course=course,
                teacher=teacher,
                starts_at=self._moment(hours.weekday, starts),
                ends_at=self._moment(hours.weekday, ends),
                state=LessonState.PUBLISHED,
                moved_at=None,
                teacher_changed_at=None,
                absent_teacher=None,
                overlap_reason=reason,
                class_groups=class_groups,
            )
        )

    def _times_of(self, hours: Hours, bells: Bells) -> tuple[dt.time, dt.time]:
        """Return those of its periods in the list that holds; its own where that has no such periods."""
        own = hours.starts, hours.ends
        if bells is self._held.default:
            return own
        numbers = numbers_of(hours, self._held.default)
        if numbers is None or max(numbers) > len(bells.spans):
            return own
        first, last = numbers
        return bells.spans[first - 1].starts, bells.spans[last - 1].ends

    def _moment(self, weekday: int, time: dt.time) -> dt.datetime:
        key = weekday, time
        if key not in self._moments:
            day = day_of(weekday)
            self._moments[key] = dt.datetime.combine(day, time, tzinfo=self._zone)
        return self._moments[key]


def day_of(weekday: int) -> dt.date:
    """Return the day that stands for a weekday."""
    return ANY_MONDAY + dt.timedelta(days=weekday - 1)


def _assistants(term: Term) -> dict[int, list[int]]:
    rows = WeeklyLesson.assistants.through.objects.filter(weekly_lesson__term=term)
    assistants: dict[int, list[int]] = defaultdict(list)
    for lesson, person in rows.order_by("pk").values_list("weekly_lesson", "user"):
        assistants[lesson].append(person)
    return assistants


def _attending(term: Term) -> Q:
    rows: QuerySet[Any] = WeeklyLesson.class_groups.through.objects.filter(weekly_lesson__term=term)
    return Q(pk__in=rows.values("classgroup"))


def _teaching(term: Term) -> Q:
    assisting: QuerySet[Any] = WeeklyLesson.assistants.through.objects.filter(
        weekly_lesson__term=term
    )
    teaching = WeeklyLesson.objects.filter(term=term).values("teacher")
    return Q(pk__in=teaching) | Q(pk__in=assisting.values("user"))
