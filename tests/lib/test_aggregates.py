"""Names joined into one text, on either database."""

from __future__ import annotations

import pytest

from edu_platform.lib.aggregates import Lines, names_in
from schedule.models import ClassGroup
from tests.factories.schedule import ClassGroupFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases("each has a function of its own")]


def test_names_come_back_sorted_whatever_is_in_them():
    for name in ("三年级2班", "a, b", "三年级1班"):
        ClassGroupFactory.create(name=name)

    joined = ClassGroup.objects.aggregate(names=Lines("name"))["names"]

    assert names_in(joined) == ["a, b", "三年级1班", "三年级2班"]


def test_of_nothing_there_are_none():
    joined = ClassGroup.objects.aggregate(names=Lines("name"))["names"]

    assert names_in(joined) == []
