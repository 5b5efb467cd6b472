"""Guests are known by the ids under which the cloud knows them, whatever they are called."""

from __future__ import annotations

from typing import Any

import pytest

from schedule.guests.user_ids import guests_by_user_id
from schedule.models import Guest, Lesson
from tests.factories.schedule import UnplannedLessonFactory
from tests.support.guests import guest_of

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases("ids lie in JSON")]


def test_guest_is_known_by_the_id_of_now_and_by_those_of_before():
    lesson = UnplannedLessonFactory.create()
    again = guest_of(lesson, "客人甲", "now", earlier_user_ids=["first", "second"])
    other = guest_of(lesson, "客人甲", "other")
    guest_of(lesson, "客人乙", "asked-for-by-nobody")
    guest_of(lesson, "客人丙")

    guests = guests_by_user_id(["now", "second", "other", "student", ""], [lesson.pk])

    assert guests == {"now": again, "second": again, "other": other}


def test_guest_of_another_lesson_is_known_by_the_id_of_now_alone():
    lesson, elsewhere = UnplannedLessonFactory.create_batch(2)
    strayed = guest_of(elsewhere, user_id="strayed", earlier_user_ids=["strayed-before"])

    its_own = Lesson.objects.filter(pk=elsewhere.pk).values("pk")

    assert guests_by_user_id(["strayed"], [lesson.pk]) == {"strayed": strayed}
    assert guests_by_user_id(["strayed-before"], [lesson.pk]) == {}
    assert guests_by_user_id(["strayed-before"], its_own) == {"strayed-before": strayed}


def test_rows_of_other_lessons_are_not_read(monkeypatch: pytest.MonkeyPatch):
    lesson, elsewhere = UnplannedLessonFactory.create_batch(2)
    guest = guest_of(lesson, user_id="now", earlier_user_ids=["before"])
    for number in range(5):
        guest_of(elsewhere, user_id=f"other-{number}", earlier_user_ids=[f"before-{number}"])
    read_keys: list[int] = []
    from_db = Guest.from_db

    def note(*arguments: Any) -> Guest:
        row = from_db(*arguments)
        read_keys.append(row.pk)
        return row

    monkeypatch.setattr(Guest, "from_db", note)

    guests_by_user_id(["before", "student"], [lesson.pk])

    assert read_keys == [guest.pk]


def test_it_costs_one_query_and_none_where_nobody_is_asked_for(django_assert_num_queries: Any):
    lesson = UnplannedLessonFactory.create()
    for number in range(10):
        guest_of(lesson, user_id=f"guest-{number}")

    with django_assert_num_queries(1):
        guests = guests_by_user_id([f"guest-{number}" for number in range(10)], [lesson.pk])
    with django_assert_num_queries(0):
        nobody = guests_by_user_id([""], [lesson.pk])

    assert (len(guests), nobody) == (10, {})
