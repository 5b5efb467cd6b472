"""Background work that stands still, and backups that are missing or old."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.models import User
from edu_platform import heartbeat
from edu_platform.backup.latest import OLD_AFTER
from edu_platform.models import Backup
from edu_platform.not_in_order import (
    background_not_in_order,
    backups_not_in_order,
)
from tests.support.not_in_order import told

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 9, 2, 2, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


def back_up(ended_at: dt.datetime) -> None:
    Backup.objects.create(began_at=ended_at, ended_at=ended_at, folder="/backup", size_bytes=1)


def test_background_work_that_stands_still_comes_first():
    (never,) = told(background_not_in_order, AT)
    assert (never.since, never.comes_first) == (None, True)
    beat_at = AT - heartbeat.SILENT_AFTER
    heartbeat.record_heartbeat(beat_at)

    assert told(background_not_in_order, AT) == []
    (found,) = told(background_not_in_order, AT + SECOND)

    assert found.since == beat_at
    assert found.sentence.startswith("Background work stands still")


def test_backups_are_administrators_business(administrator: User, superuser: User, planner: User):
    (found,) = told(backups_not_in_order, AT)
    assert found.sentence == "There is no backup yet."
    assert [found.is_for(each) for each in (administrator, superuser, planner)] == [
        True,
        True,
        False,
    ]
    for days in (3, 0):
        back_up(AT - OLD_AFTER - dt.timedelta(days=days))
    assert told(backups_not_in_order, AT - SECOND) == []

    (found,) = told(backups_not_in_order, AT + SECOND)
    assert (found.sentence, found.since) == ("The last backup is old.", AT - OLD_AFTER)
