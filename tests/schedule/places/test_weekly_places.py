from __future__ import annotations

import datetime as dt
import os
from contextlib import suppress
from random import Random

import pytest
from django.db import transaction

from accounts.enums import Role
from schedule.enums import DayKind
from schedule.lessons.moving import NothingToSwap
from schedule.models import ClassGroup, Term, WeeklyLesson
from schedule.places.lesson_places import PlaceKind
from schedule.places.weekly_places import WeeklyPlace, places_of_weekly
from schedule.terms.bells.bell_times import BellSpan
from schedule.terms.days.calendar import days_of
from schedule.terms.days.calendar_days import set_day
from schedule.terms.days.days_off_writing import PartOffPlan, add_part
from schedule.terms.weekly_lessons.changes import (
    WeeklyLessonOverlaps,
    add_weekly_lesson,
    change_weekly_lesson,
    swap_weekly_lessons,
)
from schedule.terms.weekly_lessons.week_ranges import Weeks
from schedule.terms.weekly_lessons.writing import WeeklyLessonPlan, plan_of
from schedule.terms.writing import set_bell_times
from schedule.week_grid import DAY
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    CourseFactory,
    MembershipFactory,
    TermFactory,
    WeeklyLessonFactory,
)
from tests.support.bell_lists import add_list

pytestmark = pytest.mark.django_db

BELLS = [BellSpan(dt.time(hour), dt.time(hour, 45)) for hour in (8, 9, 10)]
# Lists beside these, one of which has a period less.
LISTS = ("08:20-09:05,09:10-09:55,10:00-10:45", "08:30-09:15,09:30-10:15")
# So many random terms are looked at.
TERMS = int(os.environ.get("WEEKLY_PLACE_TERMS", "2"))


@pytest.fixture
def term() -> Term:
    term = TermFactory.create()
    set_bell_times(term, BELLS)
    return term


def planned(term: Term, periods: tuple[int, int] = (1, 1), **fields: object) -> WeeklyLesson:
    first, last = periods
    return WeeklyLessonFactory.create(
        term=term,
        starts=BELLS[first - 1].starts,
        ends=BELLS[last - 1].ends,
        first_bell=first,
        last_bell=last,
        **fields,
    )


def hours(places: list[WeeklyPlace], kind: PlaceKind) -> set[tuple[int, dt.time]]:
    return {(place.plan.weekday, place.plan.starts) for place in places if place.kind is kind}


class TestPlaces:
    def test_it_takes_as_many_periods_elsewhere(self, term):
        double = planned(term, periods=(1, 2))

        week_places = places_of_weekly(double)

        assert {(place.plan.first_bell, place.plan.last_bell) for place in week_places} == {
            (1, 2),
            (2, 3),
        }
        assert hours(week_places, PlaceKind.HERE) == {(1, dt.time(8))}

    def test_by_the_clock_it_stays_by_the_clock(self, term):
        week_places = places_of_weekly(WeeklyLessonFactory.create(term=term, ends=dt.time(8, 40)))

        assert {place.plan.ends for place in week_places if place.plan.weekday == 2} == {
            dt.time(8, 40),
            dt.time(9, 40),
            dt.time(10, 40),
        }
        assert {place.plan.first_bell for place in week_places} == {None}

    def test_odd_and_even_weeks_are_in_nobodys_way(self, term):
        odd = planned(term, weeks="odd")
        planned(term, teacher=odd.teacher, weekday=2, weeks="even")
        every = planned(term, teacher=odd.teacher, weekday=3)

        week_places = places_of_weekly(odd)

        assert (2, dt.time(8)) in hours(week_places, PlaceKind.FREE)
        assert {place.other for place in week_places} == {None, every}


