"""Addresses of calendar feeds."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import User
from edu_platform.lib.secret_tokens import digest_of
from schedule.feeds import writing as feeds
from schedule.feeds.reading import find_feed
from schedule.models import CalendarFeed

pytestmark = pytest.mark.django_db


def is_known(token: str) -> bool:
    return find_feed(token, at=timezone.now()) is not None


def test_token_is_long_and_kept_as_a_digest_alone(teacher: User):
    token = feeds.make_token(teacher, at=timezone.now())

    row = CalendarFeed.objects.get()
    assert len(token) * 6 >= 128  # bits
    assert row.token_digest == digest_of(token)
    assert token not in str(vars(row))


def test_new_address_takes_the_place_of_the_old(teacher: User, student: User):
    other = feeds.make_token(student, at=timezone.now())
    old = feeds.make_token(teacher, at=timezone.now())
    new = feeds.make_token(teacher, at=timezone.now())

    assert [is_known(token) for token in (old, new, other)] == [False, True, True]


def test_ended_feed_has_no_address(teacher: User):
    token = feeds.make_token(teacher, at=timezone.now())

    assert (feeds.end_feed(teacher), feeds.end_feed(teacher)) == (True, False)
    assert not is_known(token)


def test_closed_account_has_none_until_it_is_opened_again(teacher: User):
    token = feeds.make_token(teacher, at=timezone.now())
    User.objects.filter(pk=teacher.pk).update(is_active=False)
    assert not is_known(token)

    User.objects.filter(pk=teacher.pk).update(is_active=True)
    assert is_known(token)
