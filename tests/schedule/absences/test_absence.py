from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from schedule.absences.absence import lessons_assisted, lessons_hit
from schedule.enums import CloudStatus, LessonState
from schedule.lessons.cancel import cancel_lesson
from schedule.models import Room
from tests.factories.schedule import LessonFactory, school_time

pytestmark = pytest.mark.django_db


def day(days: int) -> dt.date:
    return school_time(days, 0).date()


def hit(teacher, first: int = 1, last: int = 2):
    return lessons_hit(teacher, first=day(first), last=day(last), at=timezone.now())


def test_lessons_of_these_days_are_hit_in_order(lesson, teacher):
    draft = LessonFactory.create(teacher=teacher, starts_at=school_time(2, 23), is_draft=True)
    LessonFactory.create(teacher=teacher, starts_at=school_time(3, 0))
    LessonFactory.create(starts_at=school_time(1, 10))

    assert hit(teacher) == [lesson, draft]


def test_a_lesson_that_runs_into_these_days_is_hit(lesson, teacher):
    night = LessonFactory.create(teacher=teacher, starts_at=school_time(2, 23, 30))

    assert hit(teacher, first=3, last=3) == [night]


def test_neither_cancelled_lessons_nor_those_over_or_begun_are_hit(
    lesson, teacher, lesson_from_now
):
    cancelled = LessonFactory.create(teacher=teacher, starts_at=school_time(2, 8))
    cancel_lesson(cancelled, reason="", at=timezone.now())
    LessonFactory.create(teacher=teacher, starts_at=timezone.now() - dt.timedelta(hours=1))
    begun = LessonFactory.create(teacher=teacher, starts_at=school_time(2, 10))
    Room.objects.create(lesson=begun, room_id=1, sdk_app_id=1, cloud_status=CloudStatus.RUNNING)

    assert hit(teacher, first=-1) == [lesson]
    assert cancelled.state == LessonState.PUBLISHED  # as it was read


def test_what_somebody_assists_in_is_told_apart(lesson, assistant):
    assert hit(assistant) == []
    assert lessons_assisted(assistant, first=day(1), last=day(1), at=timezone.now()) == [lesson]


@pytest.mark.parametrize("count", [1, 5])
def test_reads_any_number_in_three_queries(teacher, django_assert_num_queries, count):
    for hour in range(count):
        LessonFactory.create(teacher=teacher, starts_at=school_time(1, 8 + hour))

    with django_assert_num_queries(3):
        found = hit(teacher)
        for each in found:
            assert each.course.name
            assert each.teacher.display_name
            assert (len(each.assistants.all()), len(each.class_groups.all())) == (0, 1)

    assert len(found) == count
