from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from random import Random

import pytest
from django.utils import timezone

from schedule.absences.absence import with_all
from schedule.enums import CloudStatus, DayKind
from schedule.lessons.cancel import cancel_lesson
from schedule.models import ClassGroup, Lesson, Room, Term, TermDay
from schedule.places.lesson_places import Place, PlaceKind, places_of
from schedule.terms.bells.bell_times import BellSpan
from schedule.terms.writing import set_bell_times
from schedule.week_grid import dates_of_week, monday_of
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    LessonFactory,
    MembershipFactory,
    TermFactory,
    coming_monday,
)
from tests.support.bell_lists import add_list
from tests.support.crowded_schools import can_be_moved, can_be_swapped, make_school
from tests.support.days_off import add_part_off

pytestmark = pytest.mark.django_db

BELLS = [BellSpan(dt.time(hour), dt.time(hour, 45)) for hour in (8, 9, 10)]
# So many random schools are looked at.
SCHOOLS = int(os.environ.get("PLACE_SCHOOLS", "4"))


@pytest.fixture
def monday() -> dt.date:
    return coming_monday()


@pytest.fixture
def term(monday: dt.date) -> Term:
    term = TermFactory.create(first_monday=monday)
    set_bell_times(term, BELLS)
    return term


def on(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour, minute)))


def places(
    lesson: Lesson, monday: dt.date | None = None, at: dt.datetime | None = None
) -> list[Place]:
    read = with_all(Lesson.objects.filter(pk=lesson.pk)).get()
    monday = monday or monday_of(timezone.localdate(lesson.starts_at))
    return list(places_of(read, monday, at=at or timezone.now()).places)


def starts(places: list[Place], *kinds: PlaceKind) -> set[dt.datetime]:
    return {place.starts_at for place in places if place.kind in kinds}


class TestCalendar:
    def test_periods_of_the_week_are_places(self, term, monday):
        lesson = LessonFactory.create(starts_at=on(monday, 8))

        week_places = places(lesson)

        assert [place.start.number for place in week_places] == [1, 2, 3] * 7
        assert starts(week_places, PlaceKind.HERE) == {on(monday, 8)}
        assert len(starts(week_places, PlaceKind.FREE)) == 20

    def test_without_bell_times_each_full_and_half_hour_is_one(self, monday):
        lesson = LessonFactory.create(starts_at=on(monday, 8))

        week_places = [place for place in places(lesson) if place.day == monday]

        assert [place.start.starts for place in week_places][:3] == [
            dt.time(8),
            dt.time(8, 30),
            dt.time(9),
        ]
        assert week_places[-1].start.starts == dt.time(18)

    def test_nothing_begins_on_days_off_in_the_past_and_outside_the_term(self, term, monday):
        friday = monday + dt.timedelta(days=4)
        TermDay.objects.create(term=term, date=friday, kind=DayKind.HOLIDAY)
        lesson = LessonFactory.create(starts_at=on(monday, 8))
        after = monday + dt.timedelta(weeks=term.weeks)

        week_places = places(lesson, at=on(monday, 9))

        assert starts(week_places, PlaceKind.PAST) == {on(monday, 9)}
        assert starts(week_places, PlaceKind.OFF) == {on(friday, hour) for hour in (8, 9, 10)}
        assert {place.kind for place in places(lesson, after)} == {PlaceKind.OUTSIDE_TERM}

    def test_half_days_and_days_off_of_its_class_groups_are_no_places(self, term, monday):
        away, other = ClassGroupFactory.create(), ClassGroupFactory.create()
        add_part_off(term, monday, from_bell=3)
        add_part_off(term, monday + dt.timedelta(days=1), class_groups=[away])
        alone = LessonFactory.create(class_groups=[away], starts_at=on(monday, 8))
        merged = LessonFactory.create(class_groups=[away, other], starts_at=on(monday, 12))

        tuesday = {on(monday + dt.timedelta(days=1), hour) for hour in (8, 9, 10)}
        assert starts(places(alone), PlaceKind.OFF) == {on(monday, 10), *tuesday}
        assert starts(places(merged), PlaceKind.OFF) == {on(monday, 10)}

    def test_periods_are_those_of_the_list_that_holds_for_its_class_groups(self, term, monday):
        upper, lower = ClassGroupFactory.create(), ClassGroupFactory.create()
        add_list(term, "08:20-09:00,09:10-09:50", class_groups=[upper])
        add_list(term, "07:30-08:10", weekdays=[5])
        alone = LessonFactory.create(class_groups=[upper], starts_at=on(monday, 8, 20))
        merged = LessonFactory.create(class_groups=[upper, lower], starts_at=on(monday, 12))
        friday = monday + dt.timedelta(days=4)

        assert starts(places(alone), PlaceKind.FREE) == {
            *(on(monday + dt.timedelta(days=day), 8, 20) for day in (1, 2, 3, 5, 6)),
            *(on(monday + dt.timedelta(days=day), 9, 10) for day in (0, 1, 2, 3, 5, 6)),
            on(friday, 7, 30),
        }
        assert {
            (place.starts_at, place.start.number) for place in places(merged) if place.day == friday
        } == {(on(friday, 7, 30), 1)}
        assert on(monday, 8) in starts(places(merged), PlaceKind.TAKEN)

    def test_hours_that_clocks_skip_are_no_places(self, settings):
        settings.TIME_ZONE = "Europe/Berlin"
        monday = dt.date(2027, 3, 22)  # the clocks go forward on its Sunday
        TermFactory.create(first_monday=monday)
        term = Term.objects.get()
        set_bell_times(term, [BellSpan(dt.time(2, 30), dt.time(3, 15)), BELLS[0]])
        lesson = LessonFactory.create(starts_at=on(monday, 8))

        sunday = [place for place in places(lesson) if place.day == dt.date(2027, 3, 28)]

        assert [place.start.number for place in sunday] == [2]


