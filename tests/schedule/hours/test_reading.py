"""Columns that lessons count in among the hours of those who teach them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as some

from accounts.enums import Role
from accounts.models import User
from schedule.enums import CloudStatus, HoursColumn
from schedule.hours.months import Month
from schedule.hours.reading import (
    CountedLesson,
    LessonsAlike,
    Person,
    counted_lessons,
    hours_of,
    tally,
    total_of,
)
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.change import change_lesson, change_lessons
from schedule.lessons.plan import plan_of
from schedule.models import ClassGroup, Lesson, PlanningAction, Room, Substitution
from schedule.polling_times import NEVER_HELD_AFTER
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    CourseFactory,
    LessonFactory,
    UnplannedLessonFactory,
)
from tests.support.lessons import changed

pytestmark = pytest.mark.django_db
on_both_databases = pytest.mark.both_databases("moments are compared, and lengths summed, by each")

NOVEMBER = Month(2026, 11)
BEFORE = dt.datetime(2026, 10, 20, tzinfo=dt.UTC)
AFTER = dt.datetime(2026, 12, 10, tzinfo=dt.UTC)
LessonOn = Callable[..., Lesson]


def november(day: int, hour: int = 8, minute: int = 0, *, month: int = 11) -> dt.datetime:
    return timezone.make_aware(dt.datetime(2026, month, day, hour, minute))  # noqa: DTZ001 -- now it is


@pytest.fixture(autouse=True)
def _before_november() -> Any:
    with time_machine.travel(BEFORE, tick=False):
        yield


@pytest.fixture
def lesson_on(teacher: User, class_group: ClassGroup) -> LessonOn:
    """Make lessons of the cast's teacher, on a day of November, of 45 minutes."""

    def make(day: int, hour: int = 8, **fields: Any) -> Lesson:
        given = {"teacher": teacher, "class_groups": [class_group]} | fields
        return UnplannedLessonFactory.create(starts_at=november(day, hour), **given)

    return make


def room_of(lesson: Lesson, status: CloudStatus = CloudStatus.ENDED, **fields: Any) -> Room:
    given: dict[str, Any] = {"room_id": 100_000 + lesson.pk, "sdk_app_id": 1} | fields
    return Room.objects.create(lesson=lesson, cloud_status=status, **given)


def stand_in(lesson: Lesson, substitute: User) -> None:
    Substitution.objects.create(lesson=lesson, absent_teacher=lesson.teacher)
    change_lesson(lesson, changed(lesson, teacher=substitute))


def lessons_of(person: User, at: dt.datetime = AFTER, month: Month = NOVEMBER) -> dict[str, int]:
    """Return how many lessons each column has, of those that have any."""
    (row,) = hours_of(month, at=at, person=person)
    everybody = {each.person.pk: each for each in hours_of(month, at=at)}
    assert everybody.get(person.pk, row) == row
    return {str(column): count.lessons for column, count in row.counts.items() if count.lessons}


def listed(person: User | None = None, at: dt.datetime = AFTER) -> list[CountedLesson]:
    return counted_lessons(NOVEMBER, at=at, person=person)


