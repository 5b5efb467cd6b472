"""Keeping times in the report: what is in force, and by whose choice."""

from __future__ import annotations

import pytest

from accounts.kept_kinds import AUDIT_LOG
from accounts.models import KeepingTime
from edu_platform.lib.keeping_times import all_kinds
from edu_platform.yearly_report.keeping_times import keeping_times_section
from edu_platform.yearly_report.kinds import kinds_section

pytestmark = pytest.mark.django_db


def row_of(name: str) -> list[object]:
    (row,) = (row for row in keeping_times_section().rows if row[0] == name)
    return list(row)


def test_every_kind_has_a_row():
    assert [row[0] for row in keeping_times_section().rows] == [
        str(kind.name) for kind in all_kinds()
    ]


def test_length_of_the_platform_stands_until_the_school_chooses_one():
    name = str(AUDIT_LOG.name)
    before = row_of(name)
    KeepingTime.objects.create(kind=AUDIT_LOG.code, days=800)

    assert before[2:] == ["1098 days", "the platform"]
    assert row_of(name)[2:] == ["800 days", "the school"]


def test_what_no_time_ends_is_said_to_stay_for_good_and_why():
    kinds = [kind for kind in all_kinds() if kind.default is None]

    assert kinds
    assert [row_of(str(kind.name))[2] for kind in kinds] == [
        f"For good\n{kind.reason}" for kind in kinds
    ]


def test_kinds_of_data_are_kept_as_long_as_the_school_has_chosen():
    KeepingTime.objects.create(kind=AUDIT_LOG.code, days=800)

    lengths = [str(row[2]).splitlines() for row in kinds_section().rows]

    assert sum("for 800 days" in texts for texts in lengths) == 1
    assert not any("for 3 years" in texts for texts in lengths)