class TestWhoIsTaken:
    def test_a_shared_student_stands_against_it(self, term, monday, lesson):
        group, other_group = ClassGroupFactory.create(), ClassGroupFactory.create()
        student = UserFactory.create()
        for some_group in (group, other_group):
            MembershipFactory.create(user=student, class_group=some_group)
        moved = LessonFactory.create(class_groups=[group], starts_at=on(monday, 8))
        other = LessonFactory.create(class_groups=[other_group], starts_at=on(monday, 9))

        (taken,) = (place for place in places(moved) if place.kind is PlaceKind.TAKEN)

        assert taken.standing == {other.pk}
        assert taken.against[0].who.students == {student.pk}


class TestSwaps:
    def test_is_offered_where_both_fit_afterwards(self, term, monday, class_group, teacher):
        lesson = LessonFactory.create(class_groups=[class_group], starts_at=on(monday, 8))
        fitting = LessonFactory.create(class_groups=[class_group], starts_at=on(monday, 9))
        busy = LessonFactory.create(class_groups=[class_group], starts_at=on(monday, 10))
        LessonFactory.create(teacher=busy.teacher, starts_at=on(monday, 8))

        week_places = {place.starts_at: place for place in places(lesson)}

        assert week_places[on(monday, 9)].other == fitting
        assert week_places[on(monday, 10)].kind is PlaceKind.TAKEN

    def test_lesson_of_another_length_is_not_offered(self, term, monday, class_group):
        lesson = LessonFactory.create(class_groups=[class_group], starts_at=on(monday, 8))
        LessonFactory.create(
            class_groups=[class_group], starts_at=on(monday, 9), ends_at=on(monday, 9, 40)
        )

        assert not starts(places(lesson), PlaceKind.SWAP)

    def test_lesson_whose_class_has_begun_is_not_offered(self, term, monday, class_group):
        lesson = LessonFactory.create(class_groups=[class_group], starts_at=on(monday, 8))
        begun = LessonFactory.create(class_groups=[class_group], starts_at=on(monday, 9))
        Room.objects.create(lesson=begun, room_id=1, sdk_app_id=1, cloud_status=CloudStatus.RUNNING)

        assert not starts(places(lesson), PlaceKind.SWAP)

    def test_at_the_time_of_no_period_it_is_a_place_of_its_own(self, term, monday, class_group):
        lesson = LessonFactory.create(class_groups=[class_group], starts_at=on(monday, 8))
        other = LessonFactory.create(class_groups=[class_group], starts_at=on(monday, 14))

        (place,) = (place for place in places(lesson) if place.kind is PlaceKind.SWAP)

        assert (place.other, place.start.number) == (other, None)


