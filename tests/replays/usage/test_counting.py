"""Counts of what was held, recorded and kept, by month and class group."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone, translation

from replays.models import Replay
from replays.usage.counting import usage_of
from replays.usage.periods import Period
from replays.usage.tables import MonthlyUsage
from schedule.enums import CloudStatus
from schedule.models import ClassGroup, Lesson, Room
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import ClassGroupFactory, LessonFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("in_china"),
    pytest.mark.both_databases("sums of lengths, grouped by a case"),
]

AUTUMN = Period("2026", "2026", dt.date(2026, 9, 7), dt.date(2026, 11, 30))
MINUTE, GIB = dt.timedelta(minutes=1), 1024**3


def moment(month: int, day: int, hour: int = 8) -> dt.datetime:
    return timezone.make_aware(dt.datetime(2026, month, day, hour))  # noqa: DTZ001 -- now it is


@pytest.fixture
def one() -> ClassGroup:
    return ClassGroupFactory.create(name="一班")


@pytest.fixture
def other() -> ClassGroup:
    return ClassGroupFactory.create(name="二班")


def held(begins: dt.datetime, *groups: ClassGroup, minutes: int = 40, **room: Any) -> Replay:
    """The replay of a lesson whose class began with it and lasted so long."""
    lesson = LessonFactory.create(starts_at=begins, class_groups=groups)
    return replay_of(lesson, begins, minutes=minutes, **room)


def replay_of(lesson: Lesson | None, begins: dt.datetime, *, minutes: int, **room: Any) -> Replay:
    fields: dict[str, Any] = {
        "cloud_status": CloudStatus.ENDED,
        "real_started_at": begins,
        "real_ended_at": begins + minutes * MINUTE,
        "room_id": 1000 + Room.objects.count(),
    }
    made = Room.objects.create(lesson=lesson, sdk_app_id=1, **(fields | room))
    planned: dict[str, Any] = {}
    if lesson is None:
        planned = {"title": "?", "room_type": 0, "planned_start": begins, "planned_end": begins}
    return ReplayFactory.create(lesson=lesson, room=made, **planned)


def counted(period: Period = AUTUMN) -> MonthlyUsage:
    with translation.override("en"):
        return usage_of(period)


def minutes_of(usage: MonthlyUsage) -> dict[str, dict[str, int]]:
    """Minutes held by month and class group, with the school's."""
    return {
        str(month.month): {name: each.held_minutes for name, each in table.rows}
        | {"school": table.total.held_minutes}
        for month, table in usage.months
    }


def test_classes_count_in_their_month_for_each_of_their_class_groups_and_once_for_the_school(
    one: ClassGroup, other: ClassGroup
):
    held(moment(9, 30, 23), one, minutes=90)  # until the next month
    held(moment(10, 1, 0), one, other, minutes=30)
    held(moment(10, 8), other, minutes=45)

    usage = counted()

    assert minutes_of(usage) == {
        "2026-09": {"一班": 90, "school": 90},
        "2026-10": {"一班": 30, "二班": 75, "school": 75},
    }
    assert [(name, each.held_minutes) for name, each in usage.whole.rows] == [
        ("一班", 120),
        ("二班", 75),
    ]
    assert (usage.whole.total.held_minutes, usage.whole.total.classes) == (165, 3)


def test_what_lies_outside_the_period_does_not_count(one: ClassGroup):
    for begins in (moment(9, 6, 23), moment(12, 1, 0)):
        ReplayFileFactory.create(replay=held(begins, one))
    held(moment(9, 7, 0), one)

    assert minutes_of(counted()) == {"2026-09": {"一班": 40, "school": 40}}


def test_a_lesson_whose_class_was_opened_again_counts_both_times(one: ClassGroup):
    replay = held(moment(9, 8), one, minutes=10, is_current=False)
    replay_of(replay.lesson, moment(9, 8, 9), minutes=20, generation=2)

    usage = counted().whole.total

    assert (usage.classes, usage.held_minutes) == (2, 30)


