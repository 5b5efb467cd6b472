"""Times at which people hear of changes."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from schedule.history.telling_rules import told_outside_at
from tests.schedule.history.test_words import SNAPSHOT

HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)


@pytest.mark.parametrize(("hours_before", "waits"), [(3, 10), (2, 0), (0, 0), (-1, 0), (-3, 10)])
def test_waits_unless_the_lesson_is_near(hours_before, waits):
    at = SNAPSHOT.starts_at - hours_before * HOUR

    assert told_outside_at([None, SNAPSHOT], at=at) == at + waits * MINUTE


def test_either_side_makes_it_urgent():
    later = dataclasses.replace(SNAPSHOT, starts_at=SNAPSHOT.starts_at + 48 * HOUR)
    at = SNAPSHOT.starts_at - HOUR

    assert told_outside_at([SNAPSHOT, later], at=at) == at
    assert told_outside_at([later, SNAPSHOT], at=at) == at
    assert told_outside_at([later, later], at=at) == at + 10 * MINUTE