class TestDaysOff:
    @pytest.fixture
    def own(self, term: Term) -> WeeklyLesson:
        """Have two lessons, Mondays of the first and second week."""
        return planned(term, weeks="1-2")

    def test_where_all_of_its_days_are_off_is_no_place(self, term, own):
        for week in (0, 1):
            tuesday = term.first_monday + dt.timedelta(days=7 * week + 1)
            set_day(term, tuesday, kind=DayKind.HOLIDAY)

        week_places = hours(places_of_weekly(own), PlaceKind.OFF)

        assert week_places == {(2, bell.starts) for bell in BELLS}

    def test_place_says_how_many_weeks_it_loses(self, term, own):
        (group,) = own.class_groups.all()
        thursday = term.first_monday + dt.timedelta(days=3)
        set_day(term, thursday - DAY, kind=DayKind.HOLIDAY)
        add_part(
            term,
            PartOffPlan(first_day=thursday, last_day=thursday, from_bell=2, class_groups=(group,)),
        )

        lost = {
            (place.plan.weekday, place.plan.first_bell): place.lost_weeks
            for place in places_of_weekly(own)
            if place.lost_weeks
        }

        assert lost == {(3, 1): 1, (3, 2): 1, (3, 3): 1, (4, 2): 1, (4, 3): 1}

    def test_day_that_makes_up_counts(self, term, own):
        set_day(term, term.first_monday + DAY, kind=DayKind.HOLIDAY)
        saturday = term.first_monday + 5 * DAY
        set_day(term, saturday, kind=DayKind.WORKDAY, plan_weekday=2)

        week_places = places_of_weekly(own)

        assert {place.lost_weeks for place in week_places if place.plan.weekday == 2} == {0}

    def test_no_swap_leads_the_other_one_to_days_off(self, term, own):
        other = planned(term, weekday=2, teacher=own.teacher, weeks="2")
        assert places_with(other, own)
        set_day(term, term.first_monday + 7 * DAY, kind=DayKind.HOLIDAY)

        assert not places_with(other, own)


def places_with(other: WeeklyLesson, weekly_lesson: WeeklyLesson) -> list[WeeklyPlace]:
    return [place for place in places_of_weekly(weekly_lesson) if place.other == other]


class TestSeveralLists:
    def test_it_may_be_at_the_periods_of_its_own_list(self, term):
        own = planned(term, weekday=1)
        (group,) = own.class_groups.all()
        add_list(term, "08:20-09:00,09:10-09:50", class_groups=[group])

        week_places = [place for place in places_of_weekly(own) if place.plan.weekday == 2]

        assert [(place.plan.first_bell, place.hours.starts) for place in week_places] == [
            (1, dt.time(8, 20)),
            (2, dt.time(9, 10)),
        ]
        assert [place.plan.starts for place in week_places] == [dt.time(8), dt.time(9)]

    def test_where_its_class_groups_have_different_ones_it_is_by_the_terms_own(self, term):
        groups = [ClassGroupFactory.create(), ClassGroupFactory.create()]
        own = planned(term, class_groups=groups)
        add_list(term, "08:20-09:00", class_groups=groups[:1])

        week_places = [place for place in places_of_weekly(own) if place.plan.weekday == 2]

        assert [place.hours.starts for place in week_places] == [span.starts for span in BELLS]

    def test_by_the_clock_it_starts_with_a_period_of_its_list(self, term):
        own = WeeklyLessonFactory.create(term=term, starts=dt.time(12), ends=dt.time(12, 40))
        add_list(term, "08:20-09:00", class_groups=own.class_groups.all())

        week_places = [place for place in places_of_weekly(own) if place.plan.weekday == 2]

        assert [(place.plan.starts, place.plan.first_bell) for place in week_places] == [
            (dt.time(8, 20), None)
        ]


