"""Things that are not in order: in which order they are told, to whom, and what each may do about them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from accounts.models import User
from schedule.school_day_hooks import NotInOrder, Remedy, not_in_order, not_in_order_makers

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 9, 2, 2, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def sentences(user: User, *found: NotInOrder) -> list[str]:
    def maker(_at: dt.datetime) -> Iterator[NotInOrder]:
        yield from found

    with not_in_order_makers.only(maker):
        return [each.sentence for each in not_in_order(user, AT)]


def test_the_oldest_comes_first_and_what_has_no_age_last(planner: User):
    assert sentences(
        planner,
        NotInOrder("unknown", "/"),
        NotInOrder("young", "/", AT - HOUR),
        NotInOrder("old", "/", AT - 2 * HOUR),
        NotInOrder("all stands still", "/", comes_first=True),
    ) == ["all stands still", "old", "young", "unknown"]


def test_each_is_told_to_those_alone_who_may_open_its_page(planner: User, supervisor: User):
    found = (
        NotInOrder("staff", "/"),
        NotInOrder("everybody", "/", is_for=lambda _user: True),
    )

    assert sentences(planner, *found) == ["staff", "everybody"]
    assert sentences(supervisor, *found) == ["everybody"]


def test_a_button_is_there_for_those_who_may_use_it(planner: User, supervisor: User):
    found = NotInOrder("everybody", "/", is_for=lambda _user: True, remedy=Remedy("Mend"))

    assert found.for_user(planner).remedy is not None
    assert found.for_user(supervisor).remedy is None
