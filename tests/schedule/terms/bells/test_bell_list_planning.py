"""Weekly lessons by periods, planned by the list of bell times that holds for their class groups."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from schedule.models import (
    ClassGroup,
    Course,
    Lesson,
    PlannedLesson,
    PlanningAction,
    Term,
    WeeklyLesson,
)
from schedule.terms.bells.bell_lists import BellLists, ListedBells
from schedule.terms.bells.bell_times import Bells, BellSpan, read_bells
from schedule.terms.days.calendar import TermCalendar
from schedule.terms.planning.conflict_list import ConflictKind, conflicts_of
from schedule.terms.planning.placements import place
from schedule.terms.planning.term_difference import TermDifference
from schedule.terms.planning.term_plan import PlanConflicts, PlanOptions, plan_term
from schedule.terms.weekly_lessons.changes import WeeklyLessonOverlaps, add_weekly_lesson
from schedule.terms.weekly_lessons.week_ranges import EVEN, ODD, Weeks
from schedule.terms.weekly_lessons.writing import WeeklyLessonPlan
from schedule.terms.writing import set_bell_times
from tests.factories.schedule import (
    ClassGroupFactory,
    CourseFactory,
    TermFactory,
    WeeklyLessonFactory,
)
from tests.support.bell_lists import add_list

DEFAULT = read_bells("08:00-08:45,08:55-09:40,10:00-10:45")
UPPER = "08:00-08:40,08:50-09:30,09:50-10:30"


@pytest.fixture
def term(db: None) -> Term:
    term = TermFactory.create(weeks=4)
    set_bell_times(term, DEFAULT)
    return term


@pytest.fixture
def upper() -> ClassGroup:
    return ClassGroupFactory.create(name="七年级1班", grade="七年级")


@pytest.fixture
def weekly_lesson(term: Term, teacher: User, upper: ClassGroup) -> WeeklyLesson:
    """On Mondays in period 2."""
    return period_two(term, teacher=teacher, class_groups=[upper])


def period_two(term: Term, **fields: Any) -> WeeklyLesson:
    numbers = {"first_bell": 2, "last_bell": 2}
    return WeeklyLessonFactory.create(
        term=term, starts=DEFAULT[1].starts, ends=DEFAULT[1].ends, **numbers | fields
    )


def plan(term: Term, **how: Any) -> TermDifference:
    options = PlanOptions(at=timezone.now(), **how)
    return plan_term(term, action=PlanningAction(), options=options)


def starts(term: Term) -> list[str]:
    rows = Lesson.objects.filter(planned__term=term).order_by("starts_at")
    return [f"{timezone.localtime(lesson.starts_at):%H:%M}" for lesson in rows]


class TestPlanning:
    def test_lessons_that_are_there_move_with_a_list_and_back(self, term, weekly_lesson):
        plan(term)
        made = add_list(term, UPPER, grades=["七年级"])

        assert plan(term).counts()["changed"] == 4
        assert starts(term) == ["08:50"] * 4

        made.delete()
        assert plan(term).counts()["changed"] == 4
        assert starts(term) == ["08:55"] * 4

    def test_each_day_has_its_list(self, term, weekly_lesson):
        first = term.first_monday
        add_list(term, UPPER, class_groups=list(weekly_lesson.class_groups.all()))
        week = {"first_day": first + dt.timedelta(7), "last_day": first + dt.timedelta(13)}
        add_list(term, "09:00-09:20,09:25-09:45", **week)

        plan(term)

        assert starts(term) == ["08:50", "09:25", "08:50", "08:50"]

    def test_what_was_edited_or_has_no_period_stays_as_it_is(self, term, weekly_lesson, upper):
        no_period = WeeklyLessonFactory.create(
            term=term, class_groups=[upper], starts=dt.time(12), ends=dt.time(12, 30)
        )
        plan(term)
        edited = weekly_lesson.planned_lessons.earliest("date")
        PlannedLesson.objects.filter(pk=edited.pk).update(is_edited=True)
        add_list(term, UPPER, grades=["七年级"])

        assert plan(term).counts()["changed"] == 3
        assert sorted(starts(term)) == ["08:50"] * 3 + ["08:55"] + ["12:00"] * 4
        assert no_period.planned_lessons.count() == 4

    def test_period_that_the_list_has_not_is_said_and_its_lesson_goes(self, term, weekly_lesson):
        plan(term)
        add_list(term, "08:00-08:40", grades=["七年级"], weekdays=[1])

        difference = plan(term)

        assert difference.counts()["removed"] == 4
        assert {row.reason for row in difference.not_placed} == {
            "当天适用的作息表“表0”没有第 2 节。"
        }

    def test_overlap_that_a_list_makes_is_told(self, term, weekly_lesson, teacher):
        lower = ClassGroupFactory.create(name="四年级1班", grade="四年级")
        third = {"starts": DEFAULT[2].starts, "ends": DEFAULT[2].ends}
        WeeklyLessonFactory.create(
            term=term, teacher=teacher, class_groups=[lower], first_bell=3, last_bell=3, **third
        )
        plan(term)
        add_list(term, "09:00-09:40,09:50-10:30", grades=["七年级"])

        with pytest.raises(PlanConflicts) as raised:
            plan(term)

        assert len(raised.value.difference.conflicts) == 4

    def test_what_is_left_out_by_a_list_is_a_conflict_of_the_term(
        self, term, weekly_lesson, teacher, django_assert_max_num_queries
    ):
        lower = ClassGroupFactory.create(name="四年级1班", grade="四年级")
        third = {"starts": DEFAULT[2].starts, "ends": DEFAULT[2].ends}
        WeeklyLessonFactory.create(
            term=term, teacher=teacher, class_groups=[lower], first_bell=3, last_bell=3, **third
        )
        add_list(term, "09:00-09:40,09:50-10:30", grades=["七年级"])
        plan(term, leaves_out_conflicts=True)

        with django_assert_max_num_queries(16):
            (conflict,) = conflicts_of(term, at=timezone.now())

        assert conflict.kind is ConflictKind.LEFT_OUT
        assert len(conflict.dates) == 4

    @pytest.mark.parametrize("lessons", [4, 20])
    def test_queries_do_not_grow_with_the_lessons(
        self, teacher: User, upper: ClassGroup, lessons: int, django_assert_max_num_queries
    ):
        term = TermFactory.create(weeks=lessons)
        set_bell_times(term, DEFAULT)
        period_two(term, teacher=teacher, class_groups=[upper])
        plan(term)
        add_list(term, UPPER, grades=["七年级"])

        with django_assert_max_num_queries(75):
            assert plan(term).counts()["changed"] == lessons


class TestWeeklyLessonsAtOnce:
    @pytest.fixture
    def lower(self) -> ClassGroup:
        return ClassGroupFactory.create(name="四年级1班", grade="四年级")

    def wanted(self, teacher: User, group: ClassGroup, number: int) -> WeeklyLessonPlan:
        return WeeklyLessonPlan(
            course=CourseFactory.create(),
            teacher=teacher,
            class_groups=(group,),
            weekday=1,
            starts=DEFAULT[number - 1].starts,
            ends=DEFAULT[number - 1].ends,
            first_bell=number,
            last_bell=number,
        )

    def test_same_period_at_another_time_is_no_overlap(self, term, weekly_lesson, teacher, lower):
        add_list(term, "08:00-08:40,10:50-11:30,11:40-12:20", grades=["七年级"])

        add_weekly_lesson(term, self.wanted(teacher, lower, 2))

        assert term.weekly_lessons.count() == 2

    def test_another_period_at_the_same_time_is_one(self, term, weekly_lesson, teacher, lower):
        add_list(term, "08:00-08:40,10:10-10:50,11:00-11:40", grades=["七年级"])

        with pytest.raises(WeeklyLessonOverlaps):
            add_weekly_lesson(term, self.wanted(teacher, lower, 3))

    def test_also_in_some_weeks_alone(self, term, weekly_lesson, teacher, lower):
        first = term.first_monday
        add_list(
            term,
            "08:00-08:40,10:10-10:50",
            first_day=first,
            last_day=first,
            grades=["七年级"],
        )

        with pytest.raises(WeeklyLessonOverlaps):
            add_weekly_lesson(term, self.wanted(teacher, lower, 3))


# --- Random terms ---------------------------------------------------------------------------------

FIRST = dt.date(2026, 8, 31)
GRADES = ("七年级", "八年级", "")


def _bells(key: int, periods: int) -> list[BellSpan]:
    return read_bells(
        ",".join(f"{8 + n:02}:{key:02}-{8 + n:02}:{key + 40:02}" for n in range(periods))
    )


def _random_list(rng: random.Random, key: int) -> ListedBells:
    conditions: dict[str, Any] = {}
    if rng.random() < 0.5:
        first = rng.randrange(60)
        conditions["first_day"] = FIRST + dt.timedelta(first)
        conditions["last_day"] = FIRST + dt.timedelta(first + rng.randrange(20))
    if rng.random() < 0.5:
        conditions["weekdays"] = frozenset(rng.sample(range(1, 8), rng.randint(1, 3)))
    if rng.random() < 0.5:
        conditions["grades"] = frozenset({rng.choice(GRADES[:2])})
    bells = Bells(_bells(key, rng.randint(3, 6)))
    return ListedBells(key=key, name=str(key), bells=bells, **conditions)


def _random_weekly(rng: random.Random, key: int, groups: list[ClassGroup]) -> WeeklyLesson:
    spans = _bells(0, 5)
    first = rng.randint(1, 5)
    last = rng.randint(first, 5)
    is_off = rng.random() < 0.2
    weekly_lesson = WeeklyLesson(
        pk=key,
        course=Course(pk=1, name="语文"),
        teacher=User(pk=1),
        weekday=rng.randint(1, 5),
        weeks=rng.choice(["", ODD, EVEN]),
        starts=dt.time(7, 30) if is_off else spans[first - 1].starts,
        ends=spans[last - 1].ends,
        **({} if is_off or rng.random() < 0.5 else {"first_bell": first, "last_bell": last}),
    )
    of_lesson = rng.sample(groups, rng.randint(1, 2))
    people = {"class_groups": of_lesson, "assistants": ()}
    weekly_lesson._prefetched_objects_cache = people  # type: ignore[attr-defined] # as Prefetch fills it
    return weekly_lesson


def _naive_list(lists: list[ListedBells], grade: str, day: dt.date) -> tuple[BellSpan, ...]:
    """Go through the words of the rule, from the default upwards."""
    spans, highest = tuple(_bells(0, 5)), (0, 0, 0, 0)
    for bell_list in lists:
        place = (
            1 if bell_list.first_day else 0,
            1 if bell_list.weekdays else 0,
            1 if bell_list.grades else 0,
            -bell_list.key,
        )
        if place[:3] == (0, 0, 0) or place <= highest:
            continue
        if bell_list.first_day and not (
            bell_list.first_day <= day and day <= (bell_list.last_day or day)
        ):
            continue
        if bell_list.weekdays and day.weekday() + 1 not in bell_list.weekdays:
            continue
        if bell_list.grades and grade not in bell_list.grades:
            continue
        spans, highest = bell_list.bells.spans, place
    return spans


def _naive(
    weekly_lessons: list[WeeklyLesson], lists: list[ListedBells], weeks: int
) -> Iterator[tuple[int, dt.date, dt.time, dt.time] | tuple[int, dt.date]]:
    default = _bells(0, 5)
    for number in range(weeks * 7):
        day = FIRST + dt.timedelta(number)
        for weekly in weekly_lessons:
            if weekly.weekday != day.isoweekday() or not Weeks(weekly.weeks).has(number // 7 + 1):
                continue
            own = weekly.starts, weekly.ends
            begin = [n for n, span in enumerate(default) if span.starts == weekly.starts]
            grades = {group.grade for group in weekly.class_groups.all()}
            spans = {_naive_list(lists, grade, day) for grade in grades}
            if not begin or len(spans) > 1:
                yield weekly.pk, day, *own
                continue
            (held,) = spans
            end = next(n for n, span in enumerate(default) if span.ends == weekly.ends)
            if held == tuple(default):
                yield weekly.pk, day, *own
            elif end >= len(held):
                yield weekly.pk, day
            else:
                yield weekly.pk, day, held[begin[0]].starts, held[end].ends


@pytest.mark.parametrize("seed", range(30))
def test_random_terms_are_placed_as_a_naive_calendar_says(
    seed: int, django_assert_num_queries: Callable[..., Any], db: None
):
    rng = random.Random(seed)
    groups = [ClassGroup(pk=n, name=str(n), grade=GRADES[n % 3]) for n in range(1, 7)]
    lists = [_random_list(rng, key) for key in range(1, rng.randint(2, 8))]
    weekly_lessons = [_random_weekly(rng, key, groups) for key in range(1, 25)]

    with django_assert_num_queries(0):
        placed = place(
            weekly_lessons, TermCalendar(FIRST, 10, {}), BellLists(Bells(_bells(0, 5)), lists)
        )

    local = timezone.localtime
    outcomes = {
        (*placement.key, local(placement.starts_at).time(), local(placement.ends_at).time())
        for placement in placed.wanted
    } | {(placement.weekly_lesson.pk, placement.day.date) for placement in placed.not_placed}
    assert outcomes == set(_naive(weekly_lessons, lists, 10))