class TestColumns:
    def test_held_is_what_began_in_a_room(self, teacher: User, lesson_on: LessonOn):
        room_of(lesson_on(2))
        room_of(lesson_on(3), CloudStatus.RUNNING)
        room_of(lesson_on(4), CloudStatus.EXPIRED, real_started_at=november(4))

        assert lessons_of(teacher) == {"planned": 3, "held": 3, "taught": 3}

    def test_held_in_a_room_that_was_replaced_since(self, teacher: User, lesson_on: LessonOn):
        lesson = lesson_on(2)
        room_of(lesson, is_current=False)
        room_of(lesson, CloudStatus.EXPIRED, room_id=7, generation=2)

        assert lessons_of(teacher) == {"planned": 1, "held": 1, "taught": 1}

    def test_not_held_is_certain(self, teacher: User, lesson_on: LessonOn):
        room_of(lesson_on(2), CloudStatus.EXPIRED)

        assert lessons_of(teacher) == {"planned": 1, "not_held": 1}

    def test_unknown_is_what_no_room_tells_of(self, teacher: User, lesson_on: LessonOn):
        lesson_on(2)
        room_of(lesson_on(3), CloudStatus.NOT_STARTED)

        assert lessons_of(teacher) == {"planned": 2, "unknown": 2}

    @on_both_databases
    def test_not_held_as_a_lesson_s_page_says(self, teacher: User, lesson_on: LessonOn):
        lesson = lesson_on(2)
        room = room_of(lesson)
        asked = (None, lesson.ends_at + dt.timedelta(hours=1), lesson.ends_at + NEVER_HELD_AFTER)
        cases = product(CloudStatus, (None, 7), asked, (None, lesson.ends_at))

        for status, room.room_id, room.asked_at, room.gone_at in cases:
            room.cloud_status = status
            room.save()
            has_begun = status in (CloudStatus.RUNNING, CloudStatus.ENDED)
            never_held = room.was_never_held(planned_end=lesson.ends_at)
            outcome = "held" if has_begun else "not_held" if never_held else "unknown"
            (row,) = hours_of(NOVEMBER, at=AFTER)
            assert row.counts[HoursColumn(outcome)].lessons == 1

    def test_lesson_is_to_come_until_its_planned_end(self, teacher: User, lesson_on: LessonOn):
        room_of(lesson_on(2), CloudStatus.RUNNING)

        assert lessons_of(teacher, november(2, 8, 44)) == {"planned": 1, "to_come": 1}
        assert lessons_of(teacher, november(2, 8, 45)) == {"planned": 1, "held": 1, "taught": 1}

    def test_cancelled_counts_as_planned(self, teacher: User, lesson_on: LessonOn):
        cancel_lesson(lesson_on(2), reason="台风", at=BEFORE)

        assert lessons_of(teacher) == {"planned": 1, "cancelled": 1}

    def test_draft_does_not_count(self, teacher: User, lesson_on: LessonOn):
        lesson_on(2, is_draft=True)

        assert lessons_of(teacher) == {}
        assert hours_of(NOVEMBER, at=AFTER) == []

    def test_merged_class_groups_count_once(
        self, teacher: User, lesson_on: LessonOn, class_group: ClassGroup
    ):
        lesson_on(2, class_groups=[class_group, ClassGroupFactory.create(name="三年级9班")])

        assert lessons_of(teacher) == {"planned": 1, "unknown": 1}
        assert [each.class_groups for each in listed(teacher)] == ["三年级1班、三年级9班"]

    @on_both_databases
    def test_assisted_stands_apart(self, assistant: User, lesson_on: LessonOn):
        room_of(lesson_on(2, assistants=[assistant]))
        cancel_lesson(lesson_on(3, assistants=[assistant]), reason="台风", at=BEFORE)
        lesson_on(4, assistants=[assistant], is_draft=True)

        assert lessons_of(assistant) == {"assisted": 1}
        assert [each.counts_as for each in listed(assistant)] == [HoursColumn.ASSISTED]

    @on_both_databases
    def test_hours_are_of_the_planned_length(self, teacher: User, lesson_on: LessonOn):
        room_of(lesson_on(2), real_started_at=november(2, 8), real_ended_at=november(2, 8, 10))
        lesson_on(3, ends_at=november(3, 9, 30))

        (row,) = hours_of(NOVEMBER, at=AFTER)

        assert row.counts[HoursColumn.PLANNED].minutes == 45 + 90
        assert row.counts[HoursColumn.PLANNED].hours_text == "2.25"
        assert row.counts[HoursColumn.HELD].hours == 0.75


