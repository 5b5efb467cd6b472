"""Conditions that PostgreSQL plans sooner, on either database."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import F

from edu_platform.lib.lookups import FoundIn
from edu_platform.lib.statements import Statement
from schedule.models import ClassGroup
from tests.factories.schedule import ClassGroupFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases("PostgreSQL has arrays")]

_NAMED = Statement(
    lambda one, other: ClassGroup.objects.filter(
        FoundIn(
            F("pk"),
            ClassGroup.objects.filter(name=one)
            .values("pk")
            .union(ClassGroup.objects.filter(name=other).values("pk")),
        )
    ).order_by("name")
)


def test_finds_each_row_once_and_nothing_where_there_is_none():
    for name in ("a", "b", "c"):
        ClassGroupFactory.create(name=name)

    assert [group.name for group in _NAMED.rows(one="c", other="a")] == ["a", "c"]
    assert [group.name for group in _NAMED.rows(one="b", other="b")] == ["b"]
    assert _NAMED.rows(one="x", other="y") == []


def test_postgresql_looks_for_them_by_themselves():
    groups = ClassGroup.objects.filter(name="a").values("pk")

    sql = str(ClassGroup.objects.filter(FoundIn(F("pk"), groups)).query)

    assert ("= ANY (ARRAY(SELECT" in sql) == (connection.vendor == "postgresql")
