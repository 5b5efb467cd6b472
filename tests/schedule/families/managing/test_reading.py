"""The links of a child, as those who look after it read them."""

from __future__ import annotations

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from schedule.families.links import end_link
from schedule.families.mailing.addresses import MailWish, end_address, leave_address
from schedule.families.managing.reading import LINKS_SHOWN, links_of
from schedule.models import FamilyLink
from tests.support.families import make_family

pytestmark = pytest.mark.django_db


def test_links_that_ended_hide_none_that_is_open(student: User, planner: User):
    oldest = make_family(student).link
    for _number in range(LINKS_SHOWN):
        end_link(make_family(student).link, by=planner, at=timezone.now())
    last = FamilyLink.objects.exclude(ended_at=None).latest("ended_at")

    rows = links_of(student, viewer=planner)

    assert len(rows) == LINKS_SHOWN
    assert [row.link for row in rows[:2]] == [oldest, last]


def test_address_that_the_family_has_given_up_is_none(student: User, planner: User):
    link, at = make_family(student).link, timezone.now()
    wish = MailWish(email="ma@home.example", is_daily=True, language="en")
    end_address(leave_address(link, wish, at=at), at=at)

    (row,) = links_of(student, viewer=planner)

    assert not row.has_address


def test_takes_as_many_queries_as_it_says(
    student: User,
    outsider: User,
    planner: User,
    class_teacher: User,
    django_assert_num_queries: DjangoAssertNumQueries,
):
    for _number in range(3):
        make_family(student, outsider)

    # A request knows the roles of who asks.
    assert planner.roles
    assert class_teacher.roles

    with django_assert_num_queries(3):
        links_of(student, viewer=planner)
    with django_assert_num_queries(4):
        links_of(student, viewer=class_teacher)