class TestSubstitutes:
    def test_lesson_is_given_away_and_stood_in_for(
        self, teacher: User, other_teacher: User, lesson_on: LessonOn
    ):
        lesson = lesson_on(2)
        stand_in(lesson, other_teacher)
        room_of(lesson)

        assert lessons_of(teacher) == {"planned": 1, "given_away": 1}
        assert lessons_of(other_teacher) == {"stood_in": 1, "taught": 1}

    def test_of_several_substitutes_the_last_one_counts(
        self, teacher: User, other_teacher: User, assistant: User, lesson_on: LessonOn
    ):
        lesson = lesson_on(2)
        stand_in(lesson, assistant)
        lesson.refresh_from_db()
        change_lesson(lesson, changed(lesson, teacher=other_teacher))

        assert lessons_of(teacher) == {"planned": 1, "given_away": 1}
        assert lessons_of(assistant) == {}
        assert lessons_of(other_teacher) == {"stood_in": 1}

    def test_lesson_that_is_taken_back_is_as_before(
        self, teacher: User, other_teacher: User, lesson_on: LessonOn
    ):
        lesson = lesson_on(2)
        stand_in(lesson, other_teacher)
        lesson.refresh_from_db()
        change_lesson(lesson, changed(lesson, teacher=teacher))

        assert lessons_of(teacher) == {"planned": 1, "unknown": 1}
        assert lessons_of(other_teacher) == {}

    def test_cancelled_one_is_nobody_s_substitute_s(
        self, teacher: User, other_teacher: User, lesson_on: LessonOn
    ):
        lesson = lesson_on(2)
        stand_in(lesson, other_teacher)
        cancel_lesson(lesson, reason="台风", at=BEFORE)

        assert lessons_of(teacher) == {"planned": 1, "cancelled": 1}
        assert lessons_of(other_teacher) == {}
        assert [(each.person.name, each.counts_as) for each in listed()] == [
            ("李老师", HoursColumn.CANCELLED)
        ]

    def test_another_teacher_without_an_absence_is_planned(
        self, teacher: User, other_teacher: User, lesson_on: LessonOn
    ):
        lesson = lesson_on(2)
        change_lesson(lesson, changed(lesson, teacher=other_teacher))

        assert lessons_of(teacher) == {}
        assert lessons_of(other_teacher) == {"planned": 1, "unknown": 1}

    def test_swapped_lessons_count_for_their_own_teachers(
        self, teacher: User, other_teacher: User, lesson_on: LessonOn
    ):
        one, other = lesson_on(2, 8), lesson_on(3, 10, teacher=other_teacher)
        plans = [
            replace(plan_of(each), starts_at=to.starts_at, ends_at=to.ends_at)
            for each, to in ((one, other), (other, one))
        ]
        change_lessons(list(zip((one, other), plans, strict=True)), action=PlanningAction())

        assert lessons_of(teacher) == lessons_of(other_teacher) == {"planned": 1, "unknown": 1}
        assert [each.starts_at for each in listed(teacher)] == [november(3, 10)]


class TestMonth:
    @on_both_databases
    def test_lesson_counts_where_it_begins_in_the_school_s_time(
        self, teacher: User, lesson_on: LessonOn
    ):
        at_night = dt.timedelta(hours=1)
        for starts_at in (
            november(31, 23, 30, month=10),
            november(1, 0),
            november(30, 23, 30),
            november(1, 0, 30, month=12),
        ):
            UnplannedLessonFactory.create(
                teacher=teacher, starts_at=starts_at, ends_at=starts_at + at_night / 2
            )

        assert [timezone.localtime(each.starts_at).day for each in listed(teacher)] == [1, 30]
        assert lessons_of(teacher) == {"planned": 2, "unknown": 2}
        assert lessons_of(teacher, month=Month(2026, 10)) == {"planned": 1, "unknown": 1}

    def test_moved_lesson_counts_where_it_is_now(self, teacher: User, lesson_on: LessonOn):
        lesson = lesson_on(2)
        december = november(2, month=12)
        length = lesson.ends_at - lesson.starts_at
        change_lesson(lesson, changed(lesson, starts_at=december, ends_at=december + length))

        assert lessons_of(teacher) == {}
        assert lessons_of(teacher, month=Month(2026, 12)) == {"planned": 1, "unknown": 1}


