"""Names joined into one text, on either database."""

from __future__ import annotations

import pytest
from django.db.models import OuterRef

from edu_platform.lib.aggregates import names_in, names_of
from schedule.models import ClassGroup, Lesson
from tests.factories.schedule import ClassGroupFactory, LessonFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases("each has a function of its own")]


def test_names_come_back_sorted_whatever_is_in_them():
    in_order = ["3班", "三年级2班", "三年级10班", "a, b", "初一1班", "😀班"]
    lesson = LessonFactory.create(
        class_groups=[ClassGroupFactory.create(name=name) for name in reversed(in_order)]
    )

    assert names_of_class_groups(lesson) == in_order


def test_of_nothing_there_are_none():
    assert names_of_class_groups(LessonFactory.create(class_groups=[])) == []


def names_of_class_groups(lesson: Lesson) -> list[str]:
    groups = ClassGroup.objects.filter(lessons=OuterRef("pk"))
    lessons = Lesson.objects.filter(pk=lesson.pk)
    return names_in(lessons.values_list(names_of(groups, of="lessons"), flat=True).get())
