"""Lessons whose attendance has not come: on Today, and on a page of their own."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from accounts.models import User
from attendance.enums import MissingReason
from attendance.missing.not_in_order import attendance_not_in_order
from attendance.models import RoomStatistics
from schedule.models import Lesson, Room
from tests.cast import SignedIn
from tests.factories.attendance import held_room, statistics_for
from tests.support.attendance import main_of
from tests.support.not_in_order import mended
from tests.support.pages import table_of

pytestmark = pytest.mark.django_db

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def office(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


def missing(lesson: Lesson, age: dt.timedelta, **fields: Any) -> RoomStatistics:
    """Make statistics of a room of this lesson that have not come, so long after the class."""
    return statistics_for(
        held_room(lesson), has_come=False, ended_at=timezone.now() - age, **fields
    )


def test_lessons_are_counted_and_listed_with_what_comes_next(
    office: Client, past_lesson: Lesson, django_assert_num_queries: Any
):
    waiting = missing(past_lesson, 3 * HOUR, due_at=timezone.now() + HOUR)
    given_up = missing(past_lesson, DAY, missing_reason=MissingReason.NEVER_CAME)

    with translation.override("en"), django_assert_num_queries(1):
        (line,) = attendance_not_in_order(timezone.now())

    assert line.sentence == "The attendance of 1 lesson has not come."
    assert line.since == given_up.ended_at
    _head, *rows = table_of(main_of(office.get(line.address)))
    assert [row[1] for row in rows] == [str(waiting.room.room_id), str(given_up.room.room_id)]
    assert "asked again at" in rows[0][4]
    assert rows[1][4].endswith("statistics of this class. not asked any more")


def test_what_has_come_is_fresh_old_or_of_no_lesson_is_left_out(
    office: Client, past_lesson: Lesson, lesson: Lesson
):
    statistics_for(held_room(past_lesson))
    missing(past_lesson, HOUR)
    missing(past_lesson, 31 * DAY, missing_reason=MissingReason.NEVER_CAME)
    adopted = missing(past_lesson, 3 * HOUR)
    Room.objects.filter(pk=adopted.room_id).update(lesson=None, is_current=False)

    assert list(attendance_not_in_order(timezone.now())) == []
    assert "Every class has its attendance." in main_of(office.get("/attendance/missing/")).text


def test_button_asks_again_also_about_what_was_given_up(past_lesson: Lesson):
    due_at = timezone.now() + HOUR
    waiting = missing(past_lesson, 3 * HOUR, due_at=due_at)
    given_up = missing(past_lesson, DAY, missing_reason=MissingReason.NEVER_CAME)
    asked_now = missing(past_lesson, DAY, due_at=due_at, leased_until=due_at, lease_token="x")

    said = mended(attendance_not_in_order)

    assert said == "The attendance of 2 classes is asked for once more."
    due = RoomStatistics.objects.filter(due_at__lte=timezone.now(), missing_reason="")
    assert set(due) == {waiting, given_up}
    asked_now.refresh_from_db()
    assert asked_now.due_at == due_at


def test_pages_go_on_and_a_malformed_one_counts_as_the_first(office: Client, past_lesson: Lesson):
    for _ in range(11):
        missing(past_lesson, 3 * HOUR)

    for query, count in (("", 10), ("?page=2", 1), ("?page=x", 10), ("?page=9", 1)):
        page = main_of(office.get(f"/attendance/missing/{query}"))
        assert len(table_of(page)) == 1 + count
