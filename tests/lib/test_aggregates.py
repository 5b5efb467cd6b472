"""Many rows joined into one text, on either database."""

from __future__ import annotations

import pytest
from django.db.models import OuterRef, Value

from edu_platform.lib.aggregates import Hexadecimal, cells_in, lines_of, names_in, names_of
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


def test_cells_come_back_as_they_are_and_a_missing_one_is_no_empty_one():
    for name, grade in (("乐团", ""), ('a, "b"\nc|d', "三年级"), ("三年级1班", "三年级")):
        ClassGroupFactory.create(name=name, grade=grade)
    groups = ClassGroup.objects.all()

    (joined,) = groups.filter(name="乐团").values_list(
        lines_of(groups.annotate(one=Value(1)), "name", "grade", "archived_at", of="one")
    )[0]

    assert cells_in(joined) == (
        ('a, "b"\nc|d', "三年级", None),
        ("三年级1班", "三年级", None),
        ("乐团", "", None),
    )
    assert cells_in(None) == ()


def test_keys_as_text_are_in_the_order_of_the_keys():
    for name in ("三年级10班", "三年级2班", "一年级3班"):
        ClassGroupFactory.create(name=name)

    names = ClassGroup.objects.annotate(key=Hexadecimal("name_key")).values_list("key", "name")

    assert [name for _key, name in sorted(names)] == ["一年级3班", "三年级2班", "三年级10班"]
