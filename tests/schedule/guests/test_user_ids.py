"""Guests are known by the ids under which the cloud knows them, whatever they are called."""

from __future__ import annotations

from typing import Any

import pytest

from schedule.guests.user_ids import guests_by_user_id
from tests.factories.schedule import UnplannedLessonFactory
from tests.support.guests import guest_of

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases("ids lie in JSON")]


def test_guest_is_known_by_the_id_of_now_and_by_those_of_before():
    lesson = UnplannedLessonFactory.create()
    again = guest_of(lesson, "客人甲", "now", earlier_user_ids=["first", "second"])
    other = guest_of(lesson, "客人甲", "other")
    guest_of(lesson, "客人乙", "asked-for-by-nobody")
    guest_of(lesson, "客人丙")

    guests = guests_by_user_id(["now", "second", "other", "student", ""])

    assert guests == {"now": again, "second": again, "other": other}


def test_it_costs_one_query_and_none_where_nobody_is_asked_for(django_assert_num_queries: Any):
    lesson = UnplannedLessonFactory.create()
    for number in range(10):
        guest_of(lesson, user_id=f"guest-{number}")

    with django_assert_num_queries(1):
        guests = guests_by_user_id([f"guest-{number}" for number in range(10)])
    with django_assert_num_queries(0):
        nobody = guests_by_user_id([""])

    assert (len(guests), nobody) == (10, {})
