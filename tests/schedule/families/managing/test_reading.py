"""The links of a child, as those who look after it read them."""

from __future__ import annotations

import pytest
from django.utils import timezone

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
