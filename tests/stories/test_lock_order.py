"""Lesson, room, replay: everybody locks in this order, so that no two wait for each other for ever."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import connection, transaction
from django.utils import timezone

from schedule.models import Lesson, Room
from schedule.services import lessons, rooms_ahead
from schedule.services.rooms_ahead import make_rooms_ahead
from tests.factories.schedule import LessonFactory
from tests.support.lessons import changed
from tests.support.threads import all_at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases("locks")]

LESSONS = 25


@pytest.fixture
def planned(local_cloud, monkeypatch) -> list[Lesson]:
    if connection.vendor == "sqlite":
        pytest.skip("on SQLite transactions that write come one after the other anyway")
    # However slow the machine is, one run makes them all.
    monkeypatch.setattr(rooms_ahead, "MAKING_AHEAD", replace(rooms_ahead.MAKING_AHEAD, limit_s=90))
    return [LessonFactory.create() for _number in range(LESSONS)]


def test_timetable_is_changed_while_its_rooms_are_made(planned):
    def rename_all() -> None:
        for times in range(10):
            with transaction.atomic():
                lessons.lock_lessons(planned)
                for lesson in planned:
                    lesson.refresh_from_db()
                    lessons.change_lesson(lesson, changed(lesson, title=f"第{times}次"))

    at_once(make_rooms, rename_all)

    assert Room.objects.made().count() == LESSONS


def test_lessons_are_cancelled_while_their_rooms_are_made(planned):
    def cancel_all() -> None:
        for lesson in reversed(planned):
            lessons.cancel_lesson(lesson, reason="老师请假", at=timezone.now())

    at_once(make_rooms, cancel_all)

    assert not Room.objects.current().made().filter(must_leave_cloud=False).exists()


def make_rooms() -> None:
    make_rooms_ahead(timezone.now())


def at_once(*works: Callable[[], None]) -> None:
    all_at_once(lambda work: work(), works)
