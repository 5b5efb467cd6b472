"""The number of things that wait, and since when: one query, whatever there is to count."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from edu_platform.lib.backlog import Backlog, backlog
from schedule.models import Lesson
from tests.factories.schedule import ClassGroupFactory, LessonFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases("the earliest of moments")]

HOUR = dt.timedelta(hours=1)


def from_on(at: dt.datetime) -> Any:
    return Lesson.objects.filter(starts_at__gte=at)


def test_rows_are_counted_with_their_earliest_moment(django_assert_num_queries: Any):
    count_from = backlog(from_on, since="starts_at")
    first, second, third = LessonFactory.create_batch(3)

    with django_assert_num_queries(3):
        assert count_from(at=first.starts_at) == Backlog(3, first.starts_at)
        assert count_from(at=second.starts_at) == Backlog(2, second.starts_at)
        assert count_from(at=third.starts_at + HOUR) == Backlog(0, None)


def test_no_age_is_told_where_none_is_named():
    lesson = LessonFactory.create()

    assert backlog(from_on)(at=lesson.starts_at) == Backlog(1, None)


def test_rows_about_the_same_count_once():
    lesson = LessonFactory.create(class_groups=ClassGroupFactory.create_batch(2))
    groups = Lesson.class_groups.through.objects.all

    assert backlog(groups)().count == 2
    assert backlog(groups, of="lesson")().count == 1
    assert lesson.class_groups.count() == 2