@pytest.mark.parametrize("count", [1, 8])
def test_takes_the_same_queries_for_any_number(term, django_assert_num_queries, count):
    own = planned(term)
    for number in range(count):
        planned(term, teacher=own.teacher, weekday=2 + number % 5, periods=(1 + number // 5,) * 2)
    read = WeeklyLesson.objects.select_related("term", "course", "teacher").get(pk=own.pk)

    with django_assert_num_queries(10):
        week_places = places_of_weekly(read)

    assert len(hours(week_places, PlaceKind.SWAP)) == count


@pytest.mark.parametrize("seed", range(TERMS))
def test_in_any_term_those_are_found_that_the_services_take(seed, term):
    random = Random(seed)
    crowd(random, term)
    group = random.choice(list(ClassGroup.objects.order_by("pk")))
    add_list(term, random.choice(LISTS), class_groups=[group])
    add_list(term, random.choice(LISTS), weekdays=[random.choice([1, 2, 3])])
    closed = random.choice([2, 3])
    for day in days_of(term, closed, Weeks("")):
        set_day(term, day, kind=DayKind.HOLIDAY)
    every = list(term.weekly_lessons.select_related("term", "course", "teacher"))

    for weekly_lesson in random.sample(every, 1):
        week_places = places_of_weekly(weekly_lesson)

        free = {
            (place.plan.weekday, place.plan.starts)
            for place in week_places
            if place.kind is not PlaceKind.HERE
            and place.plan.weekday != closed
            and can_be_at(weekly_lesson, place.plan)
        }
        assert hours(week_places, PlaceKind.FREE) == free
        assert {
            place.other.pk: (place.plan.weekday, place.plan.starts)
            for place in week_places
            if place.other is not None
        } == naive_swaps(weekly_lesson, every, closed)


def crowd(random: Random, term: Term) -> None:
    """Give the term weekly lessons of few people and class groups, of which two share a student."""
    people = [UserFactory.create(roles=[Role.TEACHER]) for _number in range(4)]
    groups = [ClassGroupFactory.create() for _number in range(4)]
    student = UserFactory.create()
    for group in groups[:2]:
        MembershipFactory.create(user=student, class_group=group)
    course = CourseFactory.create()
    for _number in range(22):
        teacher, assistant = random.sample(people, 2)
        first = random.choice([1, 2, 3])
        last = min(3, first + random.choice([0, 0, 1]))
        plan = WeeklyLessonPlan(
            course=course,
            teacher=teacher,
            assistants=(assistant,) if random.random() < 0.2 else (),
            class_groups=tuple(random.sample(groups, random.choice([1, 1, 2]))),
            weekday=random.choice([1, 2, 3]),
            starts=BELLS[first - 1].starts,
            ends=BELLS[last - 1].ends,
            first_bell=first,
            last_bell=last,
            weeks=Weeks(random.choice(["", "", "odd", "even"])),
            overlap_reason="分组" if random.random() < 0.2 else "",
        )
        with suppress(WeeklyLessonOverlaps), transaction.atomic():
            add_weekly_lesson(term, plan)


def can_be_at(weekly_lesson: WeeklyLesson, plan: WeeklyLessonPlan) -> bool:
    """Tell whether the service moves it there, and take it back."""
    try:
        with transaction.atomic():
            change_weekly_lesson(weekly_lesson, plan)
            transaction.set_rollback(True)
    except WeeklyLessonOverlaps:
        return False
    finally:
        weekly_lesson.refresh_from_db()
    return True


def naive_swaps(
    weekly_lesson: WeeklyLesson, every: list[WeeklyLesson], closed: int
) -> dict[int, tuple[int, dt.time]]:
    """By key, when those are that swap with this one, each tried; where it fits without, it moves."""
    plan = plan_of(weekly_lesson)
    swaps = {}
    for other in every:
        other_plan = plan_of(other)
        periods = [each.last_bell - each.first_bell for each in (plan, other_plan)]  # type: ignore[operator]
        is_related = other.teacher_id == weekly_lesson.teacher_id or (
            plan.group_ids & other_plan.group_ids
        )
        if other == weekly_lesson or periods[0] != periods[1] or not is_related:
            continue
        if closed in (weekly_lesson.weekday, other.weekday):
            continue
        hours = other_plan.weekday, other_plan.starts
        if can_swap(weekly_lesson, other) and not can_be_at(
            weekly_lesson, plan.at_hours_of(other_plan)
        ):
            swaps[other.pk] = hours
    return swaps


def can_swap(weekly_lesson: WeeklyLesson, other: WeeklyLesson) -> bool:
    try:
        with transaction.atomic():
            swap_weekly_lessons(weekly_lesson, other)
            transaction.set_rollback(True)
    except (WeeklyLessonOverlaps, NothingToSwap):
        return False
    finally:
        weekly_lesson.refresh_from_db()
        other.refresh_from_db()
    return True