class TestLessonsBehind:
    def test_each_says_what_became_of_it(
        self, teacher: User, other_teacher: User, lesson_on: LessonOn
    ):
        own = lesson_on(2, course=CourseFactory.create(name="语文课"))
        others = lesson_on(3, teacher=other_teacher)
        stand_in(others, teacher)
        room_of(others)
        room_of(own, CloudStatus.EXPIRED)

        assert [
            (each.course, each.counts_as, each.outcome, each.minutes) for each in listed(teacher)
        ] == [
            ("语文课", HoursColumn.NOT_HELD, HoursColumn.NOT_HELD, 45),
            (others.course.name, HoursColumn.STOOD_IN, HoursColumn.HELD, 45),
        ]

    @on_both_databases
    def test_agree_with_the_numbers(
        self, teacher: User, other_teacher: User, assistant: User, lesson_on: LessonOn
    ):
        stand_in(lesson_on(2, assistants=[assistant]), other_teacher)
        room_of(lesson_on(3))
        cancel_lesson(lesson_on(4, assistants=[assistant]), reason="台风", at=BEFORE)
        lesson_on(5, teacher=other_teacher, assistants=[teacher])

        sums = (HoursColumn.PLANNED, HoursColumn.TAUGHT)
        for row in hours_of(NOVEMBER, at=AFTER):
            behind = [each for each in listed() if each.person == row.person]
            for column, count in row.counts.items():
                if column not in sums:
                    assert count.lessons == sum(each.counts_as == column for each in behind)


class TestQueries:
    @pytest.mark.parametrize("teachers", [1, 5])
    def test_two_for_the_whole_school(self, teachers: int, class_group: ClassGroup):
        for number in range(teachers):
            teacher = UserFactory.create(roles=[Role.TEACHER])
            for day in (2, 3):
                lesson = LessonFactory.create(
                    teacher=teacher,
                    class_groups=[class_group],
                    assistants=[UserFactory.create(roles=[Role.TEACHER])],
                    starts_at=november(day, 8 + number),
                )
                room_of(lesson)

        with CaptureQueriesContext(connection) as asked:
            rows = hours_of(NOVEMBER, at=AFTER)
        assert len(asked) == 2
        assert len(rows) == 3 * teachers
        assert total_of(rows)[0].lessons == 2 * teachers
        with CaptureQueriesContext(connection) as asked:
            assert len(listed()) == 4 * teachers
        assert len(asked) == 3


# --- Of any lessons -----------------------------------------------------------------------------

PEOPLE = [Person.of(pk, f"teacher{pk}", f"老师{pk}", b"") for pk in range(4)]
OUTCOMES = (
    HoursColumn.HELD,
    HoursColumn.NOT_HELD,
    HoursColumn.UNKNOWN,
    HoursColumn.TO_COME,
    HoursColumn.CANCELLED,
)
ALIKE = some.lists(
    some.builds(
        LessonsAlike,
        teacher=some.sampled_from(PEOPLE),
        absent=some.none() | some.sampled_from(PEOPLE),
        outcome=some.sampled_from(OUTCOMES),
        lessons=some.integers(1, 5),
        minutes=some.integers(1, 600),
    ),
    max_size=4,  # as many as two people's lessons take to be mixed up
)


@given(ALIKE)
def test_planned_is_the_sum_of_what_became_of_the_lessons(alike: list[LessonsAlike]):
    rows = tally(alike).values()

    for row in rows:
        parts = [row.counts[column] for column in (*OUTCOMES, HoursColumn.GIVEN_AWAY)]
        planned = row.counts[HoursColumn.PLANNED]
        assert planned.lessons == sum(each.lessons for each in parts)
        assert planned.minutes == sum(each.minutes for each in parts)
    totals = dict(zip(HoursColumn, total_of(rows), strict=True))
    assert totals[HoursColumn.PLANNED].lessons == sum(each.lessons for each in alike)
    assert totals[HoursColumn.STOOD_IN] == totals[HoursColumn.GIVEN_AWAY]
    held = [each.lessons for each in alike if each.outcome == HoursColumn.HELD]
    assert totals[HoursColumn.TAUGHT].lessons == sum(held)
