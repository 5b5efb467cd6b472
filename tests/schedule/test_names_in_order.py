"""Columns that keep the order of names: every way of writing a row keeps them up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from edu_platform.lib.batches import update_rows
from edu_platform.lib.natural_keys import in_order, order_column
from edu_platform.lib.natural_order import natural_key, person_key
from edu_platform.tasks import keep_names_in_order
from schedule.models import ClassGroup, Course, Lesson, Room, class_group_names
from schedule.models.class_groups import grade_in
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory

pytestmark = pytest.mark.django_db

AFTER = "二年级3班"


def one_by_one(group: ClassGroup) -> None:
    group.name = AFTER
    group.save()


def that_column_alone(group: ClassGroup) -> None:
    group.name = AFTER
    group.save(update_fields=["name"])


def by_a_query(group: ClassGroup) -> None:
    ClassGroup.objects.filter(pk=group.pk).update(name=AFTER)


def in_bulk(group: ClassGroup) -> None:
    group.name = AFTER
    ClassGroup.objects.bulk_update([group], ["name"])


def as_rows(group: ClassGroup) -> None:
    group.name = AFTER
    update_rows([group], ["name"])


def by_update_or_create(group: ClassGroup) -> None:
    ClassGroup.objects.update_or_create(pk=group.pk, defaults={"name": AFTER})


@pytest.mark.parametrize(
    "write", [one_by_one, that_column_alone, by_a_query, in_bulk, as_rows, by_update_or_create]
)
def test_renaming_moves_the_row(write: Callable[[ClassGroup], None]):
    group = ClassGroup.objects.create(name="一年级1班")

    write(group)

    assert bytes(ClassGroup.objects.get().name_key) == natural_key(AFTER)


def test_rows_made_in_bulk_have_their_place():
    ClassGroup.objects.bulk_create([ClassGroup(name=f"{number}班") for number in (10, 9)])

    in_order = ClassGroup.objects.order_by("name_key").values_list("name", flat=True)
    assert list(in_order) == ["9班", "10班"]


def test_people_are_read_as_people():
    UserFactory.create(display_name="单云")

    assert bytes(User.objects.get().name_key) == person_key("单云")


def test_a_name_that_is_computed_by_the_database_is_refused():
    from django.db.models.functions import Upper

    with pytest.raises(TypeError, match="name_key"):
        ClassGroup.objects.update(name=Upper("name"))


def test_rows_that_were_read_stand_in_order_without_a_query(django_assert_num_queries: Any):
    ClassGroupFactory.create(name="一年级10班")
    archived = ClassGroupFactory.create(name="一年级9班", archived_at=timezone.now())
    again = ClassGroupFactory.create(name="一年级9班")
    rows = list(ClassGroup.objects.order_by("-pk"))

    with django_assert_num_queries(0):
        names = [row.name for row in in_order(rows)]

    assert names == ["一年级9班", "一年级9班", "一年级10班"]
    # The oldest of one name comes first.
    assert in_order([again, archived]) == [archived, again]


def test_rows_that_are_planned_with_stand_in_order_too():
    rows = [ClassGroup(pk=number, name=f"{number}班") for number in (10, 9)]

    assert class_group_names(rows) == "9班、10班"
    assert class_group_names([]) == ""


@pytest.mark.parametrize(
    ("model", "column", "ordered_by"),
    [
        *((ClassGroup, "name", "name_key"), (User, "display_name", "name_key")),
        *((User, "username", "username"), (Course, "code", "code"), (Course, "nothing", "nothing")),
        *((Lesson, "teacher", "teacher__name_key"), (Lesson, "title", "title")),
        *((Lesson, "course", "course__name_key"), (Room, "lesson", "lesson")),
    ],
)
def test_columns_of_names_are_sorted_by_their_keys(model: Any, column: str, ordered_by: str):
    assert order_column(model, column) == ordered_by


def test_keys_that_another_release_left_are_mended_at_night():
    group = ClassGroup.objects.create(name="一年级1班")
    course = Course.objects.create(name="语文")
    ClassGroup.objects.update(name_key=b"")
    Course.objects.update(name_key=b"stale")

    keep_names_in_order()

    group.refresh_from_db()
    course.refresh_from_db()
    assert bytes(group.name_key) == natural_key("一年级1班")
    assert bytes(course.name_key) == natural_key("语文")


@pytest.mark.parametrize(
    ("name", "grade"),
    [
        *(
            ("一年级1班", "一年级"),
            ("2024级3班", "2024级"),
            ("初一(2)班", "初一"),
            ("高三5班", "高三"),
            ("Grade 10 Class 2", "Grade 10"),
        ),
        *(("七年级 12 班", "七年级"), ("英语提高班", ""), ("A班", ""), ("初中部1班", ""), ("", "")),
    ],
)
def test_grade_is_what_the_name_begins_with(name: str, grade: str):
    assert grade_in(name) == grade


def test_new_class_group_takes_its_grade_from_its_name():
    ClassGroup.objects.bulk_create([ClassGroup(name="三年级2班"), ClassGroup(name="提高班")])
    ClassGroup.objects.create(name="四年级2班", grade="中年级")

    grades = dict(ClassGroup.objects.values_list("name", "grade"))
    assert grades == {"三年级2班": "三年级", "提高班": "", "四年级2班": "中年级"}


def test_grade_that_was_emptied_stays_empty():
    group = ClassGroup.objects.create(name="三年级2班")
    group.grade = ""
    group.save()

    group.refresh_from_db()
    assert group.grade == ""
