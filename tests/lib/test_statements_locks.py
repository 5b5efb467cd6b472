"""Statements that lock rows, and those that read what belongs to their rows."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from edu_platform.lib.statements import Statement
from schedule.models import Lesson
from tests.factories.schedule import ClassGroupFactory, LessonFactory


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no locks of rows")
@pytest.mark.django_db(transaction=True)
def test_lock_without_a_transaction_is_refused_at_each_use():
    lesson = LessonFactory.create()
    locked = Statement(lambda pk: Lesson.objects.filter(pk=pk).select_for_update())

    for _use in range(2):
        with pytest.raises(TransactionManagementError):
            locked.rows(pk=lesson.pk)
        with transaction.atomic():
            assert locked.rows(pk=lesson.pk) == [lesson]


@pytest.mark.django_db
def test_what_belongs_to_rows_is_read_with_them_and_anew(django_assert_num_queries):
    lesson = LessonFactory.create()
    with_groups = Statement(
        lambda pk: Lesson.objects.filter(pk=pk).prefetch_related("class_groups")
    )
    with_groups.rows(pk=lesson.pk)
    lesson.class_groups.add(ClassGroupFactory.create())

    with django_assert_num_queries(2):
        (found,) = with_groups.rows(pk=lesson.pk)
        assert len(found.class_groups.all()) == 2
