"""Members of a class group, and from when to when."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from django.db import IntegrityError
from django.utils import timezone

from accounts.enums import Role
from schedule.class_groups.memberships import (
    get_or_add_class_group,
    join_class_groups,
    set_class_groups,
)
from schedule.enums import MembershipKind
from schedule.models import ClassGroup, Membership
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, MembershipFactory

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 9, 7)
YESTERDAY = TODAY - dt.timedelta(days=1)
NEXT_MONTH = TODAY + dt.timedelta(days=30)


def days(user, class_group):
    membership = Membership.objects.get(user=user, class_group=class_group)
    return membership.from_date, membership.to_date


def test_first_membership_reaches_back_without_limit():
    user, group = UserFactory.create(), ClassGroupFactory.create()

    assert set_class_groups(user, [group], today=TODAY) is True

    assert days(user, group) == (None, None)


def test_further_membership_begins_today():
    user = UserFactory.create()
    first, second = ClassGroupFactory.create(), ClassGroupFactory.create()
    set_class_groups(user, [first], today=YESTERDAY)

    set_class_groups(user, [first, second], today=TODAY)

    assert days(user, first) == (None, None)
    assert days(user, second) == (TODAY, None)


def test_group_no_longer_listed_ends_today():
    user = UserFactory.create()
    first, second = ClassGroupFactory.create(), ClassGroupFactory.create()
    set_class_groups(user, [first], today=YESTERDAY)

    set_class_groups(user, [second], today=TODAY)

    assert days(user, first) == (None, TODAY)


def test_group_listed_again_on_the_same_day_goes_on():
    user = UserFactory.create()
    first, second = ClassGroupFactory.create(), ClassGroupFactory.create()
    set_class_groups(user, [first], today=YESTERDAY)
    set_class_groups(user, [second], today=TODAY)

    set_class_groups(user, [first], today=TODAY)

    assert days(user, first) == (None, None)


def test_group_listed_again_later_is_a_second_membership():
    user = UserFactory.create()
    first, second = ClassGroupFactory.create(), ClassGroupFactory.create()
    set_class_groups(user, [first], today=YESTERDAY)
    set_class_groups(user, [second], today=YESTERDAY)

    set_class_groups(user, [first], today=TODAY)

    periods = Membership.objects.filter(user=user, class_group=first).order_by("pk")
    assert [(row.from_date, row.to_date) for row in periods] == [(None, YESTERDAY), (TODAY, None)]


def join_class_groups_alone(user, groups, *, today):
    return join_class_groups([user], groups, first_day=today, today=today)


@pytest.mark.parametrize("put_in", [set_class_groups, join_class_groups_alone])
@pytest.mark.parametrize("is_open_first", [True, False])
def test_of_two_memberships_in_a_group_the_one_that_has_begun_goes_on(put_in, is_open_first):
    user, group = UserFactory.create(), ClassGroupFactory.create()
    planned = [(None, TODAY), (NEXT_MONTH, None)]
    for first, last in reversed(planned) if is_open_first else planned:
        MembershipFactory.create(user=user, class_group=group, from_date=first, to_date=last)

    put_in(user, [group], today=TODAY)

    assert days(user, group) == (None, None)


# --- Memberships entered ahead ----------------------------------------------------------------------


@pytest.fixture
def moving():
    """Somebody who moves from the first class group to the second next month."""
    user = UserFactory.create()
    first, second = ClassGroupFactory.create(), ClassGroupFactory.create()
    last_day = NEXT_MONTH - dt.timedelta(days=1)
    MembershipFactory.create(user=user, class_group=first, from_date=None, to_date=last_day)
    MembershipFactory.create(user=user, class_group=second, from_date=NEXT_MONTH)
    return user, first, second


def test_nothing_is_left_of_a_membership_to_come_that_is_not_listed(moving):
    user, first, second = moving

    set_class_groups(user, [first], today=TODAY)

    assert days(user, first) == (None, None)
    assert not Membership.objects.filter(class_group=second).exists()


def test_listed_membership_to_come_begins_today_and_the_present_one_ended_yesterday(moving):
    user, first, second = moving

    set_class_groups(user, [second], today=TODAY)

    assert (days(user, first), days(user, second)) == ((None, YESTERDAY), (TODAY, None))


def test_present_membership_that_is_listed_too_goes_on(moving):
    user, first, second = moving

    set_class_groups(user, [first, second], today=TODAY)

    assert (days(user, first), days(user, second)) == ((None, None), (TODAY, None))


def test_nothing_is_left_of_what_a_list_of_the_same_day_began():
    user = UserFactory.create()
    first, second = ClassGroupFactory.create(), ClassGroupFactory.create()
    set_class_groups(user, [first], today=YESTERDAY)
    set_class_groups(user, [second], today=TODAY)

    set_class_groups(user, [first], today=TODAY)

    assert not Membership.objects.filter(class_group=second).exists()


def test_joining_lets_a_membership_to_come_begin_today(moving):
    user, first, second = moving
    before = days(user, first)

    join_class_groups([user], [second], first_day=TODAY, today=TODAY)

    assert (days(user, first), days(user, second)) == (before, (TODAY, None))


@pytest.mark.parametrize("seed", range(12))
def test_random_lists_leave_nobody_without_class_group_and_the_past_as_it_was(seed):
    chance = random.Random(seed)
    user, groups = UserFactory.create(), ClassGroupFactory.create_batch(3)
    _enter_ahead(chance, user, groups)
    day = TODAY
    for _step in range(6):
        day += dt.timedelta(days=chance.choice([0, 0, 1, 2, 9]))
        listed = chance.sample(groups, chance.randint(1, 3))
        before = _calendar(user)
        set_class_groups(user, listed, today=day)
        _check_calendar(before, _calendar(user), {group.pk for group in listed}, day)


def _enter_ahead(chance, user, groups):
    for group in groups:
        first = TODAY + dt.timedelta(days=chance.randint(-20, 20))
        for _period in range(chance.randint(0, 2)):
            last = first + dt.timedelta(days=chance.randint(0, 15))
            MembershipFactory.create(user=user, class_group=group, from_date=first, to_date=last)
            first = last + dt.timedelta(days=chance.randint(1, 9))


def _calendar(user):
    """The class groups on each day around the walk, looked up day by day."""
    rows = list(Membership.objects.filter(user=user))
    span = [TODAY + dt.timedelta(days=number) for number in range(-40, 80)]
    return {day: {row.class_group_id for row in rows if row.covers(day)} for day in span}


def _check_calendar(before, after, listed, today):
    yesterday = today - dt.timedelta(days=1)
    is_first = not any(before.values())
    for day, class_groups in after.items():
        if day < today:
            assert class_groups == (listed if is_first else before[day])
        elif day > today:
            assert class_groups == listed
    ahead = {group for day in before if day > today for group in before[day]} - before[today]
    last_day = set() if ahead & listed else before[today] & before[yesterday]
    assert listed <= after[today] <= listed | last_day


def test_same_list_again_changes_nothing():
    user, group = UserFactory.create(), ClassGroupFactory.create()
    set_class_groups(user, [group], today=YESTERDAY)

    assert set_class_groups(user, [group], today=TODAY) is False


def test_teacher_is_class_teacher():
    user, group = UserFactory.create(roles=[Role.TEACHER]), ClassGroupFactory.create()

    set_class_groups(user, [group], today=TODAY)

    assert Membership.objects.get(user=user).kind == MembershipKind.CLASS_TEACHER


def test_name_is_free_again_after_archiving():
    old = get_or_add_class_group("一年级1班")
    ClassGroup.objects.filter(pk=old.pk).update(archived_at=timezone.now())

    assert get_or_add_class_group("一年级1班") != old
    assert get_or_add_class_group("一年级1班") == ClassGroup.objects.active().get()


def test_last_day_before_the_first_is_refused():
    user, group = UserFactory.create(), ClassGroupFactory.create()

    with pytest.raises(IntegrityError):
        Membership.objects.create(user=user, class_group=group, from_date=TODAY, to_date=YESTERDAY)