@pytest.mark.parametrize(
    "room",
    [{"real_started_at": None}, {"real_ended_at": None}, {"real_ended_at": moment(9, 8, 7)}],
    ids=["no start", "no end", "end before start"],
)
def test_a_class_of_which_nobody_knows_how_long_it_was_is_told(
    one: ClassGroup, room: dict[str, Any]
):
    held(moment(9, 8), one, **room)

    usage = counted().whole.total

    assert (usage.classes, usage.held_minutes, usage.classes_of_unknown_length) == (1, 0, 1)


@pytest.mark.parametrize(
    "status", [CloudStatus.NOT_STARTED, CloudStatus.RUNNING, CloudStatus.EXPIRED]
)
def test_a_class_that_is_not_over_does_not_count(one: ClassGroup, status: CloudStatus):
    held(moment(9, 8), one, cloud_status=status, real_ended_at=None)

    assert counted().months == []


def test_files_are_summed_and_those_of_several_class_groups_once_for_the_school(
    one: ClassGroup, other: ClassGroup
):
    replay = held(moment(9, 8), one, other)
    for _ in range(2):
        ReplayFileFactory.create(replay=replay, duration_s=1230, size_bytes=GIB)

    whole = counted().whole

    for usage in (whole.rows[0][1], whole.rows[1][1], whole.total):
        assert (usage.files, usage.recorded_minutes, usage.kept_gb) == (2, 41, 2.0)
        assert usage.held_minutes == 40


def test_a_file_that_is_gone_was_recorded_and_takes_no_place(one: ClassGroup):
    replay = held(moment(9, 8), one)
    gone = {"gone_at": timezone.now(), "duration_s": 600}
    ReplayFileFactory.create(replay=replay, size_bytes=GIB, **gone)
    ReplayFileFactory.create(replay=replay, size_bytes=None, **gone)

    usage = counted().whole.total

    assert (usage.recorded_minutes, usage.kept_gb, usage.files_of_unknown_size) == (20, 0.0, 0)


def test_what_is_unknown_of_files_is_told(one: ClassGroup):
    replay = held(moment(9, 8), one)
    ReplayFileFactory.create(replay=replay, duration_s=None, size_bytes=None)
    ReplayFileFactory.create(replay=replay, duration_s=60, size_bytes=GIB)
    ReplayFileFactory.create(replay=replay, url="")  # the cloud's own player

    usage = counted().whole.total

    assert (usage.files, usage.recorded_minutes, usage.files_of_unknown_length) == (2, 1, 1)
    assert (usage.kept_gb, usage.files_of_unknown_size) == (1.0, 1)


def test_classes_without_a_class_group_come_last(one: ClassGroup):
    held(moment(9, 8), one, minutes=10)
    replay = held(moment(9, 9), one, minutes=20)
    assert replay.lesson is not None
    replay.lesson.class_groups.clear()
    ReplayFileFactory.create(replay=replay_of(None, moment(9, 10), minutes=30), size_bytes=GIB)

    usage = counted()

    assert minutes_of(usage) == {"2026-09": {"一班": 10, "No class group": 50, "school": 60}}
    assert usage.whole.rows[-1][1].kept_gb == usage.whole.total.kept_gb == 1.0


def test_of_class_groups_of_one_name_the_archived_one_says_so(one: ClassGroup):
    ClassGroup.objects.update(archived_at=timezone.now())
    one.refresh_from_db()
    held(moment(9, 8), one)
    held(moment(9, 9), ClassGroupFactory.create(name="一班"))

    assert [name for name, _usage in counted().whole.rows] == ["一班", "一班 (archived)"]


def test_many_cost_as_many_queries_as_one(
    one: ClassGroup, other: ClassGroup, django_assert_num_queries: Any
):
    for number in range(6):
        replay = held(moment(9 + number % 3, 10 + number), one, other)
        ReplayFileFactory.create(replay=replay)
        if number in (0, 5):
            with django_assert_num_queries(7):
                counted()
