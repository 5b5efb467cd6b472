"""Who belonged to a class group, and from when to when."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError
from django.utils import timezone

from accounts.enums import Role
from schedule.enums import MembershipKind
from schedule.models import ClassGroup, Membership
from schedule.services.class_groups import (
    get_or_add_class_group,
    join_class_groups,
    set_class_groups,
)
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, MembershipFactory

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 9, 7)
YESTERDAY = TODAY - dt.timedelta(days=1)


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


@pytest.mark.parametrize("put_in", [set_class_groups, join_class_groups])
@pytest.mark.parametrize("is_open_first", [True, False])
def test_of_two_memberships_in_a_group_only_the_last_goes_on(put_in, is_open_first):
    user, group = UserFactory.create(), ClassGroupFactory.create()
    next_month = TODAY + dt.timedelta(days=30)
    planned = [(None, TODAY), (next_month, None)]
    for first, last in reversed(planned) if is_open_first else planned:
        MembershipFactory.create(user=user, class_group=group, from_date=first, to_date=last)

    put_in(user, [group], today=TODAY)

    rows = Membership.objects.filter(user=user)
    assert set(rows.values_list("from_date", "to_date")) == set(planned)


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
