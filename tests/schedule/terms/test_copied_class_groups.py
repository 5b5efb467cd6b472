"""The class group of this year that stands for one of the last."""

from __future__ import annotations

import pytest
from django.utils import timezone

from schedule.terms.copied_class_groups import proposed, raised_name
from tests.factories.schedule import ClassGroupFactory


@pytest.mark.parametrize(
    ("name", "raised"),
    [
        ("三年级1班", "四年级1班"),
        ("2025级1班", "2026级1班"),
        ("2025届3班", "2026届3班"),
        ("高一(10)班", "高二(10)班"),
        ("初2（3）班", "初3（3）班"),
        ("七(2)班", "八(2)班"),
        ("7.1班", "8.1班"),
        ("十一年级2班", "十二年级2班"),
        ("十二年级2班", ""),
        ("第一小学三年级2班", "第一小学四年级2班"),
        ("Grade 9 B", "Grade 10 B"),
        ("合唱团", ""),
        ("301班", ""),
    ],
)
def test_year_or_grade_is_raised(name: str, raised: str):
    assert raised_name(name) == raised


@pytest.mark.django_db
def test_same_name_goes_before_the_next_grade():
    stays, leaves, moves, alone = (
        ClassGroupFactory.create(name=name, archived_at=archived)
        for name, archived in (
            ("四年级1班", None),
            ("三年级1班", timezone.now()),
            ("三年级2班", timezone.now()),
            ("合唱团", timezone.now()),
        )
    )
    next_grade = ClassGroupFactory.create(name="四年级2班")

    found = proposed([stays, leaves, moves, alone], [stays, next_grade])

    # The next grade's name is taken by the class group that keeps it.
    assert found == {stays.pk: stays, moves.pk: next_grade}