@pytest.mark.parametrize("count", [1, 12])
def test_takes_the_same_queries_for_any_number(
    term, monday, class_group, django_assert_num_queries, count
):
    lesson = LessonFactory.create(class_groups=[class_group], starts_at=on(monday, 8))
    for number in range(1, count + 1):
        day = monday + dt.timedelta(days=number % 5)
        LessonFactory.create(class_groups=[class_group], starts_at=on(day, 9 + number // 5))
    read = with_all(Lesson.objects.filter(pk=lesson.pk)).get()

    with django_assert_num_queries(9):
        week_places = list(places_of(read, monday, at=timezone.now()).places)

    assert len(starts(week_places, PlaceKind.SWAP)) == count


@pytest.mark.parametrize("seed", range(SCHOOLS))
def test_in_any_school_those_are_found_that_the_services_take(seed, term, monday):
    random = Random(seed)
    first_day = (monday - timezone.localdate()).days
    school = make_school(random, days=range(first_day, first_day + 3))
    TermDay.objects.create(
        term=term, date=monday + dt.timedelta(days=random.randrange(5)), kind=DayKind.HOLIDAY
    )
    at = on(monday, 8) + dt.timedelta(hours=random.randrange(-30, 30))
    begun, cancelled = random.sample(school, 2)
    Room.objects.create(lesson=begun, room_id=1, sdk_app_id=1, cloud_status=CloudStatus.RUNNING)
    cancel_lesson(cancelled, reason="", at=timezone.now())
    movable = [candidate for candidate in school if candidate not in (begun, cancelled)]
    is_off = naive_days_off(random, term, monday)

    for lesson in random.sample(movable, 2):
        read = with_all(Lesson.objects.filter(pk=lesson.pk)).get()
        week_places = places(lesson, at=at)

        free = {
            start
            for start in naive_starts(monday)
            if start > at
            and not is_off(read, start, start + (read.ends_at - read.starts_at))
            and start != read.starts_at
            and can_be_moved(read, start, at)
        }
        assert starts(week_places, PlaceKind.FREE) == free
        assert {
            place.other.pk: place.starts_at for place in week_places if place.other is not None
        } == naive_swaps(read, school, is_off, at, free)


IsOff = Callable[[Lesson, dt.datetime, dt.datetime], bool]


def naive_days_off(random: Random, term: Term, monday: dt.date) -> IsOff:
    """Give two class groups a day off from a period on, and tell what falls on it or on a holiday."""
    holidays = set(term.days.values_list("date", flat=True))
    away = set(random.sample(list(ClassGroup.objects.order_by("pk")), 2))
    day, number = monday + dt.timedelta(days=random.randrange(3)), random.randrange(3)
    add_part_off(term, day, from_bell=number + 1, class_groups=away)

    def is_off(lesson: Lesson, starts_at: dt.datetime, ends_at: dt.datetime) -> bool:
        date = timezone.localdate(starts_at)
        is_late = date == day and ends_at > on(day, BELLS[number].starts.hour)
        return date in holidays or (is_late and away.issuperset(lesson.class_groups.all()))

    return is_off


def naive_starts(monday: dt.date) -> Iterator[dt.datetime]:
    for day in dates_of_week(monday):
        for span in BELLS:
            yield on(day, span.starts.hour)


def naive_swaps(
    lesson: Lesson,
    school: list[Lesson],
    is_off: IsOff,
    at: dt.datetime,
    free: set[dt.datetime],
) -> dict[int, dt.datetime]:
    """By key, when the lessons are that swap with this one, each tried; where it fits without, it moves."""
    length = lesson.ends_at - lesson.starts_at
    groups = set(lesson.class_groups.all())
    return {
        other.pk: other.starts_at
        for other in school
        if other != lesson
        and other.ends_at - other.starts_at == length
        and (other.teacher == lesson.teacher or groups & set(other.class_groups.all()))
        and not is_off(lesson, other.starts_at, other.ends_at)
        and not is_off(other, lesson.starts_at, lesson.ends_at)
        and other.starts_at not in free
        and not can_be_moved(lesson, other.starts_at, at)
        and can_be_swapped(lesson, other, at)
    }
