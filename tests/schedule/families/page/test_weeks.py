"""Weeks that are written once for all families that see the same."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone, translation

from accounts.models import SchoolSettings, User
from schedule.enums import CloudStatus
from schedule.families.page import weeks as written_weeks
from schedule.families.page.child import ChildWeek, child_week
from schedule.lessons.cancel import cancel_lesson
from schedule.models import ClassGroup, Lesson, Room
from schedule.timetable import page_facts, weeks
from schedule.timetable.cards import LessonCard
from schedule.timetable.timetables import family_viewer, own_timetable
from tests.factories.schedule import (
    ClassGroupFactory,
    LessonFactory,
    MembershipFactory,
)

pytestmark = pytest.mark.django_db

# A Wednesday in the school's time zone.
NINE = dt.datetime(2026, 12, 2, 1, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def no_weeks_written() -> None:
    written_weeks._written.cache_clear()


@pytest.fixture
def lesson(group: ClassGroup) -> Lesson:
    return LessonFactory.create(
        class_groups=[group],
        course__name="语文",
        starts_at=NINE,
        ends_at=NINE + 40 * MINUTE,
    )


def week_for(child: User, at: dt.datetime = NINE) -> ChildWeek:
    return child_week(child, timezone.localdate(NINE), SchoolSettings.load(), at=at)


def states(cards: list[LessonCard]) -> list[object]:
    return [
        (card.is_running, card.is_awaited, card.is_over, card.marks, card.change_marks)
        for card in cards
    ]


def cards_now(child: User, at: dt.datetime) -> list[LessonCard]:
    """Return the cards of the week as they are made for this very moment."""
    viewer = family_viewer(child, SchoolSettings.load())
    day = timezone.localdate(NINE)
    lessons = page_facts.week_lessons(day, own_timetable(child), at=at)
    return weeks.week_of(day, lessons, viewer, at).with_next(None)


def test_families_of_a_class_group_share_one(group: ClassGroup, lesson: Lesson, child: User):
    classmate = MembershipFactory.create(class_group=group).user
    outsider = MembershipFactory.create(class_group=ClassGroupFactory.create()).user

    own, of_classmate, of_outsider = (week_for(who) for who in (child, classmate, outsider))

    assert of_classmate.table is own.table
    assert "语文" in own.table
    assert "语文" not in of_outsider.table


def test_each_half_minute_has_the_states_of_its_moment(lesson: Lesson, child: User):
    moved = LessonFactory.create(
        class_groups=lesson.class_groups.all(),
        starts_at=NINE + 47 * MINUTE,
        ends_at=NINE + 88 * MINUTE,
    )
    Lesson.objects.filter(pk=moved.pk).update(moved_at=NINE - dt.timedelta(days=1))
    Room.objects.create(lesson=lesson, room_id=5, sdk_app_id=1, cloud_status=CloudStatus.RUNNING)
    overtime = SchoolSettings.load().overtime // MINUTE
    seen = set()

    for half_minute in range(-20, 2 * (90 + overtime)):
        at = NINE + half_minute * MINUTE / 2
        shown = states(week_for(child, at).week.with_next(None))
        assert shown == states(cards_now(child, at)), at
        seen.add(str(shown))

    assert len(seen) > 3


def test_change_of_a_lesson_shows_at_once(lesson: Lesson, child: User):
    before = week_for(child).table

    cancel_lesson(lesson, reason="老师生病", at=NINE - MINUTE)

    assert "老师生病" not in before
    assert "老师生病" in week_for(child).table


def test_overtime_of_the_school_counts_at_once(lesson: Lesson, child: User):
    Room.objects.create(lesson=lesson, room_id=5, sdk_app_id=1, cloud_status=CloudStatus.RUNNING)
    at = lesson.ends_at + 5 * MINUTE
    running = [card.is_running for card in week_for(child, at).week.with_next(None)]
    SchoolSettings.objects.update_or_create(pk=1, defaults={"end_delay_min": 1})

    assert running == [True]
    assert [card.is_running for card in week_for(child, at).week.with_next(None)] == [False]


def test_each_language_has_its_own(lesson: Lesson, child: User):
    tables = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            tables.append(week_for(child).table)

    assert "Lessons of the week" not in tables[0]
    assert "Lessons of the week" in tables[1]
