"""Bookings at once: of one holder, and of class groups that share students."""

from __future__ import annotations

import datetime as dt
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from schedule.occupancy.bookings import Booking, Holder
from schedule.occupancy.overlaps import give_way, pairs
from schedule.occupancy.students import Days, SharedStudents
from tests.factories.accounts import UserFactory
from tests.factories.schedule import MembershipFactory

MONDAY = dt.datetime(2099, 8, 31, 8, tzinfo=dt.UTC)


def group_booking(group: int, order: int, hour: int = 0, length_h: int = 1, **more) -> Booking:
    start = MONDAY + dt.timedelta(hours=hour)
    return Booking(
        Holder(is_person=False, pk=group),
        start,
        start + dt.timedelta(hours=length_h),
        order,
        **more,
    )


def shared_of(members: dict[int, set[int]]) -> SharedStudents:
    """Return the students of these class groups, who always were there."""
    always = [Days(None, None)]
    return SharedStudents(
        {group: dict.fromkeys(students, always) for group, students in members.items()},
        {
            group: {
                other for other, there in members.items() if other != group and there & students
            }
            for group, students in members.items()
        },
    )


LESSONS = some.lists(
    some.tuples(
        some.sets(some.integers(1, 5), min_size=1, max_size=2),
        some.integers(0, 6),
        some.integers(1, 3),
    ),
    max_size=8,
)
MEMBERS = some.fixed_dictionaries(
    {group: some.sets(some.integers(1, 6), max_size=3) for group in range(1, 6)}
)


@given(LESSONS, MEMBERS)
def test_every_two_lessons_that_share_students_are_found(lessons, members):
    bookings = [
        group_booking(group, order, hour, length_h)
        for order, (groups, hour, length_h) in enumerate(lessons, start=1)
        for group in sorted(groups)
    ]

    found = {
        (frozenset({(one.order, one.holder.pk), (other.order, other.holder.pk)}), students)
        for one, other, students in pairs(bookings, shared_of(members))
        if students
    }

    assert found == {
        (frozenset({(one.order, one.holder.pk), (other.order, other.holder.pk)}), students)
        for one, other in combinations(bookings, 2)
        if one.starts_at < other.ends_at and other.starts_at < one.ends_at
        # A merged class is at no odds with itself, and a class group that is in both stands for its students.
        if not lessons[one.order - 1][0] & lessons[other.order - 1][0]
        if (students := frozenset(members[one.holder.pk] & members[other.holder.pk]))
    }


@given(LESSONS)
def test_every_two_lessons_of_a_class_group_are_found(lessons):
    bookings = [
        group_booking(group, order, hour, length_h)
        for order, (groups, hour, length_h) in enumerate(lessons, start=1)
        for group in sorted(groups)
    ]

    found = {frozenset({one, other}) for one, other, _students in pairs(bookings, SharedStudents())}

    assert found == {
        frozenset({one, other})
        for one, other in combinations(bookings, 2)
        if one.holder == other.holder
        and one.starts_at < other.ends_at
        and other.starts_at < one.ends_at
    }


def test_lesson_that_ended_meets_nobody_while_a_longer_one_goes_on():
    bookings = [
        group_booking(1, 1, length_h=3),
        group_booking(1, 2, length_h=1),
        group_booking(2, 3, hour=1),
    ]

    found = [pair for pair in pairs(bookings, shared_of({1: {7}, 2: {7}})) if pair.students]

    assert [(pair.one.order, pair.other.order) for pair in found] == [(1, 3)]


def test_longer_one_of_two_that_are_there_stands_in_the_way():
    there = [group_booking(1, 0, 0, 1, lesson_pk=7), group_booking(1, 0, 0, 3, lesson_pk=8)]
    wanted = group_booking(1, 1, 2)

    (overlap,) = give_way([*there, wanted], SharedStudents())

    assert (overlap.booking, overlap.taken.lesson_pk) == (wanted, 8)


@pytest.mark.django_db
class TestStudents:
    @pytest.fixture
    def groups(self) -> tuple[int, int]:
        """Two class groups with one student in common."""
        student = UserFactory.create()
        memberships = (MembershipFactory.create(user=student) for _number in range(2))
        one, other = (membership.class_group_id for membership in memberships)
        return one, other

    def test_later_row_gives_way(self, groups):
        bookings = [group_booking(groups[0], 2), group_booking(groups[1], 1)]

        (overlap,) = give_way(bookings)

        assert (overlap.booking.order, overlap.taken.order) == (2, 1)
        assert len(overlap.students) == 1

    def test_plan_gives_way_to_the_timetable(self, groups):
        bookings = [group_booking(groups[0], 0, lesson_pk=7), group_booking(groups[1], 1)]

        (overlap,) = give_way(bookings)

        assert (overlap.booking.order, overlap.taken.lesson_pk) == (1, 7)

    def test_merged_class_is_in_no_conflict_with_itself(self, groups):
        assert not list(give_way([group_booking(group, 1) for group in groups]))

    def test_class_group_in_both_is_told_once(self, groups):
        bookings = [
            group_booking(groups[0], 1),
            *(group_booking(group, 2) for group in groups),
        ]

        (overlap,) = give_way(bookings)

        assert (overlap.who.holder.pk, overlap.students) == (groups[0], frozenset())

    def test_what_gave_way_blocks_nobody(self, groups):
        bookings = [
            group_booking(groups[0], 1, 0),
            group_booking(groups[1], 2, 0, 2),
            group_booking(groups[0], 3, 1),
        ]

        assert [overlap.booking.order for overlap in give_way(bookings)] == [2]

    def test_lesson_that_keeps_its_place_is_not_blamed(self, groups):
        there = group_booking(groups[0], 0, lesson_pk=7)
        kept = group_booking(groups[1], 1, is_in_place=True)
        moved = group_booking(groups[1], 2, 0)

        assert not list(give_way([there, kept]))
        assert [each.booking.order for each in give_way([kept, moved])] == [2]

    def test_queries_do_not_grow(self, groups, django_assert_num_queries):
        many = [group_booking(groups[number % 2], number + 1) for number in range(40)]

        with django_assert_num_queries(1):
            assert len(list(give_way(many[:2]))) == 1
        with django_assert_num_queries(1):
            assert len(list(give_way(many))) > 30


@pytest.mark.django_db
def test_timetable_alone_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert not list(give_way([group_booking(1, 0, lesson_pk=1)]))
