"""Test what several do with family links at the same moment: limits hold, and nothing fails."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

import pytest
from django.db import connection
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Notice, User
from accounts.services.leaving import deactivate_people
from accounts.services.people import lock_people, set_roles
from schedule.enums import MembershipKind
from schedule.families.links import (
    LINKS_A_CHILD,
    NotToBeShown,
    TooManyLinks,
    end_links,
    make_link,
)
from schedule.families.mailing.addresses import (
    ASKS_AT_MOST,
    MailWish,
    TooManyAsks,
    end_address,
    leave_address,
)
from schedule.families.page.opening import OPENINGS_AT_MOST, TooManyOpenings, count_opening
from schedule.families.slips.printing import print_slips
from schedule.feeds.writing import make_token
from schedule.models import CalendarFeed, ClassGroup, FamilyAddress, FamilyLink, FamilySlips
from tests.factories.schedule import MembershipFactory
from tests.support.families import make_family
from tests.support.family_mails import confirmed_address
from tests.support.people import again
from tests.support.threads import all_at_once, done_during

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.both_databases("locks"),
]


def test_links_made_at_once_are_no_more_than_a_child_may_have(student: User, planner: User):
    def make_one(number: int) -> bool:
        try:
            make_link([student], label=f"{number}", by=planner, at=timezone.now())
        except TooManyLinks:
            return False
        return True

    made = all_at_once(make_one, range(LINKS_A_CHILD + 2))

    assert sum(made) == LINKS_A_CHILD == FamilyLink.objects.count()


@pytest.mark.parametrize("is_former", [True, False])
def test_no_link_is_made_for_a_child_who_leaves_at_that_moment(
    student: User, planner: User, is_former: bool
):
    if connection.vendor == "sqlite":
        pytest.skip("on SQLite transactions that write come one after the other anyway")

    def leave() -> None:
        lock_people([student.pk])
        if is_former:
            set_roles(again(student), {Role.TEACHER}, by=planner)
        else:
            deactivate_people([again(student)], by=planner)

    def make() -> bool:
        with suppress(NotToBeShown):
            make_link([student], label="母亲", by=planner, at=timezone.now())
            return True
        return False

    assert not done_during(leave, make)
    assert not FamilyLink.objects.exists()


def test_address_that_takes_the_place_of_one_given_up_stays(student: User):
    if connection.vendor == "sqlite":
        pytest.skip("on SQLite transactions that write come one after the other anyway")
    link, at = make_family(student).link, timezone.now()
    old, new = (MailWish(f"{name}@home.example", is_daily=True, language="en") for name in "ab")
    shown = leave_address(link, old, at=at)
    later = at + dt.timedelta(seconds=1)

    done_during(lambda: leave_address(link, new, at=later), lambda: end_address(shown, at=later))

    assert FamilyAddress.objects.get().email == new.email


def test_links_end_while_their_addresses_are_told_of_changes(student: User):
    if connection.vendor == "sqlite":
        pytest.skip("on SQLite transactions that write come one after the other anyway")
    first, second = (confirmed_address(make_family(student).link) for _link in range(2))
    # PostgreSQL writes the row anew then, behind the other one.
    FamilyAddress.objects.filter(pk=first.pk).update(due_at=timezone.now())

    def lock(address: FamilyAddress) -> FamilyAddress:
        return FamilyAddress.objects.select_for_update(no_key=True).get(pk=address.pk)

    def end_both() -> int:
        return end_links(FamilyLink.objects.all(), by=None, at=timezone.now())

    ended = done_during(lambda: lock(first), end_both, meanwhile=lambda: lock(second))

    assert ended == 2
    assert not FamilyAddress.objects.exists()


def test_prints_at_once_leave_one_slip(student: User, planner: User, class_group: ClassGroup):
    def print_one(_number: int) -> None:
        print_slips([class_group], by=planner, at=timezone.now())

    all_at_once(print_one, range(3))

    assert FamilyLink.objects.open().count() == 1
    assert FamilySlips.objects.exclude(sealed_tokens="").count() == 1
    assert (
        FamilyLink.objects.open().get().slips == FamilySlips.objects.exclude(sealed_tokens="").get()
    )


def test_link_opened_in_many_browsers_at_once_is_bounded_and_told_of_once(
    student: User, teacher: User, class_group: ClassGroup
):
    kind = MembershipKind.CLASS_TEACHER
    MembershipFactory.create(user=teacher, class_group=class_group, kind=kind)
    link = make_family(student).link

    def open_it(_number: int) -> bool:
        try:
            count_opening(link, [student], at=timezone.now())
        except TooManyOpenings:
            return False
        return True

    opened = all_at_once(open_it, range(OPENINGS_AT_MOST + 4))

    assert sum(opened) == OPENINGS_AT_MOST
    assert Notice.objects.filter(user=teacher).count() == 1


def test_addresses_left_at_once_are_asked_as_often_as_one_may(student: User):
    link = make_family(student).link

    def leave(number: int) -> bool:
        wish = MailWish(email=f"ma{number}@home.example", is_daily=True, language="en")
        try:
            leave_address(link, wish, at=timezone.now() + dt.timedelta(milliseconds=number))
        except TooManyAsks:
            return False
        return True

    assert sum(all_at_once(leave, range(5))) == ASKS_AT_MOST
    assert FamilyAddress.objects.get().asks == ASKS_AT_MOST


def test_calendars_made_at_once_are_one(student: User):
    row = make_family(student).link.children.get()

    all_at_once(lambda _number: make_token(student, at=timezone.now(), family_child=row), range(4))

    assert CalendarFeed.objects.count() == 1
